/** Everything that a status is drawn from, in one place, so that each part of it can be drawn by itself. Types only. */
import type { Intent, TierStatus } from '../api/types.ts';
import type { Plan } from './action.ts';
import type { Blueprint, Facts } from './facts.ts';
import type { Way } from './move.ts';
import type { Outcome } from './outcome.ts';
import type { NodeId } from './ref.ts';
import type { Recorded, Snapshot } from './snapshot.ts';
import type { Tier } from './tier.ts';

/** Everything that a status is drawn from. */
export interface Projection {
  readonly tier: Tier;
  readonly now: Date;
  readonly facts: Facts;
  readonly pinned: TierStatus['facts'];
  readonly way: Way;
  /** The nodes that must serve for the tier to be ready. */
  readonly serving: ReadonlySet<NodeId>;
  readonly blueprint: Blueprint;
  readonly plan: Plan;
  readonly outcomes: ReadonlyMap<NodeId, Outcome>;
  readonly snapshot: Snapshot;
  readonly recorded: ReadonlyMap<NodeId, Recorded>;
  readonly intents: readonly Intent[];
  readonly passive: 'Paused' | 'ObserveOnly' | undefined;
  /** The tags that each node must carry, as in the plan. */
  readonly tagsOf: (node: NodeId, incarnation: number) => Readonly<Record<string, string>>;
  readonly handledRequest: string | undefined;
  /** Whether this incarnation of a node, or a later one, may not be shown yet, as in the plan. */
  readonly searching: (node: NodeId, incarnation: number) => boolean;
}
