/**
 * Whether the targets of a group serve, and why those do not that do not, by AWS's reason codes. A load balancer whose
 * targets are all unhealthy sends requests to all of them, so that an answer to a request says nothing; these states do.
 */
import { type Instance, paginateDescribeInstances } from '@aws-sdk/client-ec2';
import { DescribeTargetHealthCommand, type TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Aws } from '../../aws/driver.ts';
import { allOf } from '../../aws/pages.ts';
import type { Health } from '../../core/kind.ts';
import { ifExists, inBatches } from '../existing.ts';
import { each } from './tagging.ts';

/** One target of a group. */
export interface Target {
  /** `i-0123456789abcdef0`. */
  readonly id: string;
  /** Where it takes requests. */
  readonly port?: number;
  /** AWS's word: `initial`, `healthy`, `unhealthy`, `draining`, `unused` … */
  readonly state: string;
  /** AWS's code: `Target.ResponseCodeMismatch`. */
  readonly reason?: string;
  readonly description?: string;
}

/** EC2 takes at most 200 values in one filter. */
const INSTANCES = 200;

/** So many targets are named; the rest is counted. */
const NAMED = 3;

/** Where one zone fails, another has to serve. */
const ZONES = 2;

/** On its way out, and shown so until the delay ends even when nothing is under way any more. */
const LEAVING = new Set(['draining', 'unhealthy.draining']);

const targetOf = ({ Target, TargetHealth }: TargetHealthDescription): Target => ({
  id: Target?.Id ?? '',
  ...(Target?.Port === undefined ? {} : { port: Target.Port }),
  state: TargetHealth?.State ?? 'initial',
  ...(TargetHealth?.Reason ? { reason: TargetHealth.Reason } : {}),
  ...(TargetHealth?.Description ? { description: TargetHealth.Description } : {}),
});

/** The targets of one group; none when there is no such group any more. */
export async function targetsOf(aws: Aws, TargetGroupArn: string): Promise<readonly Target[]> {
  const answer = await ifExists(aws.elb.send(new DescribeTargetHealthCommand({ TargetGroupArn })));
  return (answer?.TargetHealthDescriptions ?? []).map(targetOf).sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** The targets that serve. */
export const healthyOf = (targets: readonly Target[]): readonly Target[] =>
  targets.filter(({ state }) => state === 'healthy');

/** The targets that get no new requests and answer those under way. */
export const drainingOf = (targets: readonly Target[]): readonly Target[] =>
  targets.filter(({ state }) => LEAVING.has(state));

/** Where a server is: its zone, and its address within the network. */
export interface Place {
  readonly zone: string;
  readonly address: string;
}

/** Where each instance is that is there. */
async function placesOf(aws: Aws, ids: readonly string[]): Promise<ReadonlyMap<string, Place>> {
  const pages = async function* (Values: string[]): AsyncIterable<readonly Instance[]> {
    const Filters = [{ Name: 'instance-id', Values }];
    for await (const { Reservations = [] } of paginateDescribeInstances({ client: aws.ec2 }, { Filters }))
      yield Reservations.flatMap(({ Instances = [] }) => Instances);
  };
  const instances = (await each(inBatches(ids, INSTANCES), (Values) => allOf(pages(Values)))).flat();
  return new Map(
    instances.map(({ InstanceId = '', Placement, PrivateIpAddress }) => [
      InstanceId,
      { zone: Placement?.AvailabilityZone ?? '', address: PrivateIpAddress ?? '' },
    ]),
  );
}

/** So many addresses are told: enough to find two servers among them, whichever one is asked about. */
const TOLD = 4;

/** `10.0.1.7:8080 10.0.2.9:8080`: healthy targets, those first that are in another zone than all before them. */
export function addressesOf(targets: readonly Target[], places: ReadonlyMap<string, Place>): string {
  const known = healthyOf(targets).flatMap(({ id, port }) => {
    const { zone, address = '' } = places.get(id) ?? {};
    return address === '' || port === undefined ? [] : [{ zone, text: `${address}:${port}` }];
  });
  const first = known.filter(({ zone }, index) => known.findIndex((other) => other.zone === zone) === index);
  const others = known.filter((one) => !first.includes(one));
  return [...first, ...others]
    .slice(0, TOLD)
    .map(({ text }) => text)
    .join(' ');
}

/** A group whose targets are asked about, with the least number that has to serve. */
export interface Gate {
  readonly arn: string;
  readonly minimum: number;
}

function named(targets: readonly Target[]): string {
  const others = targets.filter(({ state }) => state !== 'healthy' && !LEAVING.has(state));
  const texts = others.slice(0, NAMED).map(({ id, state, reason, description }) => {
    const why = [reason, description].filter((text) => text !== undefined).join(': ');
    return why ? `${id} is ${state} (${why})` : `${id} is ${state}`;
  });
  const more = others.length > NAMED ? [`${others.length - NAMED} more are not healthy either`] : [];
  return [...texts, ...more].map((text) => `; ${text}`).join('');
}

/** How far a group is; `places` tells where its healthy targets are, and is empty when that is not known. */
export function gateHealth(minimum: number, targets: readonly Target[], places: ReadonlyMap<string, Place>): Health {
  const healthy = healthyOf(targets);
  if (healthy.length < minimum) {
    const reason = `${healthy.length} of at least ${minimum} targets are healthy${named(targets)}`;
    return {
      state: targets.some(({ state }) => state === 'unhealthy') ? 'unhealthy' : 'initial',
      phase: 'warming',
      reason,
    };
  }
  const known = new Set(healthy.flatMap(({ id }) => places.get(id)?.zone ?? []));
  const wanted = Math.min(ZONES, minimum);
  if (known.size > 0 && known.size < wanted) {
    const reason = `healthy targets are in ${[...known].join(', ')} only; ${wanted} zones are needed${named(targets)}`;
    return { state: 'healthy', phase: 'warming', reason };
  }
  return { state: 'healthy', phase: 'ready' };
}

/** How far a group is, and where those of its targets are that serve. */
export interface GateStanding {
  readonly health: Health;
  readonly addresses: string;
}

/** How far each of these groups is: one call for each, and one for the places of two hundred targets. */
export async function standingOfGates(aws: Aws, gates: readonly Gate[]): Promise<ReadonlyMap<string, GateStanding>> {
  const read = await each(gates, async (gate) => ({ gate, targets: await targetsOf(aws, gate.arn) }));
  const instances = read
    .filter(({ gate }) => gate.minimum > 1)
    .flatMap(({ targets }) => healthyOf(targets).map(({ id }) => id))
    .filter((id) => id.startsWith('i-'));
  const places = await placesOf(aws, [...new Set(instances)]);
  return new Map(
    read.map(({ gate, targets }) => [
      gate.arn,
      { health: gateHealth(gate.minimum, targets, places), addresses: addressesOf(targets, places) },
    ]),
  );
}
