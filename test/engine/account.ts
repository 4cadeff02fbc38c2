/**
 * An AWS account that answers by table, for tests of what is asked before the first write. Every account is one of its own,
 * because what AWS offers in a place is asked once. It holds what a load-balanced tier in a network of the user's needs.
 */
import { ACMClient } from '@aws-sdk/client-acm';
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { RDSClient } from '@aws-sdk/client-rds';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { withDefaults } from '../../src/api/defaults.ts';
import type { TierSpecInput, TierStatus } from '../../src/api/types.ts';
import type { Aws } from '../../src/aws/driver.ts';
import type { NodeId } from '../../src/core/ref.ts';
import type { Tier } from '../../src/core/tier.ts';
import { clearance } from '../../src/engine/clearance.ts';
import { type Gathered, gatherFacts, groundOf } from '../../src/engine/facts.ts';
import { stages } from '../../src/stages/index.ts';
import { OWNER } from '../core/samples.ts';

const REGION = 'us-east-1';
const LETTERS = ['a', 'b', 'c'];

/** How a pass asks. */
export interface Manner {
  readonly passive?: boolean;
  /** What a look at AWS finds. */
  readonly seen?: readonly NodeId[];
}

/** Input of a call, as far as tests look at it. */
export type Input = Readonly<Record<string, unknown>>;

/** Answers by the name of the operation; one that is not there is answered by nothing. */
export type Answers = Readonly<Record<string, (input: Input) => object>>;

/** What AWS throws. */
export function awsError(name: string, message = 'no'): Error {
  return Object.assign(new Error(message), { name });
}

/** Values of the filter of this name. */
export function filtered({ Filters = [] }: Input, name: string): readonly string[] {
  const filters = Filters as readonly { readonly Name: string; readonly Values: readonly string[] }[];
  return filters.find(({ Name }) => Name === name)?.Values ?? [];
}

/** Subnets of the user: two of each sort, in the zones a and b. */
export const BYO = {
  vpcID: 'vpc-0123456789abcdef0',
  publicSubnetIDs: ['subnet-0000000000000000a', 'subnet-0000000000000000b'],
  appSubnetIDs: ['subnet-1111111111111111a', 'subnet-1111111111111111b'],
  dataSubnetIDs: ['subnet-2222222222222222a', 'subnet-2222222222222222b'],
} as const;

/** A subnet as AWS describes it; its last letter is that of its zone. */
export function describedSubnet(SubnetId: string, change: Input = {}): object {
  const letter = SubnetId.slice(-1);
  return {
    SubnetId,
    VpcId: BYO.vpcID,
    State: 'available',
    CidrBlock: '10.0.0.0/24',
    AvailableIpAddressCount: 250,
    AvailabilityZone: `${REGION}${letter}`,
    AvailabilityZoneId: `use1-az${LETTERS.indexOf(letter) + 1}`,
    ...change,
  };
}

const dryRun = (): never => {
  throw awsError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.');
};

const USUAL: Answers = {
  DescribeInstanceTypes: () => ({ InstanceTypes: [{ ProcessorInfo: { SupportedArchitectures: ['arm64'] } }] }),
  DescribeImages: () => ({ Images: [{ Architecture: 'arm64', RootDeviceName: '/dev/xvda' }] }),
  DescribeAvailabilityZones: () => ({
    AvailabilityZones: LETTERS.map((letter, at) => ({ ZoneId: `use1-az${at + 1}`, ZoneName: `${REGION}${letter}` })),
  }),
  DescribeInstanceTypeOfferings: () => ({
    InstanceTypeOfferings: LETTERS.map((letter) => ({ Location: `${REGION}${letter}` })),
  }),
  GetParameter: () => ({ Parameter: { Value: 'ami-0123456789abcdef0' } }),
  DescribeOrderableDBInstanceOptions: () => ({
    OrderableDBInstanceOptions: [
      {
        EngineVersion: '17.4',
        AvailabilityZones: LETTERS.map((letter) => ({ Name: `${REGION}${letter}` })),
        MultiAZCapable: true,
      },
    ],
  }),
  DescribeSubnets: (input) => ({ Subnets: filtered(input, 'subnet-id').map((id) => describedSubnet(id)) }),
  DescribeSecurityGroups: () => ({ SecurityGroups: [{ VpcId: BYO.vpcID }] }),
  DescribeCertificate: () => ({ Certificate: { Status: 'ISSUED' } }),
  GetServiceQuota: () => ({ Quota: { Value: 5 } }),
  CreateVpc: dryRun,
  AllocateAddress: dryRun,
  CreateSecurityGroup: dryRun,
};

let accounts = 0;

/** One call that was made. */
export interface Asked {
  readonly operation: string;
  readonly input: Input;
}

/** An account in which something is not as usual. */
export function account(change: Answers = {}) {
  accounts += 1;
  const answers = { ...USUAL, ...change };
  const asked: Asked[] = [];
  const config = { region: REGION, credentials: { accessKeyId: 'x', secretAccessKey: 'x' } };
  const client = <T extends object>(made: T): T =>
    Object.assign(made, {
      send: async (command: { readonly input: Input }) => {
        const operation = command.constructor.name.replace(/Command$/, '');
        asked.push({ operation, input: command.input });
        return answers[operation]?.(command.input) ?? {};
      },
    });
  const ec2 = client(new EC2Client(config));
  const aws = {
    region: REGION,
    accountID: String(accounts),
    partition: 'aws',
    ec2,
    ssm: ec2,
    rds: client(new RDSClient(config)),
    elb: client(new ElasticLoadBalancingV2Client(config)),
    autoScaling: client(new AutoScalingClient(config)),
    acm: client(new ACMClient(config)),
    serviceQuotas: client(new ServiceQuotasClient(config)),
  } as unknown as Aws;
  /** Asks about all that a tier demands, as a pass does. */
  const gather = async (
    spec: TierSpecInput,
    status: Partial<TierStatus> = {},
    { passive = false, seen = [] }: Manner = {},
  ): Promise<Gathered> => {
    const tier = {
      spec: withDefaults(spec),
      status: { observedGeneration: -1, ...status },
      references: { problems: [] },
    } as unknown as Tier;
    const demands = stages[tier.spec.stage].demands?.(tier.spec) ?? [];
    const ground = groundOf(aws, tier, OWNER);
    const gathered = await gatherFacts(ground, tier, OWNER, demands);
    const { pinned, warnings } = await clearance(demands, gathered.pinned, {
      ground,
      where: gathered.where,
      known: tier.status.facts,
      passive,
      look: async () => seen,
    });
    return { ...gathered, pinned, warnings: [...gathered.warnings, ...warnings] };
  };
  /** How often an operation was called. */
  const count = (operation: string): number => asked.filter((call) => call.operation === operation).length;
  return { id: aws.accountID, asked, count, gather };
}
