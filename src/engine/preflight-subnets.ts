/**
 * Whether subnets that the user brought can be stood in: there, of the VPC, in enough zones, reached from the load balancer's.
 * Whether they have room is another question.
 */
import { type BroughtSubnet, subnetsByID } from '../aws/subnets.ts';
import type { SubnetsDemand } from '../core/demand.ts';
import { InvalidSpec } from '../core/invalid.ts';
import type { Check, Where } from './preflight-check.ts';

type Subnets = readonly BroughtSubnet[];

const zoneIDs = (subnets: Subnets): readonly string[] => subnets.map(({ zone }) => zone.id);

/** One sentence about each thing that is wrong, without the field; one list for each sort of fault. */
const FAULTS: readonly ((demand: SubnetsDemand, subnets: Subnets) => readonly string[])[] = [
  ({ subnetIDs }, subnets) =>
    subnetIDs
      .filter((id) => !subnets.some((subnet) => subnet.id === id))
      .map((id) => `there is no subnet ${id}; correct the id`),
  ({ vpcID }, subnets) =>
    subnets
      .filter((subnet) => subnet.vpcID !== vpcID)
      .map((subnet) => `${subnet.id} belongs to ${subnet.vpcID}, not to ${vpcID}; name a subnet of that VPC`),
  (_, subnets) =>
    subnets.filter(({ isAvailable }) => !isAvailable).map(({ id }) => `${id} is not available; wait or name another`),
  ({ zones }, subnets) => {
    const all = [...new Set(zoneIDs(subnets))];
    return all.length >= zones ? [] : [`they lie in ${all.join(', ')}; ${zones} zones are needed, name one of another`];
  },
  ({ onePerZone }, subnets) =>
    onePerZone
      ? subnets
          .filter(({ zone }, index) => zoneIDs(subnets).indexOf(zone.id) < index)
          .map(({ id, zone }) => `${id} is the second in zone ${zone.id}, a load balancer has one in each; take it out`)
      : [],
  ({ longestPrefix = 32 }, subnets) =>
    subnets
      .filter(({ prefix }) => prefix > longestPrefix)
      .map(
        ({ id, prefix }) => `${id} is a /${prefix}, a load balancer needs a /${longestPrefix} or larger; name another`,
      ),
];

function outOfReach({ reachedFrom }: SubnetsDemand, subnets: Subnets, where: Where): readonly string[] {
  if (!reachedFrom) return [];
  const reached = new Set(reachedFrom.subnetIDs.flatMap((id) => where.subnets.get(id)?.zone.id ?? []));
  return subnets
    .filter(({ zone }) => !reached.has(zone.id))
    .map(
      ({ id, zone }) =>
        `${id} lies in zone ${zone.id}, where ${reachedFrom.field} has none: the load balancer would not reach servers there; add one`,
    );
}

function refuse(field: string, faults: readonly string[]): void {
  if (faults.length > 0) throw new InvalidSpec(`${field}: ${faults.join('; ')}`);
}

/** The check of subnets. */
export const subnetsCheck: Check<SubnetsDemand> = {
  textOf: ({ field: _, ...demand }) => JSON.stringify(demand),
  async ask({ aws }, demand) {
    const { field, subnetIDs } = demand;
    const found = await subnetsByID(aws, subnetIDs);
    const subnets = subnetIDs.flatMap((id) => found.get(id) ?? []);
    refuse(field, FAULTS.find((fault) => fault(demand, subnets).length > 0)?.(demand, subnets) ?? []);
    return {
      confirm: (where) => {
        refuse(field, outOfReach(demand, subnets, where));
        return undefined;
      },
    };
  },
};
