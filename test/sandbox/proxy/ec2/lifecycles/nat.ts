/**
 * A NAT gateway's life (VPC User Guide, "NAT gateway states"): pending → available, or → failed; deleting → deleted. It is
 * shown for about an hour after its end. Its address is free again when it is deleted, and stays the account's.
 */
import { text } from '../../call.ts';
import { begin, type Stage } from '../../lifecycle.ts';
import { descend, type Element, itemsOf, setText, textAt } from '../../xml.ts';
import { type Transition, transition } from '../transition.ts';
import { look, lookBy, type Scene } from '../view.ts';
import { failuresOf, NAT_GONE } from '../views/nat.ts';

const PENDING: Stage = { state: 'pending', seconds: [60, 150] };
const DELETING: Stage = { state: 'deleting', seconds: [30, 60] };
const DISAPPEARED: Stage = { state: NAT_GONE, seconds: [0, 0], least: Number.POSITIVE_INFINITY };

/** How long the end of a gateway is shown. */
const shown = (state: string): readonly Stage[] => [{ state, seconds: [3600, 3600], least: 60 }, DISAPPEARED];

const MESSAGES: Readonly<Record<string, string>> = {
  'Gateway.NotAttached': 'has no Internet gateway attached',
  InsufficientFreeAddressesInSubnet: 'Subnet has insufficient free addresses to create this NAT gateway',
  InternalError: 'Network interface was created and attached, but an internal error occurred',
};

/** The stand-in keeps address and interface of what is no more. */
async function release({ world, call }: Scene, gateway: Element): Promise<void> {
  for (const address of itemsOf(gateway, 'natGatewayAddressSet')) {
    const AssociationId = textAt(address, 'associationId');
    const NetworkInterfaceId = textAt(address, 'networkInterfaceId');
    if (AssociationId) await world.ask(call, 'DisassociateAddress', { AssociationId });
    if (NetworkInterfaceId) await world.ask(call, 'DeleteNetworkInterface', { NetworkInterfaceId });
  }
}

/** Why a gateway will fail; `undefined` when it will not. A fault rule may say so too. */
async function failureOf(scene: Scene, gateway: Element): Promise<string | undefined> {
  if (scene.call.trace.ending !== undefined) return scene.call.trace.ending;
  if (textAt(gateway, 'connectivityType') === 'private') return undefined;
  const vpc = textAt(gateway, 'vpcId') ?? '';
  const attached = await lookBy(scene, 'DescribeInternetGateways', 'attachment.vpc-id', vpc);
  return attached.length > 0 ? undefined : 'Gateway.NotAttached';
}

/** Creation, well or not, and the end. */
export const natTransitions: readonly Transition[] = [
  transition({
    operation: 'CreateNatGateway',
    async after(scene, answer) {
      const gateway = descend(answer, 'natGateway');
      if (!gateway) return;
      const id = textAt(gateway, 'natGatewayId') ?? '';
      const code = await failureOf(scene, gateway);
      begin(scene.world, scene.call, id, code === undefined ? [PENDING] : [PENDING, ...shown('failed')]);
      setText(gateway, 'state', 'pending');
      if (code === undefined) return;
      const message = MESSAGES[code] ?? 'the NAT gateway could not be created';
      failuresOf(scene).set(id, {
        code,
        message: code === 'Gateway.NotAttached' ? `Network ${textAt(gateway, 'vpcId')} ${message}` : message,
      });
      await release(scene, gateway);
    },
  }),
  transition({
    operation: 'DeleteNatGateway',
    before: (scene) => look(scene, 'DescribeNatGateways', { NatGatewayId: [text(scene.call.params, 'NatGatewayId')] }),
    async after(scene, _answer, gateways) {
      for (const gateway of gateways) {
        if (/^delet/.test(textAt(gateway, 'state') ?? '')) continue;
        const id = textAt(gateway, 'natGatewayId') ?? '';
        begin(scene.world, scene.call, id, [DELETING, ...shown('deleted')]);
        if (!failuresOf(scene).has(id)) await release(scene, gateway);
      }
    },
  }),
];
