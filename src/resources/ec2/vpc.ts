/** A VPC: the network that everything else of a tier stands in. Its address range cannot be changed later. */
import {
  CreateVpcCommand,
  DeleteVpcCommand,
  DescribeVpcAttributeCommand,
  type Vpc as Description,
  ModifyVpcAttributeCommand,
  paginateDescribeVpcs,
} from '@aws-sdk/client-ec2';
import { type Aws, resource } from '../../aws/driver.ts';
import { claimed, fieldsOf, gone, PAGE, readPages, retag, tagSpecification } from './tagging.ts';

export interface VpcSpec {
  readonly cidr: string;
  /** RDS names and private endpoints need both. No bulk read returns them: looked at in fresh reads only. */
  readonly dnsSupport: boolean;
  readonly dnsHostnames: boolean;
}

export interface VpcAttributes {
  readonly vpcId: string;
}

async function dnsOf(aws: Aws, VpcId: string): Promise<Pick<VpcSpec, 'dnsSupport' | 'dnsHostnames'>> {
  const [support, hostnames] = await Promise.all([
    aws.ec2.send(new DescribeVpcAttributeCommand({ VpcId, Attribute: 'enableDnsSupport' })),
    aws.ec2.send(new DescribeVpcAttributeCommand({ VpcId, Attribute: 'enableDnsHostnames' })),
  ]);
  return {
    dnsSupport: support.EnableDnsSupport?.Value ?? false,
    dnsHostnames: hostnames.EnableDnsHostnames?.Value ?? false,
  };
}

/** Takes one attribute per call; host names need support first. */
async function setDns(aws: Aws, VpcId: string, spec: VpcSpec): Promise<void> {
  await aws.ec2.send(new ModifyVpcAttributeCommand({ VpcId, EnableDnsSupport: { Value: spec.dnsSupport } }));
  await aws.ec2.send(new ModifyVpcAttributeCommand({ VpcId, EnableDnsHostnames: { Value: spec.dnsHostnames } }));
}

export const Vpc = resource<VpcSpec, VpcAttributes>({
  type: 'ec2.vpc',
  rules: { cidr: 'replace' },
  anonymous: true,
  settle: 1,

  observe(aws, scope) {
    const ownedOf = async ({ VpcId = '', CidrBlock = '', State, Tags }: Description) => ({
      ...claimed(Tags),
      id: VpcId,
      spec: { cidr: CidrBlock, ...(scope.by === 'cluster' ? {} : await dnsOf(aws, VpcId)) },
      attributes: { vpcId: VpcId },
      health: {
        state: State ?? 'pending',
        phase: State === 'available' ? ('ready' as const) : ('settling' as const),
      },
    });
    return readPages(
      scope,
      'vpc-id',
      (Filters) => paginateDescribeVpcs({ client: aws.ec2, pageSize: PAGE }, { Filters }),
      ({ Vpcs = [] }) => Promise.all(Vpcs.map(ownedOf)),
    );
  },

  async create(aws, self, spec) {
    const { Vpc: made } = await aws.ec2.send(
      new CreateVpcCommand({ CidrBlock: spec.cidr, TagSpecifications: tagSpecification('vpc', self) }),
    );
    const vpcId = made?.VpcId ?? '';
    return { id: vpcId, attributes: { vpcId } };
  },

  async update(aws, live, spec, changes) {
    await retag(aws, live.id, changes);
    if (fieldsOf(changes).length > 0) await setDns(aws, live.id, spec);
  },

  async delete(aws, live) {
    await gone(aws.ec2.send(new DeleteVpcCommand({ VpcId: live.id })));
  },
});
