/** A subnet in one availability zone. The zone is named by its id: zone letters differ between accounts. */
import {
  CreateSubnetCommand,
  DeleteSubnetCommand,
  type Subnet as Description,
  ModifySubnetAttributeCommand,
  paginateDescribeSubnets,
} from '@aws-sdk/client-ec2';
import { resource } from '../../aws/driver.ts';
import type { Health, Owned } from '../../core/kind.ts';
import { claimed, fieldsOf, gone, PAGE, readPages, retag, tagSpecification } from './tagging.ts';

export interface SubnetSpec {
  readonly vpcId: string;
  readonly cidr: string;
  /** `use1-az4`. */
  readonly zoneId: string;
  readonly mapPublicIpOnLaunch: boolean;
}

export interface SubnetAttributes {
  readonly subnetId: string;
  /** `us-east-1a`: volumes and instances are placed by name. */
  readonly zoneName: string;
}

const PHASES: Readonly<Record<string, Health['phase']>> = {
  available: 'ready',
  failed: 'failed',
  'failed-insufficient-capacity': 'failed',
};

function ownedOf(subnet: Description): Owned<SubnetSpec, SubnetAttributes> {
  const { SubnetId: subnetId = '', State: state = 'pending' } = subnet;
  return {
    ...claimed(subnet.Tags),
    id: subnetId,
    spec: {
      vpcId: subnet.VpcId ?? null,
      cidr: subnet.CidrBlock ?? null,
      zoneId: subnet.AvailabilityZoneId ?? null,
      mapPublicIpOnLaunch: subnet.MapPublicIpOnLaunch ?? false,
    },
    attributes: { subnetId, zoneName: subnet.AvailabilityZone ?? '' },
    health: { state, phase: PHASES[state] ?? 'settling' },
  };
}

export const Subnet = resource<SubnetSpec, SubnetAttributes>({
  type: 'ec2.subnet',
  rules: { vpcId: 'replace', cidr: 'replace', zoneId: 'replace' },
  anonymous: true,
  settle: 1,

  observe(aws, scope) {
    return readPages(
      scope,
      'subnet-id',
      (Filters) => paginateDescribeSubnets({ client: aws.ec2, pageSize: PAGE }, { Filters }),
      (page) => page.Subnets?.map(ownedOf),
    );
  },

  async create(aws, self, spec) {
    const { Subnet: made } = await aws.ec2.send(
      new CreateSubnetCommand({
        VpcId: spec.vpcId,
        CidrBlock: spec.cidr,
        AvailabilityZoneId: spec.zoneId,
        TagSpecifications: tagSpecification('subnet', self),
      }),
    );
    const subnetId = made?.SubnetId ?? '';
    return { id: subnetId, attributes: { subnetId, zoneName: made?.AvailabilityZone ?? '' } };
  },

  async update(aws, live, spec, changes) {
    await retag(aws, live.id, changes);
    if (fieldsOf(changes).length === 0) return;
    const MapPublicIpOnLaunch = { Value: spec.mapPublicIpOnLaunch };
    await aws.ec2.send(new ModifySubnetAttributeCommand({ SubnetId: live.id, MapPublicIpOnLaunch }));
  },

  async delete(aws, live) {
    await gone(aws.ec2.send(new DeleteSubnetCommand({ SubnetId: live.id })));
  },
});
