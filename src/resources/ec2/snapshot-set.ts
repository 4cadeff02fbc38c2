/**
 * The snapshots that one schedule has taken, read as a whole. A set is told by tags that all of its members carry; other
 * snapshots of the same volume, by hand or final, are never part of it. This file must not change anything in AWS.
 */
import { type Snapshot as Copy, type Filter, paginateDescribeSnapshots } from '@aws-sdk/client-ec2';
import type { Aws, Scope } from '../../aws/driver.ts';
import { claimOf, TAG } from '../../aws/ownership.ts';
import type { Owner } from '../../core/kind.ts';
import type { NodeId } from '../../core/ref.ts';
import { filtersOf, PAGE, tagRecord } from './tagging.ts';

/** The type of the kind whose nodes own sets. */
export const SCHEDULE_TYPE = 'ec2.snapshot-schedule';

/** Carries the period that a snapshot was taken for, because `CreateSnapshot` has no token. */
export const PERIOD_TAG = 'scalingtier.dev/period';

const HOUR = 3_600_000;
/** An hour less than a day: the next copy is complete before the last one is older than that. */
const PERIOD = 23 * HOUR;
/** A snapshot that failed is tried again, but not at every look. */
const RETRY = HOUR;

const startOf = (copy: Copy): number => copy.StartTime?.getTime() ?? 0;
/** The number of the period that a snapshot was taken for. */
const periodIn = (copy: Copy): number => Number(tagRecord(copy.Tags)[PERIOD_TAG] ?? 0);

/** AWS may give times in whole seconds: what was started in the same one is told apart by its period. */
const newestFirst = (copies: readonly Copy[]): readonly Copy[] =>
  copies.toSorted((a, b) => startOf(b) - startOf(a) || periodIn(b) - periodIn(a));

/** Whether AWS gave up on a snapshot. */
export const hasFailed = ({ State }: Copy): boolean => State === 'error';

/** Whether a snapshot can be restored from. */
export const isComplete = ({ State }: Copy): boolean => State === 'completed';

/** The id of a set must outlive each of its snapshots, so it is made of what they have in common. */
export function setID({ cluster, uid = '' }: Owner, node: NodeId, incarnation: number): string {
  return `${cluster}/${uid}/${node}/${incarnation}`;
}

/** The set that a snapshot belongs to; `undefined` when no schedule took it. */
function setOf(copy: Copy): string | undefined {
  const { owner, node, incarnation } = claimOf(tagRecord(copy.Tags));
  return owner && node?.startsWith(`${SCHEDULE_TYPE}/`) ? setID(owner, node, incarnation) : undefined;
}

/** The tag filters that find the sets of these ids, and maybe some more; none for ids of another form. */
function filtersOfIDs(ids: readonly string[]): Filter[][] {
  const sets = ids.map((id) => id.split('/')).filter(([, , type]) => type === SCHEDULE_TYPE);
  if (sets.length === 0) return [];
  const uids = new Set(sets.map(([, uid = '']) => uid));
  const roles = new Set(sets.map(([, , type, name]) => `${type}/${name}`));
  return [
    [
      { Name: `tag:${TAG.uid}`, Values: [...uids] },
      { Name: `tag:${TAG.role}`, Values: [...roles] },
    ],
  ];
}

/** EC2 has no filter for a set's id, so ids are read by what they are made of. */
function filterSetsOf(scope: Scope): readonly Filter[][] {
  const filterSets = filtersOf(scope, 'set');
  return scope.by === 'ids' ? filterSets.flatMap(([ids]) => filtersOfIDs(ids?.Values ?? [])) : filterSets;
}

/** The sets of a scope by their ids, each newest first. */
export async function readSets(aws: Aws, scope: Scope): Promise<ReadonlyMap<string, readonly Copy[]>> {
  const sets = new Map<string, readonly Copy[]>();
  const put = (copy: Copy): void => {
    const id = setOf(copy);
    if (id === undefined || (scope.by === 'ids' && !scope.ids.includes(id))) return;
    sets.set(id, newestFirst([...(sets.get(id) ?? []), copy]));
  };
  for (const Filters of filterSetsOf(scope)) {
    const input = { Filters, OwnerIds: ['self'] };
    const pages = paginateDescribeSnapshots({ client: aws.ec2, pageSize: PAGE }, input);
    for await (const { Snapshots = [] } of pages) Snapshots.forEach(put);
  }
  return sets;
}

/** One set, newest first; empty when there is none of that id. */
export async function readSet(aws: Aws, id: string): Promise<readonly Copy[]> {
  return (await readSets(aws, { by: 'ids', ids: [id] })).get(id) ?? [];
}

/** The number of the period that a time falls in; times that are a period apart never share one. */
export const periodOf = (time: number): string => String(Math.floor(time / PERIOD));

/** Whether it is time for the next snapshot of a set, newest first. */
export function isDue(copies: readonly Copy[], time: number): boolean {
  const [attempt] = copies;
  const good = copies.find((copy) => !hasFailed(copy));
  const since = (copy: Copy | undefined): number => (copy ? time - startOf(copy) : Number.POSITIVE_INFINITY);
  return since(good) >= PERIOD && since(attempt) >= RETRY;
}

/** What is beyond the number to keep. Only completed ones count, and the last of them always stays. */
export function surplus(copies: readonly Copy[], keep: number): readonly Copy[] {
  return newestFirst(copies).filter(isComplete).slice(Math.max(1, keep));
}
