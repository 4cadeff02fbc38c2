/** What to do about one node that is wanted. Pure: it sees the node, what AWS holds for it, and the policy. */
import { type Action, type Finding, impactOf, isClosed, type Problem } from './action.ts';
import { hashOf } from './canonical.ts';
import { diffSpec, diffTags } from './diff.ts';
import type { Node } from './graph.ts';
import type { Change, Owned } from './kind.ts';
import { UID_TAG } from './names.ts';
import { isIgnored, type Policy } from './policy.ts';
import { type NodeId, resolve, unknownIn } from './ref.ts';
import { type Recorded, type Snapshot, typeOf } from './snapshot.ts';

/** An action with the deviations that it answers. */
export interface Decision {
  readonly action: Action;
  readonly findings: readonly Finding[];
}

/** What planning one wanted node needs to see. */
export interface View {
  readonly snapshot: Snapshot;
  readonly recorded: ReadonlyMap<string, Recorded>;
  readonly policy: Policy;
}

/** The hash by which a later pass tells drift from a change that somebody asked for. */
export function specHashOf(spec: object, userTags: Readonly<Record<string, string>>): string {
  return hashOf({ spec, userTags });
}

/** The spec of a node with every reference replaced by what AWS holds now. */
export function resolveLive(node: Pick<Node, 'spec'>, snapshot: Snapshot): object {
  return resolve(node.spec, ({ $ref, attr }) => {
    const attributes = snapshot.live.get($ref)?.attributes as Readonly<Record<string, unknown>> | undefined;
    return attributes?.[attr];
  }) as object;
}

const FINDING_CLASS = { online: 'Correctable', restart: 'NeedsRestart', replace: 'NeedsReplacement' } as const;

function findingOf(node: Node, change: Change, action: Finding['action']): Finding {
  const { path: field, to: desired, from: observed } = change;
  return { node: node.id, field, desired, observed, class: FINDING_CLASS[change.impact], action };
}

const base = (node: Node): Omit<Action, 'type' | 'reason'> => ({
  node: node.id,
  kind: node.kind,
  changes: [],
  drift: false,
  spec: node.spec,
  needs: node.needs,
});

/** Making a node, with what that does to whoever uses the tier. */
const making = (node: Node, reason: string): Action => ({
  ...base(node),
  type: 'create',
  reason,
  ...(node.impact ? { impact: node.impact } : {}),
  ...(node.approval ? { approval: node.approval } : {}),
});

/** What this object has left of a node in AWS: what is made now is the next after it. */
const leftOf = ({ id }: Node, { left = [] }: Snapshot): Pick<Action, 'live'> => {
  const [newest] = left
    .filter(({ node }) => node === id)
    .map(({ owned }) => owned)
    .toSorted((a, b) => b.incarnation - a.incarnation);
  return newest ? { live: newest } : {};
};

/** A deviation must be seen twice: AWS's reads lag behind its writes. */
const SECOND_LOOK = 'a second look';

const quiet = (action: Action): Decision => ({ action, findings: [] });

const hold = (node: Node, reason: string, problem: Problem): Action => ({
  ...base(node),
  type: 'hold',
  reason,
  problem,
});

/** A resource that was there, fully built, and is not any more, although nobody asked for that. */
function planLost(node: Node, id: string, policy: Policy): Decision {
  const change: Change = { path: 'existence', from: 'absent', to: id, impact: 'online' };
  if (policy.drift !== 'Correct' || isIgnored(policy, node.id, change.path)) {
    const action = hold(node, `${id} is gone; driftPolicy leaves it so`, 'DriftDetected');
    return { action, findings: [findingOf(node, change, policy.drift === 'Correct' ? 'Ignored' : 'Reported')] };
  }
  const pending = policy.confirmed(node.id, change.path) ? {} : { waitsFor: SECOND_LOOK };
  return {
    action: { ...base(node), type: 'create', reason: `${id} is gone`, drift: true, ...pending },
    findings: [findingOf(node, change, 'Pending')],
  };
}

function planAbsent(node: Node, view: View): Decision {
  const { policy } = view;
  const known = view.recorded.get(node.id);
  // What is on record was seen or answered for. Beyond it, a token or a name makes asking twice harmless.
  const isNext = policy.searching(node.id, known?.id === undefined ? 1 : known.incarnation + 1);
  const isOwed = isNext ? node.kind.anonymous : known?.id !== undefined && policy.searching(node.id, known.incarnation);
  if (isOwed) return quiet({ ...base(node), type: 'wait', reason: 'asked for; not visible in AWS yet' });
  if (!known?.id) return quiet({ ...making(node, 'wanted and not there'), ...leftOf(node, view.snapshot) });
  if (node.kind.stateful && !node.kind.operation && !policy.acceptDataLoss) {
    const change: Change = { path: 'existence', from: 'absent', to: known.id, impact: 'replace' };
    const reason = `${known.id} held data and is gone; restore it from a snapshot, or set spec.deletionPolicy.confirmDataLoss to the tier's name to start empty`;
    return { action: hold(node, reason, 'DataLossRefused'), findings: [findingOf(node, change, 'Reported')] };
  }
  const spec = resolveLive(node, view.snapshot);
  const asked = isNext || known.specHash !== specHashOf(spec, policy.tagsOf(node.id, known.incarnation));
  if (asked) return quiet(making(node, `takes the place of ${known.id}`));
  return planLost(node, known.id, policy);
}

/** Splits deviations by what the drift policy does with them. */
function judgeDrift(node: Node, changes: readonly Change[], policy: Policy): { act: Change[]; report: Finding[] } {
  const act: Change[] = [];
  const report: Finding[] = [];
  for (const change of changes) {
    if (policy.drift === 'Off') continue;
    if (isIgnored(policy, node.id, change.path)) report.push(findingOf(node, change, 'Ignored'));
    else if (policy.drift === 'Report' || change.impact === 'replace') report.push(findingOf(node, change, 'Reported'));
    else act.push(change);
  }
  return { act, report };
}

function planSteady(node: Node, owned: Owned): Action {
  const { phase, state, reason } = owned.health;
  const live = { ...base(node), live: owned };
  if (phase === 'ready') return { ...live, type: 'none', reason: 'as it should be' };
  if (phase === 'failed') return { ...live, type: 'hold', reason: reason ?? `AWS says ${state}`, problem: 'Failed' };
  return { ...live, type: 'wait', reason: reason ?? `AWS says ${state}` };
}

/** What was told to make room is on its way out, whatever reads show of it and whether or not that is still wanted. */
function planEqual(node: Node, owned: Owned, policy: Policy): Action {
  if (!policy.searching(node.id, owned.incarnation + 1)) return planSteady(node, owned);
  return {
    ...base(node),
    type: 'wait',
    reason: 'another was to take its place; AWS may not show that yet',
    live: owned,
  };
}

/** What these changes must wait for, if AWS takes none of them right now. */
export function busyWith(owned: Owned, changes: readonly Change[]): Pick<Action, 'waitsFor'> | undefined {
  const { phase, state } = owned.health;
  const isBusy = phase === 'settling' || changes.some((change) => isClosed(change, owned));
  return isBusy ? { waitsFor: `AWS says ${state}` } : undefined;
}

function planDrift(node: Node, owned: Owned, changes: readonly Change[], policy: Policy): Decision {
  const { act, report } = judgeDrift(node, changes, policy);
  if (act.length === 0) {
    const steady = planSteady(node, owned);
    const reported = report.some((finding) => finding.action === 'Reported') && steady.type === 'none';
    const action: Action = reported
      ? {
          ...steady,
          type: 'hold',
          reason: 'differs from the spec; driftPolicy or a needed replacement leaves it so',
          problem: 'DriftDetected',
        }
      : steady;
    return { action, findings: report };
  }
  const seen = act.every((change) => policy.confirmed(node.id, change.path));
  const action: Action = {
    ...base(node),
    type: 'update',
    reason: 'changed behind our back',
    changes: act,
    impact: impactOf(act),
    drift: true,
    live: owned,
    ...(busyWith(owned, act) ?? (seen ? {} : { waitsFor: SECOND_LOOK })),
  };
  return { action, findings: [...act.map((change) => findingOf(node, change, 'Pending')), ...report] };
}

function planChange(node: Node, owned: Owned, changes: readonly Change[], policy: Policy): Action {
  const impact = impactOf(changes);
  const type = impact === 'replace' ? 'replace' : 'update';
  const common = { ...base(node), changes, impact, live: owned };
  const unknown = changes.flatMap(({ to }) => unknownIn(to))[0];
  if (unknown) return { ...common, type, reason: 'the spec changed', waitsFor: unknown.node };
  if (impact === 'replace' && node.kind.stateful && !policy.acceptDataLoss) {
    const paths = changes.filter((change) => change.impact === 'replace').map((change) => change.path);
    const reason = `changing ${paths.join(', ')} needs a new resource in place of ${owned.id}, which holds data; take the change back`;
    return { ...common, type: 'hold', reason, problem: 'DataLossRefused' };
  }
  const isAsked = policy.searching(node.id, owned.incarnation + 1);
  if (isAsked && impact === 'replace' && node.kind.replace === 'createFirst')
    return { ...common, type: 'wait', reason: 'its successor is asked for; not visible in AWS yet' };
  return { ...common, type, reason: 'the spec changed', ...busyWith(owned, changes) };
}

/**
 * Of changes that were asked for, those that are made now: what AWS takes now does not wait for what it does not, and what
 * comes first is made alone. All, when AWS takes none: they wait.
 */
function madeNow({ kind }: Node, owned: Owned, changes: readonly Change[]): readonly Change[] {
  const open = changes.filter((change) => !isClosed(change, owned));
  const foremost: readonly string[] = kind.first ?? [];
  const first = open.filter(({ path }) => foremost.includes(path));
  return [first, open].find(({ length }) => length > 0) ?? changes;
}

/** Without the attributes of what it stands on, nothing can be said about a node either. */
function waitForReading(node: Node, unread: NodeId, { unread: failures, live }: Snapshot): Action {
  const reason =
    `${unread === node.id ? '' : `${unread} `}could not be read: ${failures.get(typeOf(unread))?.code ?? ''}`.trimStart();
  const owned = live.get(node.id);
  return { ...base(node), type: 'wait', reason, ...(owned ? { live: owned } : {}) };
}

/** The tags read; of a reading without tags, what its claim says of them: an adoption changes whose a resource is. */
function tagsKnown({ tags, owner }: Owned, wanted: Readonly<Record<string, string>>): Owned['tags'] {
  return tags ?? (owner?.uid === undefined ? undefined : { ...wanted, [UID_TAG]: owner.uid });
}

/** Decides about one wanted node. */
export function planDesired(node: Node, view: View): Decision {
  const { snapshot, policy } = view;
  const unread = [node.id, ...node.needs].find((id) => snapshot.unread.has(typeOf(id)));
  if (unread !== undefined) return quiet(waitForReading(node, unread, snapshot));
  const passing = policy.passing?.has(node.id) ? snapshot.live.get(node.id) : undefined;
  if (passing) return quiet(planSteady(node, passing));

  const foreign = snapshot.foreign.get(node.id);
  if (foreign) {
    const reason = `${foreign.id} belongs to an earlier object of the same name; annotate the tier with scalingtier.dev/adopt=true to take it over, or delete it`;
    return quiet(hold(node, reason, 'OwnershipConflict'));
  }

  const owned = snapshot.live.get(node.id);
  if (!owned) return planAbsent(node, view);
  if (owned.health.phase === 'deleting') {
    return quiet({ ...base(node), type: 'wait', reason: `AWS says ${owned.health.state}`, live: owned });
  }

  const spec = resolveLive(node, snapshot);
  const tags = policy.tagsOf(node.id, owned.incarnation);
  const changes = [...diffSpec(node.kind, spec, owned), ...diffTags(tags, tagsKnown(owned, tags), policy.obsoleteTags)];
  if (changes.length === 0) return quiet(planEqual(node, owned, policy));
  // A step that falls due again is wanted, whoever or whatever made it due.
  const asked = node.kind.operation || view.recorded.get(node.id)?.specHash !== specHashOf(spec, tags);
  if (asked) return quiet(planChange(node, owned, madeNow(node, owned, changes), policy));
  const aftermath: readonly string[] = node.kind.aftermath ?? [];
  const owed = changes.filter(({ path }) => aftermath.includes(path) && !isIgnored(policy, node.id, path));
  return owed.length > 0 ? quiet(planChange(node, owned, owed, policy)) : planDrift(node, owned, changes, policy);
}
