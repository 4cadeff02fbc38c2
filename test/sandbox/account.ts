/**
 * A person's view of one AWS account of the sandbox, through the same endpoint as the operator: what stands there, and hands to
 * change it behind the operator's back. It must not use the operator's code to find things.
 */
import { ACMClient } from '@aws-sdk/client-acm';
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { CloudWatchClient, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import {
  DeleteTagsCommand,
  DescribeAddressesCommand,
  DescribeInstancesCommand,
  DescribeInternetGatewaysCommand,
  DescribeLaunchTemplatesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSnapshotsCommand,
  DescribeSubnetsCommand,
  DescribeTagsCommand,
  DescribeVolumesCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcsCommand,
  EC2Client,
  paginateDescribeNatGateways,
} from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { ElastiCacheClient } from '@aws-sdk/client-elasticache';
import { IAMClient, paginateListInstanceProfiles, paginateListRoles } from '@aws-sdk/client-iam';
import { RDSClient } from '@aws-sdk/client-rds';
import { Route53Client } from '@aws-sdk/client-route-53';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { paginateDescribeParameters, SSMClient } from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { balancingInventory, scalingInventory } from './account-balancing.ts';
import { bucketInventory } from './account-buckets.ts';
import { cacheInventory } from './account-caches.ts';
import { databaseInventory } from './account-databases.ts';
import { all, type Inventory, label, sorted } from './account-labels.ts';

export type { Inventory } from './account-labels.ts';

/** A person's access to one account. */
export interface Account {
  readonly id: string;
  readonly roleARN: string;
  readonly ec2: EC2Client;
  readonly iam: IAMClient;
  readonly ssm: SSMClient;
  readonly cloudwatch: CloudWatchClient;
  readonly rds: RDSClient;
  readonly secretsManager: SecretsManagerClient;
  readonly elb: ElasticLoadBalancingV2Client;
  readonly autoScaling: AutoScalingClient;
  readonly elastiCache: ElastiCacheClient;
  readonly s3: S3Client;
  readonly acm: ACMClient;
  readonly route53: Route53Client;
  /** Everything that is there except what every account has (the default VPC and its parts). */
  inventory(): Promise<Inventory>;
  /** Takes every tag off these EC2 resources. */
  stripTags(...ids: readonly string[]): Promise<void>;
  close(): void;
}

const ENDED = new Set(['terminated', 'shutting-down']);

/** Those that are gone are shown for about an hour longer. */
async function natInventory(client: EC2Client): Promise<Inventory> {
  const gateways = await all(paginateDescribeNatGateways({ client }, {}), ({ NatGateways }) => NatGateways);
  const standing = gateways.filter(({ State }) => State !== 'deleted' && State !== 'deleting');
  return { natGateway: sorted(standing.map(({ NatGatewayId, Tags }) => label(NatGatewayId, Tags))) };
}

async function ec2Inventory(ec2: EC2Client): Promise<Inventory> {
  const vpcs = (await ec2.send(new DescribeVpcsCommand({}))).Vpcs ?? [];
  const standard = new Set(vpcs.filter(({ IsDefault }) => IsDefault).map(({ VpcId }) => VpcId));
  const own = <T extends { VpcId?: string | undefined }>(items: readonly T[] = []): readonly T[] =>
    items.filter(({ VpcId }) => !standard.has(VpcId));
  const [subnets, gateways, tables, endpoints, groups, rules, templates, reservations, volumes, addresses, snapshots] =
    await Promise.all([
      ec2.send(new DescribeSubnetsCommand({})),
      ec2.send(new DescribeInternetGatewaysCommand({})),
      ec2.send(new DescribeRouteTablesCommand({})),
      ec2.send(new DescribeVpcEndpointsCommand({})),
      ec2.send(new DescribeSecurityGroupsCommand({})),
      ec2.send(new DescribeSecurityGroupRulesCommand({})),
      ec2.send(new DescribeLaunchTemplatesCommand({})),
      ec2.send(new DescribeInstancesCommand({})),
      ec2.send(new DescribeVolumesCommand({})),
      ec2.send(new DescribeAddressesCommand({})),
      ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ['self'] })),
    ]);
  const instances = (reservations.Reservations ?? [])
    .flatMap(({ Instances = [] }) => Instances)
    .filter(({ State }) => !ENDED.has(State?.Name ?? ''));
  const ownGroups = own(groups.SecurityGroups).filter(({ GroupName }) => GroupName !== 'default');
  const groupIDs = new Set(ownGroups.map(({ GroupId }) => GroupId));
  const ownTables = own(tables.RouteTables).filter(({ Associations = [] }) => !Associations.some(({ Main }) => Main));
  return {
    vpc: sorted(own(vpcs).map(({ VpcId, Tags }) => label(VpcId, Tags))),
    subnet: sorted(own(subnets.Subnets).map(({ SubnetId, Tags }) => label(SubnetId, Tags))),
    gateway: sorted(
      (gateways.InternetGateways ?? []).map(({ InternetGatewayId, Tags }) => label(InternetGatewayId, Tags)),
    ),
    table: sorted(ownTables.map(({ RouteTableId, Tags }) => label(RouteTableId, Tags))),
    endpoint: sorted(
      (endpoints.VpcEndpoints ?? [])
        .filter(({ State }) => !/^delet/i.test(State ?? ''))
        .map(({ VpcEndpointId, Tags }) => label(VpcEndpointId, Tags)),
    ),
    group: sorted(ownGroups.map(({ GroupId, Tags }) => label(GroupId, Tags))),
    rule: sorted(
      (rules.SecurityGroupRules ?? [])
        .filter(({ GroupId }) => groupIDs.has(GroupId))
        .map(({ SecurityGroupRuleId, Tags }) => label(SecurityGroupRuleId, Tags)),
    ),
    template: sorted(
      (templates.LaunchTemplates ?? []).map(({ LaunchTemplateId, Tags }) => label(LaunchTemplateId, Tags)),
    ),
    instance: sorted(instances.map(({ InstanceId, Tags }) => label(InstanceId, Tags))),
    volume: sorted(
      (volumes.Volumes ?? [])
        .filter(({ State }) => !/^delet/.test(State ?? ''))
        .map(({ VolumeId, Tags }) => label(VolumeId, Tags)),
    ),
    address: sorted((addresses.Addresses ?? []).map(({ AllocationId, Tags }) => label(AllocationId, Tags))),
    snapshot: sorted((snapshots.Snapshots ?? []).map(({ SnapshotId, Tags }) => label(SnapshotId, Tags))),
  };
}

/** Enters an account of its own: the stand-in keeps accounts apart by the role that is assumed. */
export async function enterAccount(endpoint: string, id: string, region = 'us-east-1'): Promise<Account> {
  const roleARN = `arn:aws:iam::${id}:role/scalingtier-operator`;
  const sts = new STSClient({ region, endpoint, credentials: { accessKeyId: 'person', secretAccessKey: 'person' } });
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn: roleARN, RoleSessionName: 'person' }));
  sts.destroy();
  const config = {
    region,
    endpoint,
    customUserAgent: 'person',
    credentials: {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    },
  };
  const clients = {
    ec2: new EC2Client(config),
    iam: new IAMClient(config),
    ssm: new SSMClient(config),
    cloudwatch: new CloudWatchClient(config),
    rds: new RDSClient(config),
    secretsManager: new SecretsManagerClient(config),
    elb: new ElasticLoadBalancingV2Client(config),
    autoScaling: new AutoScalingClient(config),
    elastiCache: new ElastiCacheClient(config),
    s3: new S3Client({ ...config, forcePathStyle: true }),
    acm: new ACMClient(config),
    route53: new Route53Client(config),
  };
  return {
    id,
    roleARN,
    ...clients,
    async inventory() {
      const [sorts, roles, profiles, parameters, alarms] = await Promise.all([
        Promise.all([
          ec2Inventory(clients.ec2),
          natInventory(clients.ec2),
          databaseInventory(clients.rds, clients.secretsManager),
          balancingInventory(clients.elb),
          scalingInventory(clients.autoScaling),
          cacheInventory(clients.elastiCache),
          bucketInventory(clients.s3),
        ]),
        all(paginateListRoles({ client: clients.iam }, {}), ({ Roles }) => Roles),
        all(paginateListInstanceProfiles({ client: clients.iam }, {}), ({ InstanceProfiles }) => InstanceProfiles),
        all(paginateDescribeParameters({ client: clients.ssm }, {}), ({ Parameters }) => Parameters),
        all(paginateDescribeAlarms({ client: clients.cloudwatch }, {}), ({ MetricAlarms }) => MetricAlarms),
      ]);
      return {
        ...(Object.assign({}, ...sorts) as Inventory),
        role: sorted(roles.map(({ RoleName = '' }) => RoleName)),
        profile: sorted(profiles.map(({ InstanceProfileName = '' }) => InstanceProfileName)),
        parameter: sorted(parameters.flatMap(({ Name = '' }) => (Name.startsWith('/aws/') ? [] : [Name]))),
        alarm: sorted(alarms.map(({ AlarmName = '' }) => AlarmName)),
      };
    },
    async stripTags(...ids) {
      const { Tags = [] } = await clients.ec2.send(
        new DescribeTagsCommand({ Filters: [{ Name: 'resource-id', Values: [...ids] }] }),
      );
      const keys = [...new Set(Tags.map(({ Key = '' }) => Key))].filter((key) => !key.startsWith('aws:'));
      await clients.ec2.send(new DeleteTagsCommand({ Resources: [...ids], Tags: keys.map((Key) => ({ Key })) }));
    },
    close() {
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}
