/**
 * Records as AWS would show them now: what the stand-in has, seen through the views of its collection. For answers to
 * clients and for the proxy's own questions.
 */
import type { Params } from '../call.ts';
import { descend, type Element, textAt } from '../xml.ts';
import { type Collection, INSTANCES, nameOf, SNAPSHOTS } from './collections.ts';
import { settle } from './due.ts';
import { askXml, type Scene } from './scene.ts';
import { showInstance } from './views/instance.ts';
import { showSnapshot } from './views/snapshot.ts';

/** Shows one record as AWS would, in place; false when AWS would not show it. */
export type View = (scene: Scene, record: Element) => boolean;

const VIEWS: ReadonlyMap<Collection, View> = new Map([
  [INSTANCES, showInstance],
  [SNAPSHOTS, showSnapshot],
]);

/** The id of a record. */
export function idOf({ id }: Collection, record: Element): string {
  return textAt(record, id) ?? '';
}

/** More than any test has: the stand-in cuts its answers at 100 when it is not asked for so many. */
const EVERYTHING = '100000';

/** What AWS has of a collection, without lag. Nothing when the stand-in refuses. */
export async function look(scene: Scene, collection: Collection, params: Params = {}): Promise<readonly Element[]> {
  const { operation, list } = collection;
  const root = await askXml(scene, operation, { ...params, MaxRecords: EVERYTHING });
  const records = descend(root, `${operation}Result`, list)?.children ?? [];
  return records.filter((record) => VIEWS.get(collection)?.(scene, record) ?? true);
}

/** The one of this name or ARN. */
export async function lookUp(
  scene: Scene,
  collection: Collection,
  name: string | undefined,
): Promise<Element | undefined> {
  if (name === undefined || name === '') return undefined;
  const [found] = await look(scene, collection, { [collection.id]: nameOf(name) });
  return found;
}

/** Every database, from outside RDS: subnets and security groups have to know. */
export async function databases(scene: Scene): Promise<readonly Element[]> {
  await settle(scene);
  return look(scene, INSTANCES);
}

/** The zones of a subnet group's record, in order. */
export function zonesIn(group: Element | undefined): readonly string[] {
  const subnets = descend(group, 'Subnets')?.children ?? [];
  return [...new Set(subnets.map((one) => textAt(one, 'SubnetAvailabilityZone', 'Name') ?? ''))].sort();
}
