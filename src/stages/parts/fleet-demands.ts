/** What a load-balanced tier demands of AWS before anything is built: certificates, room in the network and in the account, rights. */
import { autoScalingOf, cacheOf, RDS_DEFAULTS, targetGroupsOf } from '../../api/defaults.ts';
import type { TierSpec } from '../../api/types.ts';
import type { CertificateDemand, Demand, QuotaDemand, QuotaName } from '../../core/demand.ts';
import { databaseAddresses, databaseDemands } from './database-demands.ts';
import { instanceTypeDemand, networkDemands, networkRights } from './network-demands.ts';

/** Elastic Load Balancing guide: a subnet of a load balancer is a /27 or larger and has eight free addresses. */
const BALANCER = { zones: 2, onePerZone: true, longestPrefix: 27 } as const;
const ADDRESSES = 8;

/** Each certificate once, by the first listener that names it. */
function certificates({ loadBalancer }: TierSpec): readonly CertificateDemand[] {
  const named = (loadBalancer?.listeners ?? []).flatMap(({ port, certificateARNs = [] }) =>
    certificateARNs.map((arn) => ({ port, arn })),
  );
  const first = named.filter(({ arn }, index) => named.findIndex((other) => other.arn === arn) === index);
  return first.map(({ port, arn }) => ({
    sort: 'certificate',
    field: `spec.loadBalancer.listeners certificateARNs (port ${port})`,
    arn,
  }));
}

function cacheAddresses(spec: TierSpec): number {
  const { mode, replicas } = cacheOf(spec);
  // A serverless cache has an endpoint in each of two subnets or three.
  return mode === 'Node' ? 1 + replicas : 3;
}

function subnets(spec: TierSpec): readonly Demand[] {
  const { network, loadBalancer } = spec;
  const isInternal = loadBalancer?.scheme === 'Internal';
  const { maxSize } = autoScalingOf(spec);
  return networkDemands(spec, {
    public: isInternal ? {} : { ...BALANCER, room: { addressesInEach: ADDRESSES } },
    app: {
      zones: 2,
      ...(isInternal ? BALANCER : {}),
      room: isInternal ? { addressesInEach: ADDRESSES, addresses: maxSize + ADDRESSES * 2 } : { addresses: maxSize },
      ...(isInternal || !network.byo
        ? {}
        : { reachedFrom: { field: 'spec.network.byo.publicSubnetIDs', subnetIDs: network.byo.publicSubnetIDs } }),
    },
    data: { zones: 2, room: { addresses: databaseAddresses(spec) + cacheAddresses(spec) } },
  });
}

function quotas(spec: TierSpec): readonly QuotaDemand[] {
  const { mode, create } = spec.network;
  const { rds = RDS_DEFAULTS } = spec.database;
  const own = mode === 'Create';
  const nat = (own && create.natGateways) || 'None';
  const gateways = { None: 0, Single: 1, PerZone: create.zoneCount }[nat];
  const counts: readonly (readonly [QuotaName, number, readonly string[]])[] = [
    ['VPCs', own ? 1 : 0, ['ec2.vpc']],
    ['Elastic IP addresses', gateways, ['ec2.address']],
    ['NAT gateways per zone', Math.min(gateways, 1), ['ec2.nat-gateway']],
    ['Application Load Balancers', 1, ['elb.load-balancer']],
    ['target groups', targetGroupsOf(spec).length, ['elb.target-group']],
    ['Auto Scaling groups', 1, ['autoscaling.group']],
    ['DB instances', 1 + rds.readReplicas.count, ['rds.instance', 'rds.replica']],
  ];
  return counts.flatMap(([quota, count, types]) => (count > 0 ? [{ sort: 'quota', quota, count, types }] : []));
}

function rights(spec: TierSpec): readonly Demand[] {
  const nat = spec.network.mode === 'Create' && (spec.network.create.natGateways ?? 'None') !== 'None';
  return [
    ...networkRights(spec),
    ...(nat ? [{ sort: 'permission', action: 'AllocateAddress', node: 'ec2.address/nat-a' } as const] : []),
  ];
}

/** In the order in which a person would mend them. */
export function fleetDemands(spec: TierSpec): readonly Demand[] {
  return [
    ...databaseDemands(spec),
    instanceTypeDemand(spec, 'each'),
    ...subnets(spec),
    ...certificates(spec),
    ...quotas(spec),
    ...rights(spec),
  ];
}
