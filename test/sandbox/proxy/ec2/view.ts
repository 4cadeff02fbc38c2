/**
 * Records as AWS would show them now: every view gets one record and may change or hide it. Views are registered by
 * describe call in `views.ts`; this file only runs them, for answers to clients and for the proxy's own questions.
 */
import { type Call, type Params, succeeded } from '../call.ts';
import type { World } from '../world.ts';
import { type Element, parseXml } from '../xml.ts';
import { type Collection, collectionOf, wholeOf } from './collections.ts';
import { recordsOf } from './records.ts';
import { VIEWS } from './views.ts';

/** Where a record is looked at. */
export interface Scene {
  readonly world: World;
  readonly call: Call;
}

/** What a view did to a record. */
export type Seen = 'same' | 'changed' | 'hidden';

/** Shows one record as AWS would; changes it in place. */
export type View = (scene: Scene, record: Element) => Seen;

/** Shows one record through all views of its collection. */
export function show(scene: Scene, collection: Collection, record: Element): Seen {
  let seen: Seen = 'same';
  for (const view of VIEWS[collection.operation] ?? []) {
    const found = view(scene, record);
    if (found === 'hidden') return found;
    if (found === 'changed') seen = found;
  }
  return seen;
}

/** Asks the stand-in and shows what it has, without lag: what AWS itself knows. Nothing when it refuses. */
export async function look(scene: Scene, operation: string, params: Params): Promise<readonly Element[]> {
  const collection = collectionOf(operation);
  const asked = { ...wholeOf(collection, params), ...params };
  const answer = await scene.world.ask(scene.call, operation, asked, 'ec2');
  const root = succeeded(answer) ? parseXml(answer.body.toString()) : undefined;
  const records = root ? recordsOf(collection, root) : [];
  return records.filter((record) => show(scene, collection, record) !== 'hidden');
}

/** The records with this value of a filter. */
export function lookBy(
  scene: Scene,
  operation: string,
  filter: string,
  ...values: readonly string[]
): Promise<readonly Element[]> {
  return look(scene, operation, { Filter: [{ Name: filter, Value: values }] });
}
