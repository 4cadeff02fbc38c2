/**
 * Which changes wait for a person, and what the word of one covers. An approval names the hash of what waits, counts once, and
 * is remembered change by change: a plan of which half is done goes on, and whatever nobody approved waits. Pure.
 */
import type { Action } from './action.ts';
import { hashOf } from './canonical.ts';
import type { Change } from './kind.ts';
import { isRef, type NodeId } from './ref.ts';

/** What an approval in force covers. */
export interface Grant {
  /** The hash that was approved last. The same is never approved twice: hashes of later plans are made with it. */
  readonly plan: string;
  /** Signatures of approved changes that may not be done yet. */
  readonly changes: readonly string[];
}

/** The user's say about changes. */
export interface Approval {
  /** `Disruptive`: what restarts or replaces something that stands waits. */
  readonly required: 'Disruptive' | 'Never';
  /** Hashes that the user names. */
  readonly approved: readonly string[];
  readonly granted: Grant;
}

/** Nothing was ever approved. */
export const NO_GRANT: Grant = { plan: '', changes: [] };

/** Nobody is asked, unless a kind insists. */
export const NO_APPROVAL: Approval = { required: 'Never', approved: [], granted: NO_GRANT };

/** What an action waits for that a person must approve. */
export const AWAITS_APPROVAL = 'approval';

/** Actions as they may be done now. */
export interface Gated {
  readonly actions: readonly Action[];
  /** Stands for what waits for approval, or got it just now. */
  readonly hash?: string;
  readonly granted: Grant;
}

/** What the spec says at a dotted path, references unresolved; keys may hold dots themselves. */
function wishAt(spec: unknown, path: string): unknown {
  if (path === '' || isRef(spec)) return spec;
  if (typeof spec !== 'object' || spec === null) return undefined;
  const keys = Object.keys(spec).filter((key) => path === key || path.startsWith(`${key}.`));
  const key = keys.sort((a, b) => b.length - a.length)[0];
  return key === undefined
    ? undefined
    : wishAt((spec as Readonly<Record<string, unknown>>)[key], path.slice(key.length + 1));
}

/** The same before and after what a wish refers to is known: only another wish needs another approval. */
const signatureOf = ({ node, spec }: Action, { path, to }: Change): string =>
  hashOf([node, path, wishAt(spec, path) ?? to]);

/** The changes of an action that need approval, whether or not they have it. */
function asking({ type, kind, changes, live, drift, waitsFor }: Action, { required }: Approval): readonly Change[] {
  const touches = (type === 'update' || type === 'replace') && live !== undefined && !kind.operation;
  // Nobody is asked about a deviation that is not sure yet.
  if (!touches || (drift && waitsFor !== undefined)) return [];
  return changes.filter(
    (change) => (required === 'Disruptive' && change.impact !== 'online') || kind.approval?.(change) === true,
  );
}

/**
 * Has actions wait for approval, and what is to be made on something that is to be replaced for that: it would stand in the
 * way. Actions come in the order in which they are built.
 */
function held(actions: readonly Action[], waiting: ReadonlySet<Action>): readonly Action[] {
  const replaced = new Set([...waiting].flatMap(({ type, node }) => (type === 'replace' ? [node] : [])));
  return actions.map((action) => {
    if (waiting.has(action)) return { ...action, waitsFor: AWAITS_APPROVAL };
    const base = action.type === 'create' ? action.needs.find((need) => replaced.has(need)) : undefined;
    if (base === undefined) return action;
    replaced.add(action.node);
    return { ...action, waitsFor: base };
  });
}

/** Makes what a person must approve, and has not, wait. The changes of one resource go together. */
export function gate(actions: readonly Action[], approval: Approval): Gated {
  const { approved, granted } = approval;
  const known = new Set(granted.changes);
  const waiting = new Set(
    actions.filter((action) => asking(action, approval).some((change) => !known.has(signatureOf(action, change)))),
  );
  if (waiting.size === 0) return { actions, granted };
  const digests = [...waiting].map((action) => [
    action.type,
    action.node,
    action.changes.map((change) => [change.impact, signatureOf(action, change)]),
  ]);
  const hash = `sha256:${hashOf([granted.plan, digests], 64)}`;
  if (!approved.includes(hash)) {
    return { actions: held(actions, waiting), hash, granted };
  }
  const signed = [...waiting].flatMap((action) => action.changes.map((change) => signatureOf(action, change)));
  return { actions, hash, granted: { plan: hash, changes: [...new Set([...granted.changes, ...signed])] } };
}

/** What is left of a grant at the end of a plan: once all is in its place, what was approved is done. */
export function remaining(granted: Grant, actions: readonly Action[]): Grant {
  const isOver = actions.every(({ type }) => type === 'none' || type === 'hold');
  return isOver && granted.changes.length > 0 ? { ...granted, changes: [] } : granted;
}

/** The nodes that a word of waiting names. */
export const nodesIn = (waitsFor: string): readonly NodeId[] =>
  waitsFor.split(', ').flatMap((clause) => (clause.includes('/') ? [clause.split(' ', 1)[0] as NodeId] : []));

/** Actions that wait for a person, or for another that does: none of them is work under way. */
export function heldBack(actions: readonly Action[]): ReadonlySet<Action> {
  const held = new Set(actions.filter(({ waitsFor }) => waitsFor === AWAITS_APPROVAL));
  for (let before = 0; held.size > before; ) {
    before = held.size;
    const nodes = new Set([...held].map(({ node }) => node));
    for (const action of actions) {
      if (action.waitsFor && nodesIn(action.waitsFor).some((node) => nodes.has(node))) held.add(action);
    }
  }
  return held;
}
