/** A gateway endpoint: the free way from the VPC's route tables to an AWS service. Interface endpoints are another kind. */
import {
  CreateVpcEndpointCommand,
  DeleteVpcEndpointsCommand,
  type VpcEndpoint as Description,
  ModifyVpcEndpointCommand,
  paginateDescribeVpcEndpoints,
} from '@aws-sdk/client-ec2';
import { type Aws, resource } from '../../aws/driver.ts';
import type { Health, Owned } from '../../core/kind.ts';
import { claimed, fieldsOf, gone, PAGE, readPages, retag, tagSpecification } from './tagging.ts';

export interface VpcEndpointSpec {
  readonly vpcId: string;
  /** `com.amazonaws.us-east-1.s3`. */
  readonly serviceName: string;
  readonly routeTableIds: readonly string[];
}

export interface VpcEndpointAttributes {
  readonly vpcEndpointId: string;
}

const PHASES: Readonly<Record<string, Health['phase']>> = {
  available: 'ready',
  deleting: 'deleting',
  failed: 'failed',
  rejected: 'failed',
  expired: 'failed',
};

/** This call answers success and lists its failures inside. */
async function remove(aws: Aws, id: string): Promise<void> {
  const { Unsuccessful = [] } = await aws.ec2.send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [id] }));
  const failure = Unsuccessful[0]?.Error;
  if (failure)
    throw Object.assign(new Error(`delete ${id}: ${failure.Message}`), { name: failure.Code ?? 'Unsuccessful' });
}

/** Nothing of one that is gone. */
function ownedOf(endpoint: Description): Owned<VpcEndpointSpec, VpcEndpointAttributes> | undefined {
  const { VpcEndpointId: vpcEndpointId = '' } = endpoint;
  // The model's words are capitalised, the service's are not.
  const state = String(endpoint.State ?? 'pending').toLowerCase();
  if (state === 'deleted') return undefined;
  return {
    ...claimed(endpoint.Tags),
    id: vpcEndpointId,
    spec: {
      vpcId: endpoint.VpcId ?? null,
      serviceName: endpoint.ServiceName ?? null,
      routeTableIds: endpoint.RouteTableIds ?? [],
    },
    attributes: { vpcEndpointId },
    health: { state, phase: PHASES[state] ?? 'settling' },
  };
}

export const VpcEndpoint = resource<VpcEndpointSpec, VpcEndpointAttributes>({
  type: 'ec2.vpc-endpoint',
  rules: { vpcId: 'replace', serviceName: 'replace', routeTableIds: 'unordered' },

  observe(aws, scope) {
    return readPages(
      scope,
      'vpc-endpoint-id',
      (Filters) => paginateDescribeVpcEndpoints({ client: aws.ec2, pageSize: PAGE }, { Filters }),
      (page) => page.VpcEndpoints?.flatMap((endpoint) => ownedOf(endpoint) ?? []),
    );
  },

  async create(aws, self, spec) {
    const { VpcEndpoint: made } = await aws.ec2.send(
      new CreateVpcEndpointCommand({
        VpcEndpointType: 'Gateway',
        VpcId: spec.vpcId,
        ServiceName: spec.serviceName,
        RouteTableIds: [...spec.routeTableIds],
        ClientToken: self.token,
        TagSpecifications: tagSpecification('vpc-endpoint', self),
      }),
    );
    const vpcEndpointId = made?.VpcEndpointId ?? '';
    return { id: vpcEndpointId, attributes: { vpcEndpointId } };
  },

  async update(aws, live, spec, changes) {
    await retag(aws, live.id, changes);
    if (fieldsOf(changes).length === 0) return;
    const now = live.spec.routeTableIds ?? [];
    const AddRouteTableIds = spec.routeTableIds.filter((id) => !now.includes(id));
    const RemoveRouteTableIds = now.filter((id) => !spec.routeTableIds.includes(id));
    await aws.ec2.send(new ModifyVpcEndpointCommand({ VpcEndpointId: live.id, AddRouteTableIds, RemoveRouteTableIds }));
  },

  async delete(aws, live) {
    await gone(remove(aws, live.id));
  },
});
