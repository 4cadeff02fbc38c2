/** The VPC's way to the internet, its attachment included: a gateway that is not attached is not as asked. */
import {
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  DeleteInternetGatewayCommand,
  DetachInternetGatewayCommand,
  type InternetGateway as Gateway,
  paginateDescribeInternetGateways,
} from '@aws-sdk/client-ec2';
import { type Aws, resource } from '../../aws/driver.ts';
import { allOf } from '../../aws/pages.ts';
import type { Owned } from '../../core/kind.ts';
import { claimed, fieldsOf, gone, PAGE, readPages, retag, tagSpecification } from './tagging.ts';

export interface InternetGatewaySpec {
  readonly vpcId: string;
}

export interface InternetGatewayAttributes {
  readonly internetGatewayId: string;
}

/** A VPC that a gateway holds on to; one that is being let go does not count. */
const vpcOf = (gateway: Gateway): string | null =>
  gateway.Attachments?.find(({ State }) => State !== 'detached' && State !== 'detaching')?.VpcId ?? null;

async function readByID(aws: Aws, id: string): Promise<Gateway | undefined> {
  const pages = readPages(
    { by: 'ids', ids: [id] },
    'internet-gateway-id',
    (Filters) => paginateDescribeInternetGateways({ client: aws.ec2, pageSize: PAGE }, { Filters }),
    (page) => page.InternetGateways,
  );
  return (await allOf(pages))[0];
}

/** Reads before it writes: a repeated attachment is refused under the same code as one to a VPC that has another gateway. */
async function attach(aws: Aws, InternetGatewayId: string, VpcId: string): Promise<void> {
  const current = await readByID(aws, InternetGatewayId);
  const attached = current ? vpcOf(current) : null;
  if (attached === VpcId) return;
  if (attached !== null) {
    await gone(aws.ec2.send(new DetachInternetGatewayCommand({ InternetGatewayId, VpcId: attached })));
  }
  await aws.ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId, VpcId }));
}

function ownedOf(gateway: Gateway): Owned<InternetGatewaySpec, InternetGatewayAttributes> {
  const { InternetGatewayId: internetGatewayId = '' } = gateway;
  const vpcId = vpcOf(gateway);
  return {
    ...claimed(gateway.Tags),
    id: internetGatewayId,
    spec: { vpcId },
    attributes: { internetGatewayId },
    health: { state: vpcId === null ? 'detached' : 'attached', phase: 'ready' },
  };
}

export const InternetGateway = resource<InternetGatewaySpec, InternetGatewayAttributes>({
  type: 'ec2.internet-gateway',
  anonymous: true,
  settle: 1,

  observe(aws, scope) {
    return readPages(
      scope,
      'internet-gateway-id',
      (Filters) => paginateDescribeInternetGateways({ client: aws.ec2, pageSize: PAGE }, { Filters }),
      (page) => page.InternetGateways?.map(ownedOf),
    );
  },

  // The attachment is left to the next pass: an error there would lose the id of a gateway that cannot be made twice.
  async create(aws, self) {
    const { InternetGateway: made } = await aws.ec2.send(
      new CreateInternetGatewayCommand({ TagSpecifications: tagSpecification('internet-gateway', self) }),
    );
    const internetGatewayId = made?.InternetGatewayId ?? '';
    return { id: internetGatewayId, attributes: { internetGatewayId } };
  },

  async update(aws, live, spec, changes) {
    await retag(aws, live.id, changes);
    if (fieldsOf(changes).length > 0) await attach(aws, live.id, spec.vpcId);
  },

  async delete(aws, live) {
    const current = await readByID(aws, live.id);
    const VpcId = current ? vpcOf(current) : null;
    if (VpcId) await gone(aws.ec2.send(new DetachInternetGatewayCommand({ InternetGatewayId: live.id, VpcId })));
    await gone(aws.ec2.send(new DeleteInternetGatewayCommand({ InternetGatewayId: live.id })));
  },
});
