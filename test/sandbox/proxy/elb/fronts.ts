/**
 * Load balancers as real listeners, with the setting `machines`: after each change what the stand-in has becomes the table that
 * they follow. Only targets that run a program are real. Default actions of HTTP listeners that forward are followed; rules,
 * redirects and TLS stay records.
 */
import { type Step, succeeded } from '../call.ts';
import { compressed } from '../clock.ts';
import type { Line, Table, Target } from '../machines/balancing.ts';
import type { Health } from '../machines/health-check.ts';
import type { World } from '../world.ts';
import { type Element, parseXml, textAt } from '../xml.ts';
import { ask, listOf, members, membersAt } from './records.ts';
import type { Scene } from './scene.ts';

/** Checks are no more frequent than this, however fast AWS's time passes: those who answer have other things to do. */
const LEAST_MILLISECONDS = 200;

const TRAFFIC_PORT = 'traffic-port';

const placeOf = ({ call }: Scene): string => `${call.account}/${call.region}`;

const numberAt = (record: Element, name: string): number => Number(textAt(record, name) ?? 0);

function sharesOf(listener: Element): Line['shares'] {
  const forward = membersAt(listener, 'DefaultActions').find((action) => textAt(action, 'Type') === 'forward');
  if (!forward) return [];
  const tuples = membersAt(forward, 'ForwardConfig', 'TargetGroups').map((tuple) => ({
    group: textAt(tuple, 'TargetGroupArn') ?? '',
    weight: Number(textAt(tuple, 'Weight') ?? 1),
  }));
  return tuples.length > 0 ? tuples : [{ group: textAt(forward, 'TargetGroupArn') ?? '', weight: 1 }];
}

async function linesOf(scene: Scene): Promise<readonly Line[]> {
  const lines: Line[] = [];
  for (const record of await ask(scene, 'DescribeLoadBalancers', {})) {
    const name = textAt(record, 'DNSName') ?? '';
    const LoadBalancerArn = textAt(record, 'LoadBalancerArn');
    const balancer = LoadBalancerArn?.replace(/^.*:loadbalancer\//, '') ?? '';
    for (const listener of await ask(scene, 'DescribeListeners', { LoadBalancerArn })) {
      if (textAt(listener, 'Protocol') !== 'HTTP') continue;
      const [arn, port] = [textAt(listener, 'ListenerArn') ?? '', numberAt(listener, 'Port')];
      lines.push({ arn, name, balancer, port, shares: sharesOf(listener) });
    }
  }
  return lines;
}

/** A target as it is checked; nothing where nobody would answer. */
function targetOf({ world, call }: Scene, group: Element, record: Element): Target | undefined {
  const id = textAt(record, 'Target', 'Id') ?? '';
  const host = world.machines.serverOf(id);
  if (host === undefined) return undefined;
  const port = Number(textAt(record, 'Target', 'Port') ?? textAt(group, 'Port'));
  const { factor } = world.settings.of(call.account);
  const own = textAt(group, 'HealthCheckPort') ?? TRAFFIC_PORT;
  const check = {
    ...{ host, port: own === TRAFFIC_PORT ? port : Number(own), path: textAt(group, 'HealthCheckPath') ?? '/' },
    codes: textAt(group, 'Matcher', 'HttpCode') ?? '200',
    everyMilliseconds: Math.max(LEAST_MILLISECONDS, compressed(numberAt(group, 'HealthCheckIntervalSeconds'), factor)),
    timeoutMilliseconds: numberAt(group, 'HealthCheckTimeoutSeconds') * 1000,
    ...{ healthy: numberAt(group, 'HealthyThresholdCount'), unhealthy: numberAt(group, 'UnhealthyThresholdCount') },
  };
  return { id, host, port, check };
}

async function targetsOf(scene: Scene, group: Element): Promise<readonly Target[]> {
  const TargetGroupArn = textAt(group, 'TargetGroupArn');
  const answer = await scene.world.ask(scene.call, 'DescribeTargetHealth', { TargetGroupArn }, 'elb');
  const root = succeeded(answer) ? parseXml(answer.body.toString()) : undefined;
  const records = members(listOf(root, 'DescribeTargetHealth', 'TargetHealthDescriptions'));
  return records.map((record) => targetOf(scene, group, record)).filter((target) => target !== undefined);
}

async function tableOf(scene: Scene): Promise<Table> {
  const groups = new Map<string, readonly Target[]>();
  for (const group of await ask(scene, 'DescribeTargetGroups', {}))
    groups.set(textAt(group, 'TargetGroupArn') ?? '', await targetsOf(scene, group));
  return { lines: await linesOf(scene), groups };
}

/** What the checks of a target say; nothing where it is a record only. */
export const realHealth = (scene: Scene, group: string, id: string): Health | undefined =>
  scene.world.machines.balancing.healthOf(placeOf(scene), group, id);

/** Has the real ones follow each change. */
export function fronts(world: World): Step {
  return async (call, next) => {
    const answer = await next(call);
    const scene: Scene = { world, call };
    if (call.write && succeeded(answer) && world.settings.of(call.account).machines)
      await world.machines.balancing.follow(placeOf(scene), () => tableOf(scene));
    return answer;
  };
}
