/**
 * Lists: records as AWS shows them, pages (API reference, `PageSize`: 1 to 400, and `Marker`), and reads that lag behind
 * writes. A call that names something that does not exist fails as a whole. Answers of creates and changes show the same.
 */
import { anyHidden, isHidden } from '../births.ts';
import { type Answer, type Call, Refusal, type Step, succeeded, text, texts } from '../call.ts';
import type { World } from '../world.ts';
import { child, descend, type Element, leaf, parseXml, textAt, writeXml } from '../xml.ts';
import { COLLECTIONS, type Collection, listOf, members, notFound, replaceChild, textList, WHOLE } from './records.ts';
import { references } from './references.ts';
import { type Scene, textsIn, withParams } from './scene.ts';
import { VIEWS } from './views.ts';

const MOST = 400;

interface Page {
  readonly size: number;
  /** The record that the page before ended with. */
  readonly after: string | undefined;
}

function readPage(world: World, call: Call): Page {
  const asked = Number(text(call.params, 'PageSize') ?? MOST);
  if (!(asked >= 1 && asked <= MOST))
    throw new Refusal('ValidationError', `'${asked}' at 'pageSize' must be between 1 and ${MOST}`);
  const cap = world.settings.of(call.account).pageSize;
  const marker = text(call.params, 'Marker') ?? '';
  const after = marker === '' ? undefined : Buffer.from(marker, 'base64url').toString();
  if (after !== undefined && !after.startsWith('arn:'))
    throw new Refusal('ValidationError', `The marker '${marker}' is not valid`);
  return { size: cap > 0 ? Math.min(cap, asked) : asked, after };
}

const idOf = ({ id }: Collection, record: Element): string => textAt(record, id) ?? '';

function cut(collection: Collection, { size, after }: Page, records: readonly Element[]) {
  const start = after === undefined ? 0 : records.findIndex((record) => idOf(collection, record) === after) + 1;
  const page = records.slice(start, start + size);
  const last = page.at(-1);
  if (!last || start + size >= records.length) return { page };
  return { page, next: Buffer.from(idOf(collection, last)).toString('base64url') };
}

/** Groups with the load balancers that may send requests to them; the stand-in keeps those that ever did. */
async function showBalancers(scene: Scene, groups: readonly Element[]): Promise<void> {
  const used = groups.length === 0 ? [] : [...(await references(scene))];
  for (const group of groups) {
    const arn = textAt(group, 'TargetGroupArn') ?? '';
    const balancers = used.flatMap(([balancer, targets]) => (targets.has(arn) ? [balancer] : []));
    replaceChild(group, textList('LoadBalancerArns', balancers));
  }
}

async function rewritten(scene: Scene, collection: Collection, page: Page, answer: Answer): Promise<Answer> {
  const root = parseXml(answer.body.toString());
  const list = listOf(root, collection.operation, collection.list);
  const result = descend(root, `${collection.operation}Result`);
  if (!root || !result) return answer;
  const { world, call } = scene;
  const all = members(list).filter((record) => !isHidden(world, call, idOf(collection, record)));
  const asked = texts(call.params, collection.ids);
  const found = new Set(all.map((record) => idOf(collection, record)));
  for (const arn of asked) if (!found.has(arn)) throw notFound(arn);
  for (const record of all) VIEWS[collection.list]?.(scene, record);
  const { page: records, next } = asked.length > 0 ? { page: all } : cut(collection, page, all);
  if (collection.list === 'TargetGroups') await showBalancers(scene, records);
  if (list) list.children = [...records];
  result.children = result.children.filter(({ name }) => name !== 'NextMarker');
  if (next !== undefined) result.children.push(leaf('NextMarker', next));
  return { ...answer, body: Buffer.from(writeXml(root)) };
}

/** Answers lists as AWS would. */
export function describe(world: World): Step {
  return async (call, next) => {
    const collection = COLLECTIONS.find(({ operation }) => operation === call.operation);
    if (!collection) return next(call);
    const page = readPage(world, call);
    const { Marker: _marker, ...rest } = call.params;
    const answer = await next(withParams(call, { ...rest, PageSize: WHOLE }));
    return succeeded(answer) ? rewritten({ world, call }, collection, page, answer) : answer;
  };
}

/** Shows what creates and changes answer as the lists do. */
export function shownAnswers(world: World): Step {
  return async (call, next) => {
    const answer = await next(call);
    if (!call.write || !succeeded(answer)) return answer;
    const root = parseXml(answer.body.toString());
    const result = root && child(root, `${call.operation}Result`);
    if (!root || !result) return answer;
    for (const list of result.children) for (const record of members(list)) VIEWS[list.name]?.({ world, call }, record);
    return { ...answer, body: Buffer.from(writeXml(root)) };
  };
}

/** Nothing that is new is known yet to a call that names it, while reads lag. */
export function lag(world: World): Step {
  return async (call, next) => {
    const lags = anyHidden(world, call) && (!call.write || world.settings.of(call.account).lagWrites);
    if (lags)
      for (const arn of textsIn(call.params))
        if (arn.startsWith('arn:') && isHidden(world, call, arn)) throw notFound(arn);
    return next(call);
  };
}
