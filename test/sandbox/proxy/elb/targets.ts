/**
 * Health of targets (ALB guide, "Health checks for Application Load Balancer target groups"): `unused` while nothing sends
 * requests to the group, `initial` until the first checks have passed, then `healthy` or `unhealthy`; after deregistration
 * `draining` until the delay is over. Whoever registered them, the stand-in's list is what counts.
 *
 * A target fails its checks when the path of its group's checks ends in `/unhealthy`, or when its instance has the tag
 * `sandbox/target-health` with one of AWS's reason codes as value. Where a real process serves, its answers decide.
 */
import { type Answer, type Step, structures, succeeded, text } from '../call.ts';
import { lookBy } from '../ec2/view.ts';
import { begin, progress, type Stage } from '../lifecycle.ts';
import { outcomeOf } from '../protocol.ts';
import type { World } from '../world.ts';
import { branch, child, type Element, itemsOf, leaf, parseXml, textAt, writeXml } from '../xml.ts';
import { realHealth } from './fronts.ts';
import { askAttributes, askOne, listOf, members, replaceChild, resultOf } from './records.ts';
import { balancersOf } from './references.ts';
import type { Scene } from './scene.ts';

/** The tag by which a test lets a target fail its checks. */
export const HEALTH_TAG = 'sandbox/target-health';

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  'Elb.InitialHealthChecking': 'Initial health checks in progress',
  'Target.NotInUse': 'Target group is not configured to receive traffic from the load balancer',
  'Target.ResponseCodeMismatch': 'Health checks failed with these codes: [502]',
  'Target.Timeout': 'Request timed out',
  'Target.FailedHealthChecks': 'Health checks failed',
  'Target.DeregistrationInProgress': 'Target deregistration is in progress',
};

interface Check {
  readonly state: string;
  readonly reason?: string;
}

/** What a target's checks say once they have said it often enough. */
interface Verdict {
  readonly verdict: Check;
  /** Until the course is over. */
  readonly before: Check;
}

/** A group, and what its targets are measured by. */
interface Group {
  readonly arn: string;
  readonly interval: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  readonly fails: boolean;
}

const HEALTHY: Check = { state: 'healthy' };
const INITIAL: Check = { state: 'initial', reason: 'Elb.InitialHealthChecking' };
const UNUSED: Check = { state: 'unused', reason: 'Target.NotInUse' };
const DRAINING: Check = { state: 'draining', reason: 'Target.DeregistrationInProgress' };

const verdicts = ({ world, call }: Scene): Map<string, Verdict> => world.memory(call).store<Verdict>('target verdicts');

/** Targets that were registered at the last look, and those on their way out, by group. */
const seen = ({ world, call }: Scene): Map<string, ReadonlyMap<string, Element>> =>
  world.memory(call).store<ReadonlyMap<string, Element>>('targets');
const leaving = ({ world, call }: Scene): Map<string, Map<string, Element>> =>
  world.memory(call).store<Map<string, Element>>('leaving targets');

const courseOf = (arn: string, id: string): string => `target-${arn.split('/').at(-1)}:${id}`;
const drainOf = (arn: string, id: string): string => `draining-${arn.split('/').at(-1)}:${id}`;

const numberAt = (record: Element, name: string): number => Number(textAt(record, name) ?? 0);

const groupOf = (arn: string, record: Element): Group => ({
  arn,
  interval: numberAt(record, 'HealthCheckIntervalSeconds'),
  healthyThreshold: numberAt(record, 'HealthyThresholdCount'),
  unhealthyThreshold: numberAt(record, 'UnhealthyThresholdCount'),
  fails: textAt(record, 'HealthCheckPath')?.endsWith('/unhealthy') ?? false,
});

async function failingInstances(scene: Scene, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const instances = ids.length === 0 ? [] : await lookBy(scene, 'DescribeInstances', 'instance-id', ...ids);
  return new Map(
    instances.flatMap((instance) => {
      const tag = itemsOf(instance, 'tagSet').find((one) => textAt(one, 'key') === HEALTH_TAG);
      return tag ? [[textAt(instance, 'instanceId') ?? '', textAt(tag, 'value') ?? ''] as const] : [];
    }),
  );
}

function wantedOf({ fails }: Group, failure: string | undefined): Check {
  if (failure !== undefined) return { state: 'unhealthy', reason: failure };
  return fails ? { state: 'unhealthy', reason: 'Target.ResponseCodeMismatch' } : HEALTHY;
}

/** What a target is shown as: its last verdict stands until the checks have said something else often enough. */
function checked(scene: Scene, group: Group, id: string, wanted: Check): Check {
  const key = courseOf(group.arn, id);
  const known = verdicts(scene).get(key);
  if (known?.verdict.state !== wanted.state) {
    const before = known ? known.verdict : INITIAL;
    const threshold = wanted.state === 'healthy' ? group.healthyThreshold : group.unhealthyThreshold;
    const most = threshold * group.interval;
    const stage: Stage = { state: before.state, seconds: [known ? most : group.interval, most] };
    begin(scene.world, scene.call, key, [stage]);
    verdicts(scene).set(key, { verdict: wanted, before });
  }
  const now = verdicts(scene).get(key);
  return progress(scene.world, scene.call, key) && now ? now.before : wanted;
}

/** What the checks of a real process say; of a record, and of what a test lets fail, what they would say. */
function checkOf(scene: Scene, group: Group, id: string, failure: string | undefined): Check {
  const wanted = wantedOf(group, failure);
  const real = wanted === HEALTHY ? realHealth(scene, group.arn, id) : undefined;
  return real ?? checked(scene, group, id, wanted);
}

function write(record: Element, { state, reason }: Check): void {
  const why = reason === undefined ? [] : [leaf('Reason', reason), leaf('Description', DESCRIPTIONS[reason] ?? reason)];
  replaceChild(record, branch('TargetHealth', [leaf('State', state), ...why]));
}

const idOf = (record: Element): string => textAt(record, 'Target', 'Id') ?? '';

async function delayOf(scene: Scene, arn: string): Promise<number> {
  const attributes = await askAttributes(scene, 'DescribeTargetGroupAttributes', { TargetGroupArn: arn });
  return Number(attributes.get('deregistration_delay.timeout_seconds') ?? 300);
}

/** Lets those drain that were registered at the last look and are not any more. */
async function drain(scene: Scene, arn: string, registered: ReadonlyMap<string, Element>): Promise<void> {
  const gone = [...(seen(scene).get(arn) ?? [])].filter(([id]) => !registered.has(id));
  seen(scene).set(arn, registered);
  if (gone.length === 0) return;
  const delay = await delayOf(scene, arn);
  const out = leaving(scene).get(arn) ?? new Map<string, Element>();
  leaving(scene).set(arn, out);
  for (const [id, record] of gone) {
    out.set(id, record);
    verdicts(scene).delete(courseOf(arn, id));
    begin(scene.world, scene.call, drainOf(arn, id), [{ state: DRAINING.state, seconds: [delay, delay] }]);
  }
}

/** What drains, as records; what is through is forgotten, and so is what came back. */
function draining(scene: Scene, arn: string, registered: ReadonlyMap<string, Element>): readonly Element[] {
  const out = leaving(scene).get(arn) ?? new Map<string, Element>();
  for (const id of [...out.keys()])
    if (registered.has(id) || !progress(scene.world, scene.call, drainOf(arn, id))) out.delete(id);
  for (const record of out.values()) write(record, DRAINING);
  return [...out.values()];
}

async function show(scene: Scene, arn: string, list: Element): Promise<void> {
  const record = await askOne(scene, 'DescribeTargetGroups', arn);
  if (!record) return;
  const group = groupOf(arn, record);
  const used = (await balancersOf(scene, arn)).length > 0;
  const registered = new Map(members(list).map((one) => [idOf(one), one]));
  const instances = [...registered.keys()].filter((id) => id.startsWith('i-'));
  const failures = await failingInstances(scene, instances);
  for (const [id, target] of registered) {
    if (textAt(target, 'TargetHealth', 'State') !== 'healthy') continue;
    if (!used) verdicts(scene).delete(courseOf(arn, id));
    write(target, used ? checkOf(scene, group, id, failures.get(id)) : UNUSED);
  }
  await drain(scene, arn, registered);
  list.children = [...registered.values(), ...draining(scene, arn, registered)];
}

/** Notes who is registered before somebody is taken off, so that nobody leaves unseen. */
async function noteRegistered(scene: Scene, arn: string): Promise<void> {
  const answer = await scene.world.ask(scene.call, 'DescribeTargetHealth', { TargetGroupArn: arn }, 'elb');
  const root = succeeded(answer) ? parseXml(answer.body.toString()) : undefined;
  const targets = members(listOf(root, 'DescribeTargetHealth', 'TargetHealthDescriptions'));
  await drain(scene, arn, new Map(targets.map((one) => [idOf(one), one])));
}

/** "If the specified target does not exist, the action returns successfully." */
async function deregister(scene: Scene, arn: string, next: () => Promise<Answer>): Promise<Answer> {
  await noteRegistered(scene, arn);
  const answer = await next();
  if (outcomeOf(answer) === 'InvalidTarget') return resultOf(scene.call.operation, []);
  if (succeeded(answer)) await noteRegistered(scene, arn);
  return answer;
}

/** Answers for targets as AWS does. */
export function targets(world: World): Step {
  return async (call, next) => {
    const scene: Scene = { world, call };
    const arn = text(call.params, 'TargetGroupArn') ?? '';
    if (call.operation === 'DeregisterTargets') return deregister(scene, arn, () => next(call));
    const answer = await next(call);
    if (!succeeded(answer)) return answer;
    if (call.operation === 'RegisterTargets') await noteRegistered(scene, arn);
    const isQuestion = call.operation === 'DescribeTargetHealth' && structures(call.params, 'Targets').length === 0;
    const root = isQuestion ? parseXml(answer.body.toString()) : undefined;
    const result = root && child(root, 'DescribeTargetHealthResult');
    if (!root || !result) return answer;
    const list = child(result, 'TargetHealthDescriptions') ?? branch('TargetHealthDescriptions', []);
    replaceChild(result, list);
    await show(scene, arn, list);
    return { ...answer, body: Buffer.from(writeXml(root)) };
  };
}
