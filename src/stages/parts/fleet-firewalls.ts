/**
 * Who reaches whom in front of a database: the world the load balancer, the load balancer the servers, the servers the cache.
 * Each group names the next one, so that nothing is opened to addresses that may change.
 */
import { targetGroupsOf } from '../../api/defaults.ts';
import type { TierSpec } from '../../api/types.ts';
import type { Facts } from '../../core/facts.ts';
import type { GraphBuilder } from '../../core/graph.ts';
import { uniqueName } from '../../core/names.ts';
import type { Ref } from '../../core/ref.ts';
import { cachePorts } from './cache.ts';
import { firewall, type Group, type Opening, openings } from './firewall.ts';
import type { Network } from './network.ts';
import { appGroup, fromAllowed, WAY_OUT } from './web-server.ts';

/** The groups. */
export interface FleetFirewalls {
  readonly loadBalancer: Group;
  readonly app: Group;
  readonly cache: Group;
}

/** What one group says of traffic with another one. */
const toward = (
  direction: Opening['direction'],
  peer: Group,
  ports: readonly number[],
  description: string,
): readonly Opening[] => ports.map((port) => ({ direction, port, peer, description }));

/** Adds the groups; `beside` is what else the servers let through. */
export function fleetFirewalls(
  g: GraphBuilder,
  spec: TierSpec,
  facts: Facts,
  net: Network,
  beside: readonly Opening[] = [],
): FleetFirewalls {
  const { owner } = facts;
  const listened = [...new Set((spec.loadBalancer?.listeners ?? []).map(({ port }) => port))];
  const served = [...new Set(targetGroupsOf(spec).map(({ port }) => port))];
  const stored = cachePorts(spec);
  const loadBalancer = firewall(g, net, {
    name: 'load-balancer',
    awsName: uniqueName(owner, 'load-balancer', 255),
    description: 'load balancer',
    openings: fromAllowed(spec, listened),
  });
  const app = appGroup(g, spec, facts, net, [
    ...beside,
    ...toward('ingress', loadBalancer, served, 'requests'),
    ...WAY_OUT,
  ]);
  const cache = firewall(g, net, {
    name: 'cache',
    awsName: uniqueName(owner, 'cache', 255),
    description: 'cache',
    openings: toward('ingress', app, stored, 'cache'),
  });
  // Afterwards, because each of two groups names the other.
  openings(g, loadBalancer, toward('egress', app, served, 'requests'));
  openings(g, app, toward('egress', cache, stored, 'cache'));
  return { loadBalancer, app, cache };
}

/** Lets servers ask each other where they serve; only while a tier moves, when one of them tries the others. */
export function betweenServers(
  g: GraphBuilder,
  spec: TierSpec,
  { app }: Pick<FleetFirewalls, 'app'>,
): readonly Ref<string>[] {
  const served = [...new Set(targetGroupsOf(spec).map(({ port }) => port))];
  return openings(g, app, [...toward('ingress', app, served, 'probe'), ...toward('egress', app, served, 'probe')]);
}
