/**
 * Drives one life, step by step, with a real operator that is started again whenever it dies, and tells what each step came
 * to: the world at its end, what AWS was made to do, how much was written. Faults are handed in; none is decided here.
 */
import type { Aws } from '../../../src/aws/driver.ts';
import { keepAlive } from '../../sandbox/keep-alive.ts';
import { type KubeProxy, startKubeProxy } from '../../sandbox/kube-proxy/proxy.ts';
import type { Entry } from '../../sandbox/proxy/client.ts';
import { isSettled, type Scene, setScene, type TierObject, tierPath } from '../../sandbox/scene.ts';
import type { Ground } from '../trial.ts';
import { type Life, type LifeStep, makeCalls } from './life.ts';
import { enterAs, type World, worldOf } from './world.ts';

/** What a step came to. */
export interface StepEnd {
  readonly step: string;
  readonly world: World;
  /** What AWS really did, `service:Operation` with how often, creates, ends and interruptions only. */
  readonly effects: Readonly<Record<string, number>>;
  /** Writes that the operator sent to AWS, and to its tier on the API server. */
  readonly writes: { readonly aws: number; readonly kubernetes: number };
  /** What it still wrote to AWS when asked to look once more. */
  readonly unrest: readonly string[];
  /** How many faults struck in it. */
  readonly struck: number;
  /** How often the process was ended by a fault. */
  readonly deaths: number;
  /** What was tried, when the step did not come to rest. */
  readonly stuck?: string;
}

/** What the giver of faults may use. */
export interface Stage {
  readonly here: Scene;
  readonly kube: KubeProxy;
  /** Is called whenever another process has taken the place of one that a fault ended. */
  onRestart: () => Promise<void>;
}

/** Puts faults in place for one step; the answer takes them away again and says how many struck. */
export type Disturb = (step: string, stage: Stage) => Promise<() => Promise<number>>;

const NAME = 'shop';
const SECONDS = 240;
/** AWS's times are divided by this: waiting costs no insight here. */
const FACTOR = 200;
const ARGS = ['--absence-grace-seconds', '6', '--sweep-seconds', '5', '--aws-rate-percent', '1000'];

/** What makes, ends or interrupts something. */
const MAKES_OR_ENDS =
  /^(Create|Run|Start|Allocate|Put|Delete|Terminate|Release|Authorize|Revoke|Associate|Attach|Add|Reboot|Restore)/;
/** Sent again by nature, and without a trace when repeated. */
const HARMLESS = /Tag|^Put(MetricAlarm|Parameter|RolePolicy|ScalingPolicy|Bucket|PublicAccessBlock)/;

function effectsOf(entries: readonly Entry[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { service, operation, effective } of entries) {
    if (!effective || !MAKES_OR_ENDS.test(operation) || HARMLESS.test(operation)) continue;
    const key = `${service}:${operation}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

const byOperator = ({ write, caller }: Entry): boolean => write && caller.userAgent.includes('scalingtier-operator');

async function begin(here: Scene, life: Life, step: LifeStep): Promise<void> {
  if ('patch' in step) await here.patch(NAME, step.patch);
  else if ('remove' in step) await here.objects.need(tierPath(here.namespace, NAME), { method: 'DELETE' });
  else if ('calls' in step)
    await here.objects.need(tierPath(here.namespace, NAME), {
      method: 'PATCH',
      body: { metadata: { annotations: { 'scalingtier.dev/reconcile-requested-at': step.name } } },
    });
  else await here.apply(NAME, life.spec);
}

/** Waits until the step has come to rest; the tier as it is then, or nothing once it is gone. */
async function rest(here: Scene, step: LifeStep): Promise<TierObject | undefined> {
  if ('remove' in step) {
    await here.gone(NAME, SECONDS);
    return undefined;
  }
  const looked = (tier: TierObject): boolean => !('calls' in step) || tier.status.lastHandledReconcileAt === step.name;
  return here.until(
    NAME,
    `${step.name} at rest`,
    (tier) => isSettled(tier) && looked(tier) && !tier.status.drift?.length,
    SECONDS,
  );
}

const NOBODY = async (): Promise<void> => {};

interface Driving {
  readonly life: Life;
  readonly stage: Stage;
  readonly aws: Aws;
  readonly deaths: () => number;
  readonly disturb: Disturb;
}

async function drive({ life, stage, aws, deaths, disturb }: Driving, step: LifeStep): Promise<StepEnd> {
  const { here, kube } = stage;
  if ('calls' in step) await makeCalls(here.account, step.calls, await here.get(NAME));
  const since = await here.proxy.latest();
  const kubeSince = kube.latest();
  const died = deaths();
  const undisturb = await disturb(step.name, stage);
  await begin(here, life, step);
  let stuck: string | undefined;
  let tier = await rest(here, step).catch((error: unknown) => {
    stuck = error instanceof Error ? error.message : String(error);
    return undefined;
  });
  const struck = await undisturb();
  stage.onRestart = NOBODY;
  const entries = (await here.proxy.journal({ account: here.account.id, since })).filter(byOperator);
  const kubernetes = kube.journal(kubeSince).filter(({ write, path }) => write && path.includes('/scalingtiers/'));
  const seen = await here.proxy.latest();
  if (stuck === undefined && tier !== undefined) tier = await here.lookNow(NAME, SECONDS);
  const later = (await here.proxy.journal({ account: here.account.id, since: seen })).filter(byOperator);
  return {
    step: step.name,
    world: stuck === undefined ? await worldOf(here, aws, NAME, tier) : {},
    effects: effectsOf(entries),
    writes: { aws: entries.length, kubernetes: kubernetes.length },
    unrest: later.map(({ service, operation }) => `${service}:${operation}`),
    deaths: deaths() - died,
    struck,
    ...(stuck === undefined ? {} : { stuck }),
  };
}

/** Lives a life. It ends early when a step does not come to rest: nothing after it would mean anything. */
export async function live(ground: Ground, life: Life, disturb: Disturb): Promise<readonly StepEnd[]> {
  const { state, script } = ground;
  const { namespace, accountID } = ground.place();
  const kube = await startKubeProxy(state);
  const kubeconfig = await kube.kubeconfigFor(ground.kubeconfig);
  const here = await setScene({ state, script, kubeconfig, namespace, accountID, args: ARGS });
  await here.proxy.configure({ factor: FACTOR, throttle: false }, accountID);
  const stage: Stage = { here, kube, onRestart: NOBODY };
  const alive = keepAlive(here, () => stage.onRestart());
  try {
    const aws = await enterAs(state.aws.endpoint, 'us-east-1', here.account.roleARN);
    await makeCalls(here.account, life.strangers);
    const ends: StepEnd[] = [];
    for (const step of life.steps) {
      const end = await drive({ life, stage, aws, deaths: alive.deaths, disturb }, step);
      ends.push(end);
      if (end.stuck !== undefined) break;
    }
    return ends;
  } finally {
    alive.release();
    await here.operator().stop();
    await alive.ended;
    await here.close();
    await kube.close();
  }
}
