/**
 * Describe calls: filters that AWS knows, states that pass with time, pages, and reads that lag behind writes. What the
 * stand-in answers goes out unchanged, byte for byte, when none of that touches it.
 */
import { type Answer, type Call, Refusal, type Step, succeeded, text, texts } from '../call.ts';
import type { World } from '../world.ts';
import { child, type Element, leaf, parseXml, textAt, writeXml } from '../xml.ts';
import { COLLECTIONS, type Collection, wholeOf } from './collections.ts';
import { withParams } from './form.ts';
import { ghostsOf, lagging, tagsLag } from './lag.ts';
import { type Page, pageOf, readPage } from './paging.ts';
import { type Filter, filtersOf, fitsFilter, idOf, keepRecords, recordsOf } from './records.ts';
import { notFound } from './refusal.ts';
import { retagged } from './template-tags.ts';
import { type Scene, show } from './view.ts';

/** What a describe call asks, split into what the stand-in is asked and what is done here. */
interface Question {
  readonly collection: Collection;
  readonly ids: readonly string[];
  readonly filters: readonly Filter[];
  readonly here: readonly Filter[];
  readonly page: Page;
  readonly own: boolean;
}

function checkFilters(collection: Collection, filters: readonly Filter[]): void {
  const known = collection.filters;
  for (const { name } of known ? filters : []) {
    if (!known?.includes(name.startsWith('tag:') ? 'tag' : name)) {
      throw new Refusal('InvalidParameterValue', `The filter '${name}' is invalid`);
    }
  }
}

function questionOf(world: World, collection: Collection, call: Call): Question {
  const filters = filtersOf(call.params);
  checkFilters(collection, filters);
  const tagsHere = tagsLag(world, call) || retagged(world, call, collection) || 'tag' in collection.local;
  const isHere = ({ name }: Filter): boolean => name in collection.local || (tagsHere && name.startsWith('tag'));
  const ids = collection.ids === undefined ? [] : texts(call.params, collection.ids);
  return {
    ...{ collection, ids, filters },
    here: filters.filter(isHere),
    page: readPage(world, collection, call, ids),
    own: texts(call.params, 'Owner').includes('self'),
  };
}

/** The call as the stand-in gets it. */
function forwarded(call: Call, { collection, filters, here, own }: Question): Call {
  const { MaxResults: size, NextToken: token, Filter: _filters, Owner: owners, ...others } = call.params;
  const { cut = false } = collection;
  if (here.length === 0 && size === undefined && token === undefined && !own && !cut) return call;
  const rest = { ...others, ...(own ? {} : { Owner: owners }), ...wholeOf(collection, others) };
  const left = filters
    .filter((filter) => !here.includes(filter))
    .map(({ name, values }) => ({ Name: name, Value: values }));
  return withParams(call, { ...rest, ...(left.length > 0 ? { Filter: left } : {}) });
}

/** The records that the caller sees, before its filters; whether any was changed. */
function shown(
  scene: Scene,
  { collection }: Question,
  root: Element,
): { readonly records: readonly Element[]; readonly changed: boolean } {
  let changed = false;
  const records = recordsOf(collection, root).filter((record) => {
    const seen = [show(scene, collection, record), lagging(scene, collection, record)];
    changed ||= seen.includes('changed');
    return !seen.includes('hidden');
  });
  return { records, changed };
}

/** The stand-in answers with what it has of the ids; AWS refuses when one does not exist. */
function checkIds({ collection, ids, filters }: Question, records: readonly Element[]): void {
  // With filters, and in status checks of what does not run, being left out is not absence.
  if (filters.length > 0 || collection.operation === 'DescribeInstanceStatus') return;
  const found = new Set(records.map((record) => idOf(collection, record)));
  for (const id of ids) if (!found.has(id)) throw notFound(id);
}

function fitting(scene: Scene, { collection, here, own }: Question, records: readonly Element[]): readonly Element[] {
  const { account } = scene.call;
  return records.filter(
    (record) =>
      here.every((filter) => fitsFilter(collection, record, filter)) && (!own || textAt(record, 'ownerId') === account),
  );
}

function rewritten(scene: Scene, question: Question, answer: Answer): Answer {
  const root = parseXml(answer.body.toString());
  if (!root) return answer;
  const { collection, ids } = question;
  const all = recordsOf(collection, root).length;
  const { records, changed } = shown(scene, question, root);
  checkIds(question, records);
  const ghosts = ids.length > 0 || collection.inner !== undefined ? [] : ghostsOf(scene, collection, question.filters);
  child(root, collection.set)?.children.push(...ghosts);
  const page = pageOf(question.page, collection, [...fitting(scene, question, records), ...ghosts]);
  if (!changed && ghosts.length === 0 && page.records.length === all && page.next === undefined) return answer;
  keepRecords(collection, root, new Set(page.records));
  root.children = root.children.filter(({ name }) => name !== 'nextToken');
  if (page.next !== undefined) root.children.push(leaf('nextToken', page.next));
  return { ...answer, body: Buffer.from(writeXml(root)) };
}

/** Answers describe calls as AWS would. */
export function describe(world: World): Step {
  return async (call, next) => {
    const collection = COLLECTIONS.get(call.operation);
    if (!collection || text(call.params, 'DryRun') === 'true') return next(call);
    const question = questionOf(world, collection, call);
    const answer = await next(forwarded(call, question));
    return succeeded(answer) ? rewritten({ world, call }, question, answer) : answer;
  };
}
