/**
 * Among how many shards the tiers are divided: never among two numbers at once. The Lease of shard 0 tells the number for
 * all. Who takes another Lease reads shard 0's afterwards; who changes the number, by taking shard 0's, reads all others
 * afterwards and waits for those of the former number to go: one of the two sees the other. It takes nothing itself.
 */
import type { Clock } from './clock.ts';
import type { Lease, LeaseView } from './lease.ts';
import type { LeaseMarks } from './lease-object.ts';

/** The Leases as one process sees them. */
export interface LeaseSet {
  /** Who looks, and among how many shards it would divide the tiers. */
  readonly identity: string;
  readonly shards: number;
  readonly clock: Clock;
  of(shard: number): Lease;
}

/** Whether all who serve tiers divide them among so many shards. */
export function tellsCount({ marks }: LeaseView, shards: number): boolean {
  return marks.shards === shards && marks.formerShards === 0;
}

/** The number that shard 0 names as the former one when it is taken: the greatest by which anybody may still serve. */
export function formerCount({ shards: told, formerShards }: LeaseMarks, shards: number): number {
  return Math.max(formerShards, told === shards ? 0 : told);
}

/** Reads all Leases of a number but shard 0's: true when none of them is held by who divides the tiers otherwise. */
export async function isClearOf(leases: LeaseSet, count: number, signal: AbortSignal): Promise<boolean> {
  const others = Array.from({ length: Math.max(0, count - 1) }, (_, index) => index + 1);
  const views = await Promise.all(others.map((shard) => leases.of(shard).look(signal)));
  return views.every((view) => view !== undefined && (view.marks.shards === leases.shards || isFree(leases, view)));
}

/** Whether anybody else may take a Lease. */
export function isFree({ identity, clock }: LeaseSet, { holder, freeAt }: LeaseView): boolean {
  return holder === '' || holder === identity || clock.now() >= freeAt;
}
