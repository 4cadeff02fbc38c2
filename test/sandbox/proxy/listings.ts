/** EC2's lists as one-line calls, for the proxy's own tests. It must not assert anything. */
import {
  DescribeAddressesCommand,
  DescribeInstancesCommand,
  DescribeInternetGatewaysCommand,
  DescribeLaunchTemplatesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSnapshotsCommand,
  DescribeSubnetsCommand,
  DescribeVolumesCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcsCommand,
  type EC2Client,
  type Filter,
} from '@aws-sdk/client-ec2';

/** One describe call: what it lists, its filter by id, and the ids that it finds. */
export interface Listing {
  readonly of: string;
  readonly filter: string;
  readonly list: (ec2: EC2Client, Filters: Filter[]) => Promise<readonly (string | undefined)[]>;
}

/** Every list that a single server's kinds read. */
export const LISTINGS: readonly Listing[] = [
  {
    of: 'Vpcs',
    filter: 'vpc-id',
    list: async (ec2, Filters) =>
      ((await ec2.send(new DescribeVpcsCommand({ Filters }))).Vpcs ?? []).map((one) => one.VpcId),
  },
  {
    of: 'Subnets',
    filter: 'subnet-id',
    list: async (ec2, Filters) =>
      ((await ec2.send(new DescribeSubnetsCommand({ Filters }))).Subnets ?? []).map((one) => one.SubnetId),
  },
  {
    of: 'InternetGateways',
    filter: 'internet-gateway-id',
    list: async (ec2, Filters) =>
      ((await ec2.send(new DescribeInternetGatewaysCommand({ Filters }))).InternetGateways ?? []).map(
        (one) => one.InternetGatewayId,
      ),
  },
  {
    of: 'RouteTables',
    filter: 'route-table-id',
    list: async (ec2, Filters) =>
      ((await ec2.send(new DescribeRouteTablesCommand({ Filters }))).RouteTables ?? []).map((one) => one.RouteTableId),
  },
  {
    of: 'VpcEndpoints',
    filter: 'vpc-endpoint-id',
    list: async (ec2, Filters) =>
      ((await ec2.send(new DescribeVpcEndpointsCommand({ Filters }))).VpcEndpoints ?? []).map(
        (one) => one.VpcEndpointId,
      ),
  },
  {
    of: 'SecurityGroups',
    filter: 'group-id',
    list: async (ec2, Filters) =>
      ((await ec2.send(new DescribeSecurityGroupsCommand({ Filters }))).SecurityGroups ?? []).map((one) => one.GroupId),
  },
  {
    of: 'SecurityGroupRules',
    filter: 'security-group-rule-id',
    list: async (ec2, Filters) =>
      ((await ec2.send(new DescribeSecurityGroupRulesCommand({ Filters }))).SecurityGroupRules ?? []).map(
        (one) => one.SecurityGroupRuleId,
      ),
  },
  {
    of: 'LaunchTemplates',
    filter: 'launch-template-name',
    list: async (ec2, Filters) =>
      ((await ec2.send(new DescribeLaunchTemplatesCommand({ Filters }))).LaunchTemplates ?? []).map(
        (one) => one.LaunchTemplateId,
      ),
  },
  {
    of: 'Instances',
    filter: 'instance-id',
    list: async (ec2, Filters) =>
      ((await ec2.send(new DescribeInstancesCommand({ Filters }))).Reservations ?? []).flatMap((reservation) =>
        (reservation.Instances ?? []).map((one) => one.InstanceId),
      ),
  },
  {
    of: 'Volumes',
    filter: 'volume-id',
    list: async (ec2, Filters) =>
      ((await ec2.send(new DescribeVolumesCommand({ Filters }))).Volumes ?? []).map((one) => one.VolumeId),
  },
  {
    of: 'Snapshots',
    filter: 'snapshot-id',
    list: async (ec2, Filters) =>
      ((await ec2.send(new DescribeSnapshotsCommand({ Filters, OwnerIds: ['self'] }))).Snapshots ?? []).map(
        (one) => one.SnapshotId,
      ),
  },
  {
    of: 'Addresses',
    filter: 'allocation-id',
    list: async (ec2, Filters) =>
      ((await ec2.send(new DescribeAddressesCommand({ Filters }))).Addresses ?? []).map((one) => one.AllocationId),
  },
];
