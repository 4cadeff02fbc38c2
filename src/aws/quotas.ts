/**
 * What AWS limits by account and region, and how much of it is in use. Both are counts of everybody's, not of ours alone. What
 * is to be made of them is the business of whoever asks.
 */
import { paginateDescribeAutoScalingGroups } from '@aws-sdk/client-auto-scaling';
import {
  DescribeAddressesCommand,
  paginateDescribeNatGateways,
  paginateDescribeSubnets,
  paginateDescribeVpcs,
} from '@aws-sdk/client-ec2';
import { paginateDescribeLoadBalancers, paginateDescribeTargetGroups } from '@aws-sdk/client-elastic-load-balancing-v2';
import { paginateDescribeDBInstances } from '@aws-sdk/client-rds';
import { GetServiceQuotaCommand } from '@aws-sdk/client-service-quotas';
import type { QuotaName } from '../core/demand.ts';
import type { Aws } from './driver.ts';

/** How a quota is named in AWS, and who counts what is in use of it. */
interface Quota {
  readonly serviceCode: string;
  readonly quotaCode: string;
  /** Of a quota of each zone: what the fullest of these zones holds. */
  readonly used: (aws: Aws, zoneNames: readonly string[]) => Promise<number>;
}

async function count<Page>(pages: AsyncIterable<Page>, ofPage: (page: Page) => number | undefined): Promise<number> {
  let sum = 0;
  for await (const page of pages) sum += ofPage(page) ?? 0;
  return sum;
}

/** Gateways name their subnet, and subnets their zone. Those that are being deleted count, failed and deleted ones do not. */
async function gatewaysInFullestZone({ ec2: client }: Aws, zoneNames: readonly string[]): Promise<number> {
  const Filter = [{ Name: 'state', Values: ['pending', 'available', 'deleting'] }];
  const subnetIDs: string[] = [];
  for await (const { NatGateways = [] } of paginateDescribeNatGateways({ client }, { Filter })) {
    subnetIDs.push(...NatGateways.flatMap(({ SubnetId }) => SubnetId ?? []));
  }
  if (subnetIDs.length === 0) return 0;
  const zoneOf = new Map<string, string>();
  const Filters = [{ Name: 'availability-zone', Values: [...zoneNames] }];
  for await (const { Subnets = [] } of paginateDescribeSubnets({ client }, { Filters })) {
    for (const { SubnetId = '', AvailabilityZone = '' } of Subnets) zoneOf.set(SubnetId, AvailabilityZone);
  }
  return Math.max(...zoneNames.map((name) => subnetIDs.filter((id) => zoneOf.get(id) === name).length), 0);
}

/** Codes are AWS's for ever: `ListServiceQuotas` shows them. */
const QUOTAS: Readonly<Record<QuotaName, Quota>> = {
  VPCs: {
    serviceCode: 'vpc',
    quotaCode: 'L-F678F1CE',
    used: ({ ec2: client }) => count(paginateDescribeVpcs({ client }, {}), ({ Vpcs }) => Vpcs?.length),
  },
  'Elastic IP addresses': {
    serviceCode: 'ec2',
    quotaCode: 'L-0263D0A3',
    used: async ({ ec2 }) => (await ec2.send(new DescribeAddressesCommand({}))).Addresses?.length ?? 0,
  },
  'NAT gateways per zone': { serviceCode: 'vpc', quotaCode: 'L-FE5A380F', used: gatewaysInFullestZone },
  'Application Load Balancers': {
    serviceCode: 'elasticloadbalancing',
    quotaCode: 'L-53DA6B97',
    used: ({ elb: client }) =>
      count(
        paginateDescribeLoadBalancers({ client }, {}),
        ({ LoadBalancers }) => LoadBalancers?.filter(({ Type }) => Type === 'application').length,
      ),
  },
  'target groups': {
    serviceCode: 'elasticloadbalancing',
    quotaCode: 'L-B22855CB',
    used: ({ elb: client }) =>
      count(paginateDescribeTargetGroups({ client }, {}), ({ TargetGroups }) => TargetGroups?.length),
  },
  'Auto Scaling groups': {
    serviceCode: 'autoscaling',
    quotaCode: 'L-CDE20ADC',
    used: ({ autoScaling: client }) =>
      count(paginateDescribeAutoScalingGroups({ client }, {}), ({ AutoScalingGroups }) => AutoScalingGroups?.length),
  },
  'DB instances': {
    serviceCode: 'rds',
    quotaCode: 'L-7B6409FD',
    used: ({ rds: client }) =>
      count(paginateDescribeDBInstances({ client }, {}), ({ DBInstances }) => DBInstances?.length),
  },
};

/** A quota's value, how much of it is in use, and by what code an increase is asked for. */
export interface QuotaState {
  readonly value: number;
  readonly used: number;
  readonly code: string;
}

/** Asks for a quota and counts what is in use of it. */
export async function quotaState(aws: Aws, name: QuotaName, zoneNames: readonly string[]): Promise<QuotaState> {
  const { serviceCode: ServiceCode, quotaCode: QuotaCode, used } = QUOTAS[name];
  const [{ Quota: quota }, inUse] = await Promise.all([
    aws.serviceQuotas.send(new GetServiceQuotaCommand({ ServiceCode, QuotaCode })),
    used(aws, zoneNames),
  ]);
  if (quota?.Value === undefined) throw new Error(`read quota ${QuotaCode} of ${ServiceCode}: AWS gives no value`);
  return { value: quota.Value, used: inUse, code: QuotaCode };
}
