/** Describe calls: records as AWS shows them, filters that AWS knows, pages, and reads that lag behind writes. */
import { type Answer, Refusal, type Step, structures, succeeded, text, texts } from '../call.ts';
import type { World } from '../world.ts';
import { branch, child, descend, type Element, parseXml, textAt } from '../xml.ts';
import { leaves, resultOf } from './answer.ts';
import { COLLECTIONS, type Collection, nameOf } from './collections.ts';
import { ghostsOf, isHiddenRecord, lagging } from './lag.ts';
import { pageOf, readPage } from './paging.ts';
import { notFound } from './refusal.ts';
import type { Scene } from './scene.ts';
import { idOf, look } from './view.ts';

type Fits = (record: Element) => boolean;

function filtersOf({ call }: Scene, { filters }: Collection): readonly Fits[] {
  return structures(call.params, 'Filters').map((filter) => {
    const name = text(filter, 'Name') ?? '';
    const children = filters[name];
    if (!children) throw new Refusal('InvalidParameterValue', `Unrecognized filter name: ${name}`);
    const values = texts(filter, 'Values').map((value) => value.toLowerCase());
    if (values.length === 0) {
      throw new Refusal('InvalidParameterCombination', `Filter ${name} needs at least one value`);
    }
    return (record) => children.some((one) => values.includes((textAt(record, one) ?? '').toLowerCase()));
  });
}

function narrowing({ call }: Scene, { narrow }: Collection): readonly Fits[] {
  return Object.entries(narrow).flatMap(([param, name]) => {
    const value = text(call.params, param);
    if (value === undefined) return [];
    const wanted = param.endsWith('Identifier') ? nameOf(value) : value;
    return [(record: Element) => textAt(record, name) === wanted];
  });
}

/** The records that the caller sees, before pages. */
async function seen(scene: Scene, collection: Collection): Promise<readonly Element[]> {
  const name = text(scene.call.params, collection.id);
  const fits = [...filtersOf(scene, collection), ...narrowing(scene, collection)];
  const params = name === undefined ? {} : { [collection.id]: nameOf(name) };
  const found = (await look(scene, collection, params)).filter((one) => !isHiddenRecord(scene, collection, one));
  const ghosts = ghostsOf(scene, collection).filter(
    (ghost) => name === undefined || idOf(collection, ghost) === nameOf(name),
  );
  const all = [...found, ...ghosts];
  if (name !== undefined && all.length === 0) throw notFound(collection, name);
  return all.map((one) => lagging(scene, collection, one)).filter((one) => fits.every((condition) => condition(one)));
}

/** Answers describe calls as AWS would. */
export function describe(world: World): Step {
  return async (call, next) => {
    const collection = COLLECTIONS.get(call.operation);
    if (!collection) return next(call);
    const scene: Scene = { world, call };
    const asked = readPage(scene);
    const page = pageOf(asked, await seen(scene, collection), (one) => idOf(collection, one));
    return resultOf(call.operation, [branch(collection.list, page.records), ...leaves({ Marker: page.next })]);
  };
}

async function shownAnswer(scene: Scene, answer: Answer): Promise<Answer> {
  const { operation } = scene.call;
  const result = descend(parseXml(answer.body.toString()), `${operation}Result`);
  for (const collection of COLLECTIONS.values()) {
    const record = result && child(result, collection.record);
    if (!record) continue;
    const [shown] = await look(scene, collection, { [collection.id]: idOf(collection, record) });
    return shown ? resultOf(operation, [shown]) : answer;
  }
  return answer;
}

/** Lets the answers of writes show a record as a describe call would show it. */
export function shownAnswers(world: World): Step {
  return async (call, next) => {
    const answer = await next(call);
    return call.write && succeeded(answer) ? shownAnswer({ world, call }, answer) : answer;
  };
}
