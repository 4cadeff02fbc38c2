/**
 * The demo's own eyes and hands in AWS: what a person with a console would see and do. It calls the stand-in's endpoint with
 * the SDK, apart from the operator, so that nothing it shows is the operator's word alone.
 */
import { DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import { AuthorizeSecurityGroupIngressCommand, DescribeSecurityGroupsCommand } from '@aws-sdk/client-ec2';
import {
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { DescribeReplicationGroupsCommand } from '@aws-sdk/client-elasticache';
import {
  type DBInstance,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
  RebootDBInstanceCommand,
} from '@aws-sdk/client-rds';
import { type Account, enterAccount } from '../sandbox/account.ts';

/** A database as RDS shows it. */
export interface Database {
  /** The tier's word for it. */
  readonly role: string;
  readonly id: string;
  readonly status: string;
  readonly instanceClass: string;
  readonly zone: string;
  readonly hasStandby: boolean;
}

/** A server of a fleet. */
export interface Server {
  readonly id: string;
  /** The version of the launch template that it was made from. */
  readonly version: string;
  readonly zone: string;
  /** Whether the load balancer sends requests to it. */
  readonly serves: boolean;
}

/** A person in the account of a tier. */
export interface Person {
  /** The role that leads into the account. */
  readonly roleARN: string;
  /** Everything that carries the tier's name, and everything without any name of ours. */
  standing(): Promise<readonly string[]>;
  /** Opens SSH to the world, as it is done in a hurry; answers with the group. */
  openSSH(): Promise<string>;
  isSSHOpen(): Promise<boolean>;
  /** Takes every tag off a resource. */
  stripTags(id: string): Promise<void>;
  databases(): Promise<readonly Database[]>;
  /** Has a database move to its standby. */
  failOver(id: string): Promise<void>;
  isSnapshotAvailable(id: string): Promise<boolean>;
  servers(): Promise<readonly Server[]>;
  /** Load balancer, cache and databases, each in the words of its service. */
  states(): Promise<readonly (readonly [what: string, state: string])[]>;
  close(): void;
}

function databaseOf(instance: DBInstance): Database {
  const {
    DBInstanceIdentifier: id = '',
    DBInstanceStatus: status = '',
    DBInstanceClass: instanceClass = '',
  } = instance;
  const role = instance.TagList?.find(({ Key }) => Key === 'scalingtier.dev/role')?.Value ?? id;
  const { AvailabilityZone: zone = '', MultiAZ: hasStandby = false } = instance;
  return { role, id, status, instanceClass, zone, hasStandby };
}

async function healthyTargets({ elb }: Account): Promise<ReadonlySet<string>> {
  const { TargetGroups = [] } = await elb.send(new DescribeTargetGroupsCommand({}));
  const answers = await Promise.all(
    TargetGroups.map(({ TargetGroupArn }) => elb.send(new DescribeTargetHealthCommand({ TargetGroupArn }))),
  );
  const targets = answers.flatMap(({ TargetHealthDescriptions = [] }) => TargetHealthDescriptions);
  return new Set(
    targets.flatMap(({ Target, TargetHealth }) => (TargetHealth?.State === 'healthy' ? [Target?.Id ?? ''] : [])),
  );
}

async function serversOf(account: Account): Promise<readonly Server[]> {
  const { AutoScalingGroups = [] } = await account.autoScaling.send(new DescribeAutoScalingGroupsCommand({}));
  const healthy = await healthyTargets(account);
  return AutoScalingGroups.flatMap(({ Instances = [] }) => Instances).map((instance) => {
    const { InstanceId: id = '', AvailabilityZone: zone = '', LaunchTemplate } = instance;
    return { id, zone, version: LaunchTemplate?.Version ?? '', serves: healthy.has(id) };
  });
}

async function statesOf({ elb, elastiCache, rds }: Account): Promise<readonly (readonly [string, string])[]> {
  const [{ LoadBalancers = [] }, { ReplicationGroups = [] }, { DBInstances = [] }] = await Promise.all([
    elb.send(new DescribeLoadBalancersCommand({})),
    elastiCache.send(new DescribeReplicationGroupsCommand({})),
    rds.send(new DescribeDBInstancesCommand({})),
  ]);
  return [
    ...LoadBalancers.map(({ State }) => ['load balancer', State?.Code ?? ''] as const),
    ...ReplicationGroups.map(({ Status = '' }) => ['cache', Status] as const),
    ...DBInstances.map(databaseOf).map(
      ({ role, status }) => [role.startsWith('rds.replica/') ? 'replica' : 'database', status] as const,
    ),
  ];
}

/** Enters an account; by default the one that the sandbox's own credentials lead to. */
export async function person(endpoint: string, tier: string, accountID = '123456789012'): Promise<Person> {
  const account: Account = await enterAccount(endpoint, accountID);
  const groups = async () => {
    const Filters = [{ Name: 'tag:scalingtier.dev/name', Values: [tier] }];
    return (await account.ec2.send(new DescribeSecurityGroupsCommand({ Filters }))).SecurityGroups ?? [];
  };
  return {
    roleARN: account.roleARN,
    async standing() {
      return Object.values(await account.inventory()).flat();
    },
    async openSSH() {
      const GroupId = (await groups())[0]?.GroupId;
      if (!GroupId) throw new Error(`find the security group of ${tier}: there is none`);
      const rule = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
      await account.ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [rule] }));
      return GroupId;
    },
    async isSSHOpen() {
      return (await groups()).some(({ IpPermissions = [] }) => IpPermissions.some(({ FromPort }) => FromPort === 22));
    },
    stripTags: (id) => account.stripTags(id),
    async databases() {
      return ((await account.rds.send(new DescribeDBInstancesCommand({}))).DBInstances ?? []).map(databaseOf);
    },
    async failOver(DBInstanceIdentifier) {
      await account.rds.send(new RebootDBInstanceCommand({ DBInstanceIdentifier, ForceFailover: true }));
    },
    async isSnapshotAvailable(DBSnapshotIdentifier) {
      const { DBSnapshots = [] } = await account.rds.send(new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier }));
      return DBSnapshots.some(({ Status }) => Status === 'available');
    },
    servers: () => serversOf(account),
    states: () => statesOf(account),
    close: () => account.close(),
  };
}
