/**
 * A NAT gateway: the way from subnets without public addresses to the internet. Everything about it is fixed when it is
 * made. Its address is a node of its own, which stays when the gateway goes; routes to it are the route table's business.
 */
import {
  CreateNatGatewayCommand,
  DeleteNatGatewayCommand,
  type NatGateway as Description,
  paginateDescribeNatGateways,
} from '@aws-sdk/client-ec2';
import { resource } from '../../aws/driver.ts';
import type { Health, Owned } from '../../core/kind.ts';
import { claimed, gone, PAGE, readPages, retag, tagSpecification } from './tagging.ts';

export interface NatGatewaySpec {
  readonly subnetId: string;
  /** The Elastic IP by which the world knows those behind it; a private gateway has none. */
  readonly allocationId?: string;
  readonly connectivityType: 'public' | 'private';
}

export interface NatGatewayAttributes {
  readonly natGatewayId: string;
}

const HOURS_PER_MONTH = 730;

const PHASES: Readonly<Record<string, Health['phase']>> = {
  pending: 'settling',
  available: 'ready',
  deleting: 'deleting',
  failed: 'failed',
};

function healthOf({ State: state = 'pending', FailureCode, FailureMessage }: Description): Health {
  const phase = PHASES[state] ?? 'settling';
  const reason = [FailureCode, FailureMessage].filter((part) => part !== undefined && part !== '').join(': ');
  return { state, phase, ...(phase === 'failed' && reason !== '' ? { reason } : {}) };
}

/** Nothing of one that is gone: AWS shows it for about an hour longer. */
function ownedOf(gateway: Description): Owned<NatGatewaySpec, NatGatewayAttributes> | undefined {
  const { NatGatewayId: natGatewayId = '', NatGatewayAddresses: addresses = [] } = gateway;
  if (gateway.State === 'deleted') return undefined;
  const main = addresses.find(({ IsPrimary }) => IsPrimary) ?? addresses[0];
  return {
    ...claimed(gateway.Tags),
    id: natGatewayId,
    spec: {
      subnetId: gateway.SubnetId ?? null,
      allocationId: main?.AllocationId ?? null,
      connectivityType: gateway.ConnectivityType ?? 'public',
    },
    attributes: { natGatewayId },
    health: healthOf(gateway),
  };
}

export const NatGateway = resource<NatGatewaySpec, NatGatewayAttributes>({
  type: 'ec2.nat-gateway',
  // An address serves one gateway at a time, so the old one goes first.
  rules: { subnetId: 'replace', allocationId: 'replace', connectivityType: 'replace' },
  replace: 'deleteFirst',
  settle: 3,
  cost: () => [{ rate: 'nat-gateway/hour', quantity: HOURS_PER_MONTH }],

  observe(aws, scope) {
    return readPages(
      scope,
      'nat-gateway-id',
      (Filter) => paginateDescribeNatGateways({ client: aws.ec2, pageSize: PAGE }, { Filter }),
      (page) => page.NatGateways?.flatMap((gateway) => ownedOf(gateway) ?? []),
    );
  },

  async create(aws, self, spec) {
    const { NatGateway: made } = await aws.ec2.send(
      new CreateNatGatewayCommand({
        SubnetId: spec.subnetId,
        AllocationId: spec.allocationId,
        ConnectivityType: spec.connectivityType,
        ClientToken: self.token,
        TagSpecifications: tagSpecification('natgateway', self),
      }),
    );
    const natGatewayId = made?.NatGatewayId ?? '';
    return { id: natGatewayId, attributes: { natGatewayId } };
  },

  async update(aws, live, _spec, changes) {
    await retag(aws, live.id, changes);
  },

  async delete(aws, live) {
    await gone(aws.ec2.send(new DeleteNatGatewayCommand({ NatGatewayId: live.id })));
  },
});
