/** What is decided about one box that stands: for tests of what a kind declares about its fields. It must not assert anything. */
import { graphBuilder } from '../../src/core/graph.ts';
import type { Health, Kind, Owned } from '../../src/core/kind.ts';
import { type Decision, planDesired, specHashOf } from '../../src/core/plan-desired.ts';
import type { Policy } from '../../src/core/policy.ts';

/** The box's node; kinds of boxes have the type `toy.box`. */
export const NODE = 'toy.box/main';

const POLICY = {
  drift: 'Correct',
  ignore: [],
  tagsOf: () => ({}),
  obsoleteTags: [],
  searching: () => false,
  confirmed: () => true,
} as unknown as Policy;

/** A box that is seen otherwise than it is wanted. */
export interface Box<S extends object> {
  readonly kind: Kind<S>;
  readonly wanted: S;
  readonly seen: Partial<Record<keyof S, unknown>>;
  /** Whether the wish is new; else it was fulfilled once. Default: it was. */
  readonly asked?: boolean;
  readonly closed?: Health['closed'];
  readonly policy?: Partial<Policy>;
}

/** What is decided about it. */
export function decisionFor<S extends object>({ kind, wanted, seen, asked = false, closed, policy }: Box<S>): Decision {
  const g = graphBuilder();
  g.add(kind as Kind, 'main', wanted);
  const node = g.build().get(NODE);
  if (!node) throw new Error('no node');
  const owned = {
    owner: { cluster: 'c', namespace: 'n', name: 'shop', uid: 'u' },
    node: NODE,
    incarnation: 1,
    id: 'box-1',
    spec: seen,
    attributes: {},
    tags: {},
    health: { state: 'standing', phase: 'ready', ...(closed ? { closed } : {}) },
  } as unknown as Owned;
  const specHash = asked ? 'of-another-wish' : specHashOf(wanted, {});
  return planDesired(node, {
    snapshot: { live: new Map([[NODE, owned]]), superseded: [], foreign: new Map(), unread: new Map() },
    recorded: new Map([[NODE, { id: 'box-1', incarnation: 1, specHash }]]),
    policy: { ...POLICY, ...policy },
  });
}
