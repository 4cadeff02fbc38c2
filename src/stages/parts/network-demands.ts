/**
 * What a network that the user brought must have, to be confirmed before anything is built. What is to stand in which of its
 * subnets is said by the stage.
 */
import type { TierSpec } from '../../api/types.ts';
import type { Demand, SecurityGroupDemand, SubnetsDemand } from '../../core/demand.ts';

type Wants = Pick<
  SubnetsDemand,
  'onePerZone' | 'longestPrefix' | 'addressesInEach' | 'addresses' | 'instanceType' | 'reachedFrom'
> & { readonly zones?: number };

/** What is wanted of each sort of subnet. */
export interface SubnetWants {
  readonly public?: Wants;
  readonly app?: Wants;
  readonly data?: Wants;
}

/** A lone server stands in the first public subnet. */
export const loneServer = ({ compute }: TierSpec): Wants => ({
  addressesInEach: 1,
  instanceType: { name: compute.instanceType, where: 'first' },
});

/** Nothing, where the network is the tier's own. */
export function networkDemands({ network: { byo } }: TierSpec, wants: SubnetWants): readonly Demand[] {
  if (!byo) return [];
  const { vpcID, securityGroupIDs = {} } = byo;
  const subnets = (name: 'public' | 'app' | 'data'): SubnetsDemand => ({
    sort: 'subnets',
    field: `spec.network.byo.${name}SubnetIDs`,
    vpcID,
    subnetIDs: byo[`${name}SubnetIDs`],
    zones: 1,
    ...wants[name],
  });
  const groups = Object.entries(securityGroupIDs).map(
    ([name, id]): SecurityGroupDemand => ({
      sort: 'securityGroup',
      field: `spec.network.byo.securityGroupIDs.${name}`,
      vpcID,
      id,
    }),
  );
  return [subnets('public'), subnets('app'), subnets('data'), ...groups];
}

/** What a tier's network is made of first must be allowed. */
export function networkRights({ network: { byo } }: TierSpec): readonly Demand[] {
  if (!byo) return [{ sort: 'permission', action: 'CreateVpc', node: 'ec2.vpc/main' }];
  const { vpcID, securityGroupIDs: { app } = {} } = byo;
  if (app !== undefined) return [];
  return [{ sort: 'permission', action: 'CreateSecurityGroup', node: 'ec2.security-group/app', vpcID }];
}
