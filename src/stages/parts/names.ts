/** The names by which people reach an app, where the spec lets the operator lead them: to its server, or to its load balancer. */
import type { TierSpec } from '../../api/types.ts';
import type { GraphBuilder, Placing } from '../../core/graph.ts';
import type { Input, Ref } from '../../core/ref.ts';
import { RecordSets, type RecordSetsSpec } from '../../resources/route53/record-sets.ts';
import type { LoadBalancing } from './load-balancer.ts';
import type { Server } from './server.ts';

/** Where the names of a tier lead. */
export interface Destination {
  readonly leadsTo: Ref<string>;
  readonly aliasZoneId?: Ref<string>;
  readonly from?: Ref<string>;
}

/** To the server. */
export const atServer = ({ address }: Pick<Server, 'address'>): Destination => ({ leadsTo: address.ref('publicIp') });

/** To the load balancer; `dnsName` says by what it is known where that is not known from the beginning. */
export const atBalancer = (
  { loadBalancer }: Pick<LoadBalancing, 'loadBalancer'>,
  dnsName: Ref<string> = loadBalancer.ref('dnsName'),
): Destination => ({ leadsTo: dnsName, aliasZoneId: loadBalancer.ref('hostedZoneId') });

/** Adds the names that a tier has, and answers with what is there as soon as all of them lead there. */
export function appNames(
  g: GraphBuilder,
  { dns }: TierSpec,
  prefix: string,
  destination: Destination,
  placing: Placing = {},
): Ref<string> | undefined {
  if (!dns) return undefined;
  const { hostedZoneID: zoneId, names, ttlSeconds } = dns;
  const spec: Input<RecordSetsSpec> = {
    ...{ mark: `${prefix}/dns/names`, zoneId, names },
    ...destination,
    ...('aliasZoneId' in destination ? {} : { ttlSeconds }),
    settled: true,
  };
  return g.add(RecordSets, 'names', spec, placing).ref('leads');
}
