/**
 * Walks a plan once. Actions run side by side, each after those that it stands on; nothing waits for AWS to finish, and one
 * part that fails does not stop the others. It never decides what to do: that is the plan's.
 */
import pLimit from 'p-limit';
import type { Intent } from '../api/types.ts';
import type { AnyResource, Aws, Identity } from '../aws/driver.ts';
import { type Classified, classify } from '../aws/errors.ts';
import { identify } from '../aws/ownership.ts';
import { type Action, mayRun } from '../core/action.ts';
import type { Owner } from '../core/kind.ts';
import { RETAINED_TAG } from '../core/names.ts';
import type { Outcome } from '../core/outcome.ts';
import { hasUnknown, type NodeId, resolve, valueAt } from '../core/ref.ts';
import type { Recorded, Snapshot } from '../core/snapshot.ts';
import { countAccepted, isLasting, openedFor } from './attempts.ts';
import type { Memory } from './engine.ts';
import { incarnationOf, isCreating, isYoung } from './intents.ts';

/** Calls under way at once for one tier. */
const PARALLEL = 6;

/** What one walk needs. */
export interface Walk {
  readonly aws: Aws;
  readonly owner: Required<Owner>;
  readonly userTags: Readonly<Record<string, string>>;
  readonly resources: ReadonlyMap<string, AnyResource>;
  readonly snapshot: Snapshot;
  readonly recorded: ReadonlyMap<NodeId, Recorded>;
  /** What was announced, and the API server accepted. */
  readonly intents: readonly Intent[];
  /** What had been announced before this pass. */
  readonly earlier: readonly Intent[];
  readonly memory: Memory;
  readonly signal: AbortSignal;
  readonly now: Date;
  readonly graceSeconds: number;
}

/** The process may not write any more: nothing of this pass counts. */
export class PassAborted extends Error {
  override readonly name = 'PassAborted';
}

type Partial = Omit<Outcome, 'node' | 'action'>;

const blocked = (reason: string, incarnation: number): Partial => ({ result: 'blocked', reason, incarnation });

/** What ends one resource of a node, which may be an older one. */
const ENDING: ReadonlySet<string> = new Set(['delete', 'forget']);

/** What became of what is needed; the end of what was replaced changes nothing for whoever stands on its successor. */
function outcomeOf(
  need: NodeId,
  { snapshot }: Walk,
  outcomes: ReadonlyMap<NodeId, Outcome | undefined>,
): Outcome | undefined {
  const outcome = outcomes.get(need);
  const current = snapshot.live.get(need)?.incarnation ?? 0;
  return outcome && ENDING.has(outcome.action) && outcome.incarnation < current ? undefined : outcome;
}

/** Why an action cannot run on what it needs, and what the needed attributes are. */
function foundation(
  action: Action,
  walk: Walk,
  outcomes: ReadonlyMap<NodeId, Outcome | undefined>,
): string | undefined {
  for (const need of action.needs) {
    const outcome = outcomeOf(need, walk, outcomes);
    if (outcome?.final) continue;
    if (outcome?.result === 'blocked') return `${need} is not there yet`;
    // What is updated in place keeps its identity: whoever stands on it may be updated too, and the next look sees to both.
    // Waiting instead would be for ever where the one's difference only ends with the other's update.
    const inPlace = outcome?.action === 'update' && action.type === 'update';
    if (outcome && !inPlace) return `${need} was just changed`;
    const live = walk.snapshot.live.get(need);
    if (!live) return `${need} is not there yet`;
    if (live.health.phase === 'settling' || live.health.phase === 'deleting') return `${need} (${live.health.state})`;
  }
  return undefined;
}

function specOf(action: Action, walk: Walk, outcomes: ReadonlyMap<NodeId, Outcome | undefined>): object {
  return resolve(action.spec ?? {}, ({ $ref, attr }) => {
    const made = outcomes.get($ref)?.attributes;
    const live = walk.snapshot.live.get($ref)?.attributes as Readonly<Record<string, unknown>> | undefined;
    return (made ?? live)?.[attr];
  }) as object;
}

function identityOf(action: Action, walk: Walk, incarnation: number, since?: string): Identity {
  return identify(walk.owner, action.node, incarnation, walk.userTags, since);
}

const announcementOf = ({ node }: Action, { intents }: Walk): Intent | undefined =>
  intents.find(({ role }) => role === node);

async function create(
  action: Action,
  walk: Walk,
  { kind, spec, incarnation }: { kind: AnyResource; spec: object; incarnation: number },
): Promise<Partial> {
  const self = identityOf(action, walk, incarnation, announcementOf(action, walk)?.since);
  const created = await kind.create(walk.aws, self, spec);
  const { id, attributes, final = kind.settle === 0 } = created;
  const made = { incarnation, made: true, id, attributes };
  return final ? { ...made, result: 'done', final } : { ...made, result: 'settling', reason: 'just created' };
}

async function update(action: Action, walk: Walk, kind: AnyResource, spec: object): Promise<Partial> {
  const { live } = action;
  if (!live) throw new Error(`update ${action.node}: nothing was observed`);
  const changes = action.changes.map((change) =>
    hasUnknown(change.to) ? { ...change, to: valueAt(spec, change.path) } : change,
  );
  const { incarnation } = live;
  const attributes = await kind.update(
    walk.aws,
    { ...live, self: identityOf(action, walk, incarnation) },
    spec,
    changes,
  );
  const answer = attributes ? { attributes, final: true } : {};
  // Reads lag behind the answer: what AWS shows is looked at no sooner for it.
  return { result: 'settling', incarnation, id: live.id, reason: 'just updated', ...answer };
}

async function remove(action: Action, walk: Walk, kind: AnyResource): Promise<Partial> {
  const { live } = action;
  if (!live) throw new Error(`delete ${action.node}: nothing was observed`);
  await kind.delete(walk.aws, { ...live, self: identityOf(action, walk, live.incarnation) });
  return { result: 'settling', incarnation: live.incarnation, id: live.id, ended: true, reason: 'just deleted' };
}

/** Leaves a resource where it is, marked so that a later tier of the same name does not take it for its own unasked. */
async function forget(action: Action, walk: Walk, kind: AnyResource): Promise<Partial> {
  const { live } = action;
  if (!live) throw new Error(`retain ${action.node}: nothing was observed`);
  const { incarnation, id } = live;
  if (live.tags) {
    const mark = { path: `tags.${RETAINED_TAG}`, from: null, to: 'true', impact: 'online' } as const;
    await kind.update(walk.aws, { ...live, self: identityOf(action, walk, incarnation) }, live.spec, [mark]);
  }
  return { result: 'done', incarnation, id };
}

async function bringUp(action: Action, walk: Walk, kind: AnyResource, spec: object): Promise<Partial> {
  const { live } = action;
  const incarnation = announcementOf(action, walk)?.incarnation ?? 0;
  // Without it a crash after the call would leave a resource that nobody waits for, or make it a second time.
  const next = live ? live.incarnation + 1 : incarnationOf(walk.recorded.get(action.node));
  if (incarnation < next) return blocked('its intent is not recorded yet', live?.incarnation ?? next);
  return isCreating(action) ? create(action, walk, { kind, spec, incarnation }) : remove(action, walk, kind);
}

function perform(action: Action, walk: Walk, kind: AnyResource, spec: object): Promise<Partial> {
  switch (action.type) {
    case 'create':
    case 'replace':
      return bringUp(action, walk, kind, spec);
    case 'update':
      return update(action, walk, kind, spec);
    case 'forget':
      return forget(action, walk, kind);
    default:
      return remove(action, walk, kind);
  }
}

/** Classes of errors that pass by themselves and are no failure. */
const PASSING: ReadonlySet<string> = new Set(['ambiguous', 'busy', 'propagating', 'notFound']);

/** Classes of errors after which a resource may stand although its create failed. */
const MAYBE_MADE: ReadonlySet<string> = new Set(['ambiguous', 'exists']);

/** What an error makes of an action. */
function outcomeOfError(action: Action, walk: Walk, failure: Classified): Partial {
  const creating = isCreating(action);
  const lived = action.live?.incarnation ?? 1;
  const common = {
    incarnation: creating ? (announcementOf(action, walk)?.incarnation ?? lived) : lived,
    made: creating && MAYBE_MADE.has(failure.class),
    taken: creating && failure.class === 'exists',
    ended: action.type === 'replace' && !creating && failure.class === 'ambiguous',
  };
  const reason = `${failure.code}: ${failure.message}`;
  // What waits for another part of the tier is in order however long that takes.
  const isPassing = failure.class === 'waiting' || (PASSING.has(failure.class) && !isLasting(action, walk));
  if (isPassing) return { ...common, result: 'settling', reason };
  const first = walk.earlier.find(
    ({ role, incarnation }) => role === action.node && incarnation === common.incarnation,
  );
  if (common.taken && (!first || isYoung(first, walk.now, walk.graceSeconds)))
    return { ...common, result: 'settling', reason: `${failure.code}: waiting to see whose it is` };
  return { ...common, result: 'failed', failure };
}

async function carryOut(
  action: Action,
  walk: Walk,
  outcomes: ReadonlyMap<NodeId, Outcome | undefined>,
): Promise<Partial> {
  const incarnation = action.live?.incarnation ?? 1;
  const kind = walk.resources.get(action.kind.type);
  if (!kind) throw new Error(`apply ${action.node}: no kind ${action.kind.type}`);
  const obstacle = foundation(action, walk, outcomes);
  if (obstacle) return blocked(obstacle, incarnation);
  const spec = specOf(action, walk, outcomes);
  if (action.type !== 'delete' && action.type !== 'forget' && hasUnknown(spec))
    return blocked('what it refers to is not known yet', incarnation);
  if (walk.signal.aborted) throw new PassAborted(`apply ${action.node}: the pass was aborted`);
  const opened = openedFor(action, walk);
  if (opened) return { incarnation, ...opened };
  try {
    const outcome = await perform(action, walk, kind, spec);
    if (outcome.result !== 'blocked') countAccepted(action, walk);
    return outcome;
  } catch (error) {
    const failure = classify(error);
    if (failure.class === 'fenced') throw new PassAborted(`apply ${action.node}: ${failure.message}`);
    return outcomeOfError(action, walk, failure);
  }
}

/** Carries out every action that may run in this pass and answers with what became of each. */
export async function apply(actions: readonly Action[], walk: Walk): Promise<ReadonlyMap<NodeId, Outcome>> {
  const limit = pLimit(PARALLEL);
  const outcomes = new Map<NodeId, Outcome | undefined>();
  const running = new Map<NodeId, Promise<void>>();
  for (const action of actions) {
    if (!mayRun(action)) continue;
    const before = action.needs.flatMap((need) => running.get(need) ?? []);
    const run = Promise.all(before)
      .then(() => limit(() => carryOut(action, walk, outcomes)))
      .then((outcome) => {
        outcomes.set(action.node, { node: action.node, action: action.type, ...outcome });
      });
    running.set(action.node, run);
  }
  const settled = await Promise.allSettled(running.values());
  const failed = settled.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  return new Map([...outcomes].flatMap(([node, outcome]) => (outcome ? [[node, outcome] as const] : [])));
}
