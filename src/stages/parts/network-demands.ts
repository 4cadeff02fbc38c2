/**
 * What a network that the user brought must have, to be confirmed before anything is built. What is to stand in which of its
 * subnets is said by the stage.
 */
import type { BringYourOwn, TierSpec } from '../../api/types.ts';
import type { Demand, InstanceTypeDemand, RoomDemand, SecurityGroupDemand, SubnetsDemand } from '../../core/demand.ts';

type Room = Pick<RoomDemand, 'addressesInEach' | 'addresses'>;

type Wants = Pick<SubnetsDemand, 'onePerZone' | 'longestPrefix' | 'reachedFrom'> & {
  readonly zones?: number;
  readonly room?: Room;
};

/** What is wanted of each sort of subnet. */
export interface SubnetWants {
  readonly public?: Wants;
  readonly app?: Wants;
  readonly data?: Wants;
}

/** A lone server stands in the first public subnet. */
export const LONE_SERVER: Wants = { room: { addressesInEach: 1 } };

/** The type of a lone server, which has the first zone whatever is added, or of a fleet, which stands in each. */
export function instanceTypeDemand(
  { compute, network: { byo } }: TierSpec,
  where: InstanceTypeDemand['where'],
): InstanceTypeDemand {
  const subnetIDs = where === 'first' ? byo?.publicSubnetIDs.slice(0, 1) : byo?.appSubnetIDs;
  return {
    sort: 'instanceType',
    field: 'spec.compute.instanceType',
    name: compute.instanceType,
    where,
    ...(subnetIDs ? { subnetIDs } : {}),
  };
}

const NAMES = ['public', 'app', 'data'] as const;

const listOf = (byo: BringYourOwn, name: (typeof NAMES)[number]) => ({
  field: `spec.network.byo.${name}SubnetIDs`,
  subnetIDs: byo[`${name}SubnetIDs`],
});

/** Nothing, where the network is the tier's own. */
export function networkDemands({ network: { byo } }: TierSpec, wants: SubnetWants): readonly Demand[] {
  if (!byo) return [];
  const { vpcID, securityGroupIDs = {} } = byo;
  const subnets = (name: (typeof NAMES)[number]): SubnetsDemand => {
    const { room: _, ...wanted } = wants[name] ?? {};
    return { sort: 'subnets', ...listOf(byo, name), vpcID, zones: 1, ...wanted };
  };
  const rooms = NAMES.flatMap((name): readonly RoomDemand[] => {
    const room = wants[name]?.room;
    return room ? [{ sort: 'room', ...listOf(byo, name), ...room }] : [];
  });
  const groups = Object.entries(securityGroupIDs).map(
    ([name, id]): SecurityGroupDemand => ({
      sort: 'securityGroup',
      field: `spec.network.byo.securityGroupIDs.${name}`,
      vpcID,
      id,
    }),
  );
  return [...NAMES.map(subnets), ...groups, ...rooms];
}

/** What a tier's network is made of first must be allowed. */
export function networkRights({ network: { byo } }: TierSpec): readonly Demand[] {
  if (!byo) return [{ sort: 'permission', action: 'CreateVpc', node: 'ec2.vpc/main' }];
  const { vpcID, securityGroupIDs: { app } = {} } = byo;
  if (app !== undefined) return [];
  return [{ sort: 'permission', action: 'CreateSecurityGroup', node: 'ec2.security-group/app', vpcID }];
}
