/**
 * EC2's ids by prefix: which describe call lists them, and with which code AWS says that one does not exist (API
 * reference, "Error codes for the Amazon EC2 API"). Data and its readers only.
 */

interface Kind {
  readonly code: string;
  /** The describe call that lists the kind; absent when the proxy does not read it. */
  readonly operation?: string;
}

const KINDS: Readonly<Record<string, Kind>> = {
  vpc: { code: 'InvalidVpcID.NotFound', operation: 'DescribeVpcs' },
  subnet: { code: 'InvalidSubnetID.NotFound', operation: 'DescribeSubnets' },
  igw: { code: 'InvalidInternetGatewayID.NotFound', operation: 'DescribeInternetGateways' },
  rtb: { code: 'InvalidRouteTableID.NotFound', operation: 'DescribeRouteTables' },
  vpce: { code: 'InvalidVpcEndpointId.NotFound', operation: 'DescribeVpcEndpoints' },
  sg: { code: 'InvalidGroup.NotFound', operation: 'DescribeSecurityGroups' },
  sgr: { code: 'InvalidSecurityGroupRuleId.NotFound', operation: 'DescribeSecurityGroupRules' },
  lt: { code: 'InvalidLaunchTemplateId.NotFound', operation: 'DescribeLaunchTemplates' },
  i: { code: 'InvalidInstanceID.NotFound', operation: 'DescribeInstances' },
  vol: { code: 'InvalidVolume.NotFound', operation: 'DescribeVolumes' },
  snap: { code: 'InvalidSnapshot.NotFound', operation: 'DescribeSnapshots' },
  eipalloc: { code: 'InvalidAllocationID.NotFound', operation: 'DescribeAddresses' },
  eni: { code: 'InvalidNetworkInterfaceID.NotFound', operation: 'DescribeNetworkInterfaces' },
  nat: { code: 'NatGatewayNotFound', operation: 'DescribeNatGateways' },
};

/** The kind of an id, told by its prefix. */
export function kindOfId(id: string): Kind | undefined {
  return KINDS[id.slice(0, id.indexOf('-'))];
}

/** Whether a text looks like an id of a kind that the proxy knows. */
export function isId(value: string): boolean {
  return /^[a-z]+-[0-9a-f]{8,}$/.test(value) && kindOfId(value) !== undefined;
}

/** What each creating call makes: the elements of its answer that hold new ids. */
const MADE: Readonly<Record<string, readonly string[]>> = {
  CreateVpc: ['vpcId'],
  CreateSubnet: ['subnetId'],
  CreateInternetGateway: ['internetGatewayId'],
  CreateRouteTable: ['routeTableId'],
  CreateVpcEndpoint: ['vpcEndpointId'],
  CreateSecurityGroup: ['groupId'],
  AuthorizeSecurityGroupIngress: ['securityGroupRuleId'],
  AuthorizeSecurityGroupEgress: ['securityGroupRuleId'],
  CreateLaunchTemplate: ['launchTemplateId'],
  RunInstances: ['instanceId'],
  CreateVolume: ['volumeId'],
  CreateSnapshot: ['snapshotId'],
  CreateSnapshots: ['snapshotId'],
  AllocateAddress: ['allocationId'],
  CreateNatGateway: ['natGatewayId'],
  CreateNetworkInterface: ['networkInterfaceId'],
  CopySnapshot: ['snapshotId'],
};

/** Elements inside which ids are only referred to. */
const REFERENCES = /<(attachmentSet|natGatewayAddressSet|networkInterfaceSet|referencedGroupInfo)>.*?<\/\1>/gs;

/** The ids that a creating call made, read from its answer. */
export function createdIds(operation: string, body: string): readonly string[] {
  const names = MADE[operation] ?? [];
  const own = body.replace(REFERENCES, '');
  return names.flatMap((name) => [
    ...new Set([...own.matchAll(new RegExp(`<${name}>([^<]+)<`, 'g'))].map(([, id = '']) => id)),
  ]);
}
