/** Small values of the core for unit tests: each has the least that the types ask for, and tests say what differs. */
import type { Action } from '../../src/core/action.ts';
import type { Kind, Owned, Owner } from '../../src/core/kind.ts';
import type { Policy } from '../../src/core/policy.ts';
import type { Snapshot } from '../../src/core/snapshot.ts';

/** The owner of everything in unit tests. */
export const OWNER: Required<Owner> = { cluster: 'main', namespace: 'shop', name: 'web', uid: 'uid-1' };

/** A resource of ours that serves. */
export function ownedOf(change: Partial<Owned> & Pick<Owned, 'id'>): Owned {
  return {
    owner: OWNER,
    node: 'toy.box/main',
    incarnation: 1,
    spec: {},
    attributes: {},
    tags: {},
    health: { state: 'available', phase: 'ready' },
    ...change,
  };
}

/** A policy that allows the ordinary. */
export function policyOf(change: Partial<Policy> = {}): Policy {
  return {
    drift: 'Correct',
    ignore: [],
    acceptDataLoss: false,
    tagsOf: () => ({}),
    obsoleteTags: [],
    searching: () => false,
    sought: [],
    left: () => false,
    confirmed: () => true,
    ...change,
  };
}

/** What was seen. */
export function snapshotWith(change: Partial<Snapshot> = {}): Snapshot {
  return { live: new Map(), superseded: [], foreign: new Map(), unread: new Map(), ...change };
}

/** A kind without rules. */
export const BOX: Kind = { type: 'toy.box' };

/** An action on the box. */
export function actionOf(change: Partial<Action> = {}): Action {
  return {
    type: 'none',
    node: 'toy.box/main',
    kind: BOX,
    reason: 'as it should be',
    changes: [],
    drift: false,
    needs: [],
    ...change,
  };
}
