/**
 * How EC2's describe calls look: where the records are, what identifies one, which filters AWS knows (all lists are from
 * the API reference of each action). Data only.
 */

/** One describe call. */
export interface Collection {
  readonly operation: string;
  /** The element that holds the records. */
  readonly set: string;
  /** A list inside each entry of `set` that holds the records proper: DescribeInstances groups them by reservation. */
  readonly inner?: string;
  /** The child that identifies a record. */
  readonly id: string;
  /** The parameter that names records by id. */
  readonly ids?: string;
  /** Least and most that `MaxResults` may ask for; without it AWS does not page the call. */
  readonly pages?: readonly [least: number, most: number];
  /** The stand-in cuts its answer when it is not asked for so many; AWS answers everything, page by page. */
  readonly cut?: boolean;
  /** AWS refuses `MaxResults` together with ids. */
  readonly idsExcludePages?: boolean;
  /** The names of all filters that AWS knows; others it refuses. Without a list any is passed on. */
  readonly filters?: readonly string[];
  /** Filters that the proxy applies itself: the stand-in lacks them, ignores them, or knows states that AWS would not. */
  readonly local: Readonly<Record<string, readonly string[]>>;
}

const TAGS = ['tag', 'tag-key'] as const;

function collection(operation: string, set: string, id: string, more: Partial<Collection> = {}): Collection {
  return { operation, set, id, pages: [5, 1000], local: {}, ...more };
}

function unpaged(operation: string, set: string, id: string, more: Partial<Collection>): Collection {
  return { operation, set, id, local: {}, ...more };
}

const NETWORK: readonly Collection[] = [
  collection('DescribeVpcs', 'vpcSet', 'vpcId', {
    ids: 'VpcId',
    filters: [
      'cidr',
      'cidr-block-association.cidr-block',
      'dhcp-options-id',
      'is-default',
      'owner-id',
      'state',
      'vpc-id',
      ...TAGS,
    ],
    local: { state: ['state'] },
  }),
  collection('DescribeSubnets', 'subnetSet', 'subnetId', {
    ids: 'SubnetId',
    filters: [
      ...['availability-zone', 'availability-zone-id', 'available-ip-address-count', 'cidr-block', 'default-for-az'],
      ...['map-public-ip-on-launch', 'owner-id', 'state', 'subnet-arn', 'subnet-id', 'vpc-id', ...TAGS],
    ],
    local: { state: ['state'], 'availability-zone-id': ['availabilityZoneId'] },
  }),
  collection('DescribeInternetGateways', 'internetGatewaySet', 'internetGatewayId', {
    ids: 'InternetGatewayId',
    filters: ['attachment.state', 'attachment.vpc-id', 'internet-gateway-id', 'owner-id', ...TAGS],
  }),
  collection('DescribeRouteTables', 'routeTableSet', 'routeTableId', { ids: 'RouteTableId', pages: [5, 100] }),
  collection('DescribeNatGateways', 'natGatewaySet', 'natGatewayId', {
    ids: 'NatGatewayId',
    filters: ['nat-gateway-id', 'state', 'subnet-id', 'vpc-id', ...TAGS],
    local: { state: ['state'], tag: ['tagSet'], 'tag-key': ['tagSet'] },
  }),
  collection('DescribeVpcEndpoints', 'vpcEndpointSet', 'vpcEndpointId', {
    ids: 'VpcEndpointId',
    pages: [1, 1000],
    filters: ['service-name', 'vpc-id', 'vpc-endpoint-id', 'vpc-endpoint-state', 'vpc-endpoint-type', ...TAGS],
    local: {
      'vpc-endpoint-id': ['vpcEndpointId'],
      'vpc-endpoint-state': ['state'],
      'vpc-id': ['vpcId'],
      'service-name': ['serviceName'],
      'vpc-endpoint-type': ['vpcEndpointType'],
    },
  }),
  collection('DescribeSecurityGroups', 'securityGroupInfo', 'groupId', { ids: 'GroupId' }),
  collection('DescribeSecurityGroupRules', 'securityGroupRuleSet', 'securityGroupRuleId', {
    ids: 'SecurityGroupRuleId',
    filters: ['group-id', 'security-group-rule-id', ...TAGS],
  }),
  collection('DescribeNetworkInterfaces', 'networkInterfaceSet', 'networkInterfaceId', { ids: 'NetworkInterfaceId' }),
  unpaged('DescribeAddresses', 'addressesSet', 'allocationId', {
    ids: 'AllocationId',
    filters: [
      ...['allocation-id', 'association-id', 'instance-id', 'network-interface-id', 'network-interface-owner-id'],
      ...['private-ip-address', 'public-ip', ...TAGS],
    ],
  }),
];

const COMPUTE: readonly Collection[] = [
  collection('DescribeInstances', 'reservationSet', 'instanceId', {
    inner: 'instancesSet',
    ids: 'InstanceId',
    idsExcludePages: true,
    cut: true,
    local: {
      'instance-state-name': ['instanceState', 'name'],
      'instance-state-code': ['instanceState', 'code'],
      'client-token': ['clientToken'],
    },
  }),
  collection('DescribeInstanceStatus', 'instanceStatusSet', 'instanceId', {
    ids: 'InstanceId',
    idsExcludePages: true,
    local: {
      'instance-state-name': ['instanceState', 'name'],
      'instance-state-code': ['instanceState', 'code'],
      'instance-status.status': ['instanceStatus', 'status'],
      'system-status.status': ['systemStatus', 'status'],
    },
  }),
  collection('DescribeLaunchTemplates', 'launchTemplates', 'launchTemplateId', {
    ids: 'LaunchTemplateId',
    pages: [1, 200],
    cut: true,
    filters: ['create-time', 'launch-template-name', ...TAGS],
  }),
  collection('DescribeLaunchTemplateVersions', 'launchTemplateVersionSet', 'launchTemplateId', {
    pages: [1, 200],
    cut: true,
  }),
];

const STORAGE: readonly Collection[] = [
  collection('DescribeVolumes', 'volumeSet', 'volumeId', {
    ids: 'VolumeId',
    filters: [
      ...['attachment.attach-time', 'attachment.delete-on-termination', 'attachment.device', 'attachment.instance-id'],
      ...[
        'attachment.status',
        'availability-zone',
        'availability-zone-id',
        'create-time',
        'encrypted',
        'size',
        'snapshot-id',
      ],
      ...['status', 'volume-id', 'volume-type', ...TAGS],
    ],
    local: {
      status: ['status'],
      'attachment.status': ['attachmentSet', 'status'],
      'attachment.instance-id': ['attachmentSet', 'instanceId'],
    },
  }),
  collection('DescribeVolumesModifications', 'volumeModificationSet', 'volumeId', {
    ids: 'VolumeId',
    local: { 'modification-state': ['modificationState'], 'volume-id': ['volumeId'] },
  }),
  collection('DescribeSnapshots', 'snapshotSet', 'snapshotId', {
    ids: 'SnapshotId',
    filters: [
      ...['description', 'encrypted', 'owner-alias', 'owner-id', 'progress', 'snapshot-id', 'start-time', 'status'],
      ...['storage-tier', 'volume-id', 'volume-size', ...TAGS],
    ],
    local: { status: ['status'], progress: ['progress'], 'owner-id': ['ownerId'] },
  }),
];

/** A tag is as old as what it is on: who does not see the one does not see the other. */
const ON_ALL: readonly Collection[] = [
  collection('DescribeTags', 'tagSet', 'resourceId', {
    filters: ['key', 'resource-id', 'resource-type', 'value', ...TAGS],
    local: { 'resource-type': ['resourceType'] },
  }),
];

/** Every describe call that the proxy understands. */
export const COLLECTIONS: ReadonlyMap<string, Collection> = new Map(
  [...NETWORK, ...COMPUTE, ...STORAGE, ...ON_ALL].map((one) => [one.operation, one]),
);

/** The describe call of this name; asking for one that is not listed is a mistake of the asker. */
export function collectionOf(operation: string): Collection {
  const found = COLLECTIONS.get(operation);
  if (!found) throw new Error(`find collection: ${operation} is not listed`);
  return found;
}

/** What makes the stand-in answer everything, more than any test has; it refuses that together with ids. */
export function wholeOf({ cut = false, ids = '' }: Collection, params: object): { readonly MaxResults?: string } {
  return cut && !(ids in params) ? { MaxResults: '100000' } : {};
}
