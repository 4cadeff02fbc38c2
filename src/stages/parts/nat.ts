/**
 * NAT gateways: the way out for servers without public addresses, each with an address that stays when the gateway is made
 * anew. One for each zone costs the most and loses no zone with another; one for all is cheaper. Routes are the network's.
 */
import type { GraphBuilder } from '../../core/graph.ts';
import type { Ref } from '../../core/ref.ts';
import { Address, type AddressSpec } from '../../resources/ec2/address.ts';
import { NatGateway } from '../../resources/ec2/nat-gateway.ts';
import { letterOf } from './addresses.ts';

/** How many there are. */
export type NatMode = 'None' | 'Single' | 'PerZone';

/** Adds the gateways and answers with the id of the one that each zone goes through, in the zones' order; nothing where there is none. */
export function natGateways(
  g: GraphBuilder,
  mode: NatMode,
  {
    internetGatewayId,
    publicSubnetIds,
  }: { readonly internetGatewayId: Ref<string>; readonly publicSubnetIds: readonly Ref<string>[] },
): readonly Ref<string>[] {
  if (mode === 'None') return [];
  const ids = publicSubnetIds.slice(0, mode === 'Single' ? 1 : undefined).map((subnetId, index) => {
    const letter = letterOf(index);
    const free: AddressSpec = {};
    const address = g.add(Address, `nat-${letter}`, free);
    const allocationId = address.ref('allocationId');
    const wanted = { subnetId, allocationId, connectivityType: 'public' } as const;
    // AWS makes none in a network that has no way out itself.
    return g.add(NatGateway, letter, wanted, { after: [internetGatewayId] }).ref('natGatewayId');
  });
  return publicSubnetIds.flatMap((_, index) => ids[index] ?? ids[0] ?? []);
}
