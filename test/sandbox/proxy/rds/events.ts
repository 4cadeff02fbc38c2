/**
 * Events of databases (RDS User Guide, "Amazon RDS event categories and event messages"): kept here because the stand-in
 * writes only those of a creation, all at its first moment.
 */
import { type Call, Refusal, text, texts } from '../call.ts';
import { now } from '../clock.ts';
import { branch, type Element, leaf } from '../xml.ts';
import { leaves, resultOf } from './answer.ts';
import { arnOf, type Collection, INSTANCES, SNAPSHOTS } from './collections.ts';
import { pageOf, readPage } from './paging.ts';
import type { Scene } from './scene.ts';

interface Happening {
  readonly number: number;
  readonly time: number;
  readonly type: string;
  readonly source: string;
  readonly arn: string;
  readonly category: string;
  readonly message: string;
}

const happenings = ({ world, call }: Scene): Map<string, Happening> => world.memory(call).store('rds events');

const TYPES: ReadonlyMap<Collection, string> = new Map([
  [INSTANCES, 'db-instance'],
  [SNAPSHOTS, 'db-snapshot'],
]);

/** Remembers that something has happened. */
export function happened(
  scene: Scene,
  collection: Collection,
  source: string,
  category: string,
  message: string,
): void {
  const number = happenings(scene).size + 1;
  const arn = arnOf(scene.call, collection, source);
  const type = TYPES.get(collection) ?? '';
  happenings(scene).set(String(number), { number, time: now(), type, source, arn, category, message });
}

/** The same of a database. */
export function databaseEvent(scene: Scene, id: string, category: string, message: string): void {
  happened(scene, INSTANCES, id, category, message);
}

const MINUTE = 60_000;

function span(call: Call): readonly [from: number, to: number] {
  const to = text(call.params, 'EndTime') === undefined ? now() : Date.parse(text(call.params, 'EndTime') ?? '');
  const start = text(call.params, 'StartTime');
  const minutes = Number(text(call.params, 'Duration') ?? 60);
  return [start === undefined ? to - minutes * MINUTE : Date.parse(start), to];
}

function wanted(call: Call): (one: Happening) => boolean {
  const [type, source] = [text(call.params, 'SourceType'), text(call.params, 'SourceIdentifier')];
  if (source !== undefined && type === undefined) {
    throw new Refusal('InvalidParameterCombination', 'Cannot specify source identifier without source type');
  }
  const [from, to] = span(call);
  const categories = texts(call.params, 'EventCategories');
  return (one) =>
    (type === undefined || one.type === type) &&
    (source === undefined || one.source === source.toLowerCase()) &&
    (categories.length === 0 || categories.includes(one.category)) &&
    one.time >= from &&
    one.time <= to;
}

function eventOf({ source, type, message, category, time, arn }: Happening): Element {
  return branch('Event', [
    ...leaves({ SourceIdentifier: source, SourceType: type, Message: message }),
    branch('EventCategories', [leaf('EventCategory', category)]),
    ...leaves({ Date: new Date(time).toISOString(), SourceArn: arn }),
  ]);
}

/** Answers DescribeEvents: the last hour when nothing else is asked for. */
export function answerEvents(scene: Scene): ReturnType<typeof resultOf> {
  const found = [...happenings(scene).values()].filter(wanted(scene.call));
  const page = pageOf(readPage(scene), found, (one) => String(one.number));
  return resultOf('DescribeEvents', [branch('Events', page.records.map(eventOf)), ...leaves({ Marker: page.next })]);
}
