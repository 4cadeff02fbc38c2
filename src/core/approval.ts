/**
 * Which changes wait for a person or for a time, and what the word of one covers. An approval names the hash of what waits, counts
 * once, and is remembered change by change: a plan of which half is done goes on, and whatever nobody approved waits. Pure.
 */
import type { Action } from './action.ts';
import { hashOf } from './canonical.ts';
import type { Change } from './kind.ts';
import { type NodeId, valueAt } from './ref.ts';

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
  /** RFC 3339: until then nothing is begun that is felt when it is made. Absent: it may begin now. */
  readonly opens?: string;
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

/** The same before and after what a wish refers to is known: only another wish needs another approval. */
const signatureOf = ({ node, spec }: Action, { path, to }: Change): string =>
  hashOf([node, path, valueAt(spec, path) ?? to]);

/** What an action does, as changes: making something is one where it is felt. */
function deedsOf({ type, node, changes, impact = 'online' }: Action): readonly Change[] {
  if (type !== 'create') return changes;
  return impact === 'online' ? [] : [{ path: 'existence', from: null, to: node, impact }];
}

/** The changes of an action that need approval, whether or not they have it. */
function asking(action: Action, { required }: Approval): readonly Change[] {
  const { type, kind, live, drift, waitsFor } = action;
  const changes = deedsOf(action);
  const isStrict = required === 'Disruptive';
  if (type === 'create') return (isStrict || action.approval) && !waitsFor ? changes : [];
  const touches = (type === 'update' || type === 'replace') && live !== undefined;
  // Nobody is asked about a deviation that is not sure yet.
  if (!touches || (drift && waitsFor !== undefined)) return [];
  const isFelt = ({ impact }: Change): boolean => isStrict && impact !== 'online' && !kind.operation;
  return changes.filter((change) => isFelt(change) || kind.approval?.(change) === true);
}

/** Has whatever is to be made on one of these wait for it, directly or not. Actions come in the order in which they are built. */
function afterBases(actions: readonly Action[], bases: readonly NodeId[]): readonly Action[] {
  const waiting = new Set(bases);
  return actions.map((action) => {
    if (action.type !== 'create' || waiting.has(action.node)) return action;
    const base = action.needs.find((need) => waiting.has(need));
    if (base === undefined) return action;
    waiting.add(action.node);
    return { ...action, waitsFor: base };
  });
}

/** What is changed in place, and serves meanwhile. */
const servesMeanwhile = ({ type, live }: Action): boolean => type === 'update' && live?.health.phase === 'ready';

/**
 * Has actions wait for one thing, and what is to be made on something that waits so: it is not there yet, does not serve, or would
 * stand in the way. Actions come in the order in which they are built.
 */
function held(
  actions: readonly Action[],
  waiting: ReadonlySet<Action>,
  wait: Pick<Action, 'waitsFor' | 'until'>,
): readonly Action[] {
  const bases = [...waiting].flatMap((action) => (servesMeanwhile(action) ? [] : [action.node]));
  return afterBases(
    actions.map((action) => (waiting.has(action) ? { ...action, ...wait } : action)),
    bases,
  );
}

/** Whether it is felt when it is made, and nothing else keeps it from being made now. */
const isFeltNow = (action: Action): boolean =>
  action.type === 'create' && action.waitsFor === undefined && deedsOf(action).length > 0;

/**
 * Has what is felt when it is made wait for all that it stands on: what it will be like, a person sees only then, and only then it
 * can be for nothing but a time that it waits. Actions come in the order in which they are built.
 */
function ripened(actions: readonly Action[], { required, opens }: Approval): readonly Action[] {
  const isGuarded = required === 'Disruptive' || opens !== undefined;
  const ready = new Set(actions.flatMap(({ type, node }) => (type === 'none' || type === 'hold' ? [node] : [])));
  return actions.map((action) => {
    const mayWait = (isGuarded || action.approval === true) && isFeltNow(action);
    const base = mayWait ? action.needs.find((need) => !ready.has(need)) : undefined;
    return base === undefined ? action : { ...action, waitsFor: base };
  });
}

/** `Sunday 2026-12-06 at 02:00Z`: as people read a time. */
function wordsOf(time: string): string {
  const day = new Date(time).toLocaleDateString('en-GB', { weekday: 'long', timeZone: 'UTC' });
  return `${day} ${time.slice(0, 10)} at ${time.slice(11, 16)}Z`;
}

/** Has what is felt when it is made wait until the window opens; what waits for a person has to be approved first. */
function untilOpen(actions: readonly Action[], { opens }: Approval): readonly Action[] {
  if (opens === undefined) return actions;
  const waitsFor = `the opening of the maintenance window on ${wordsOf(opens)}`;
  return held(actions, new Set(actions.filter(isFeltNow)), { waitsFor, until: opens });
}

/** Makes what a person must approve, and has not, wait. The changes of one resource go together. */
function approvedOf(actions: readonly Action[], approval: Approval): Gated {
  const { approved, granted } = approval;
  const known = new Set(granted.changes);
  const waiting = new Set(
    actions.filter((action) => asking(action, approval).some((change) => !known.has(signatureOf(action, change)))),
  );
  if (waiting.size === 0) return { actions, granted };
  const digests = [...waiting].map((action) => [
    action.type,
    action.node,
    deedsOf(action).map((change) => [change.impact, signatureOf(action, change)]),
  ]);
  const hash = `sha256:${hashOf([granted.plan, digests], 64)}`;
  if (!approved.includes(hash)) {
    return { actions: held(actions, waiting, { waitsFor: AWAITS_APPROVAL }), hash, granted };
  }
  const signed = [...waiting].flatMap((action) => deedsOf(action).map((change) => signatureOf(action, change)));
  return { actions, hash, granted: { plan: hash, changes: [...new Set([...granted.changes, ...signed])] } };
}

/** Makes what a person must approve, or what has to wait for its time, wait. */
export function gate(planned: readonly Action[], approval: Approval): Gated {
  const gated = approvedOf(ripened(planned, approval), approval);
  return { ...gated, actions: untilOpen(gated.actions, approval) };
}

/** What is left of a grant at the end of a plan: once all is in its place, what was approved is done. */
export function remaining(granted: Grant, actions: readonly Action[]): Grant {
  const isOver = actions.every(({ type }) => type === 'none' || type === 'hold');
  return isOver && granted.changes.length > 0 ? { ...granted, changes: [] } : granted;
}

/** The time that an action waits for, as nothing else is to be done about it. */
export const timeOf = ({ type, live, until }: Action): string | undefined =>
  until ?? (type === 'wait' ? live?.health.until : undefined);

/** Has whatever is to be made on what waits for its time wait for that. Actions come in the order in which they are built. */
export function afterTheirTime(actions: readonly Action[]): readonly Action[] {
  return afterBases(
    actions,
    actions.flatMap((action) => (timeOf(action) === undefined ? [] : [action.node])),
  );
}

/** Until when a person is waited for: what waits so is over then. */
export const deadlineOf = ({ waitsFor, live }: Action): string | undefined =>
  waitsFor === AWAITS_APPROVAL ? live?.health.until : undefined;

/** The nodes that a word of waiting names. */
export const nodesIn = (waitsFor: string): readonly NodeId[] =>
  waitsFor.split(', ').flatMap((clause) => (clause.includes('/') ? [clause.split(' ', 1)[0] as NodeId] : []));

/** Whether it waits for a person or for a time. */
export const isHeld = (action: Action): boolean => action.waitsFor === AWAITS_APPROVAL || timeOf(action) !== undefined;

/** Actions that wait for a person or for a time, or for another that does: none of them is work under way. */
export function heldBack(actions: readonly Action[]): ReadonlySet<Action> {
  const held = new Set(actions.filter(isHeld));
  for (let before = 0; held.size > before; ) {
    before = held.size;
    const nodes = new Set([...held].map(({ node }) => node));
    for (const action of actions) {
      if (action.waitsFor && nodesIn(action.waitsFor).some((node) => nodes.has(node))) held.add(action);
    }
  }
  return held;
}
