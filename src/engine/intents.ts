/**
 * Memory of creates: who was asked for, and when. An anonymous create is announced in the status, and accepted by the API
 * server, before it is made; any create is remembered until AWS shows its result, because AWS's reads lag behind its writes.
 */
import type { Intent } from '../api/types.ts';
import { type Action, CHANGING } from '../core/action.ts';
import type { Outcome } from '../core/outcome.ts';
import type { NodeId } from '../core/ref.ts';
import type { Recorded, Snapshot } from '../core/snapshot.ts';

/** The incarnation that a create of this node makes: one more than what was there before. */
export function incarnationOf(recorded: Recorded | undefined): number {
  if (!recorded) return 1;
  return recorded.id === undefined ? recorded.incarnation : recorded.incarnation + 1;
}

/** Whether an intent is young enough for AWS to owe us a sight of its result. */
export function isYoung({ startedAt }: Intent, now: Date, graceSeconds: number): boolean {
  return now.getTime() - Date.parse(startedAt) < graceSeconds * 1000;
}

const creates = ({ type, kind, waitsFor }: Action): boolean =>
  waitsFor === undefined && (type === 'create' || (type === 'replace' && kind.replace === 'createFirst'));

/** Creates of this plan that must be announced first: anonymous, and standing on nothing that is not usable yet. */
export function toAnnounce(actions: readonly Action[], { live }: Snapshot): readonly Action[] {
  const changing = new Set(
    actions.filter(({ type, waitsFor }) => CHANGING.has(type) && !waitsFor).map(({ node }) => node),
  );
  const usable = (need: NodeId): boolean => {
    const phase = live.get(need)?.health.phase;
    return phase !== undefined && phase !== 'settling' && phase !== 'deleting' && !changing.has(need);
  };
  return actions.filter((action) => creates(action) && action.kind.anonymous && action.needs.every(usable));
}

/** Intents for these actions, added to those that are there. */
export function announce(
  intents: readonly Intent[],
  actions: readonly Action[],
  { recorded, now }: { readonly recorded: ReadonlyMap<NodeId, Recorded>; readonly now: Date },
): readonly Intent[] {
  const roles = new Set<string>(actions.map(({ node }) => node));
  const announced = actions.map(({ node, live }) => ({
    role: node,
    incarnation: live ? live.incarnation + 1 : incarnationOf(recorded.get(node)),
    startedAt: now.toISOString(),
  }));
  return [...intents.filter(({ role }) => !roles.has(role)), ...announced];
}

/** The intents to keep after a pass: those whose result AWS still owes us. */
export function remember(
  before: readonly Intent[],
  outcomes: ReadonlyMap<NodeId, Outcome>,
  { snapshot, now, graceSeconds }: { readonly snapshot: Snapshot; readonly now: Date; readonly graceSeconds: number },
): readonly Intent[] {
  const kept = before.filter((intent) => {
    const node = intent.role as NodeId;
    const outcome = outcomes.get(node);
    if (outcome && (outcome.action === 'create' || outcome.action === 'replace')) return outcome.made === true;
    const live = snapshot.live.get(node);
    return isYoung(intent, now, graceSeconds) && !(live && live.incarnation >= intent.incarnation);
  });
  const known = new Set(kept.map(({ role }) => role));
  const fresh = [...outcomes.values()].filter(({ made, node }) => made && !known.has(node));
  const added = fresh.map(({ node, incarnation }) => ({ role: node, incarnation, startedAt: now.toISOString() }));
  return [...kept, ...added].slice(0, 100);
}
