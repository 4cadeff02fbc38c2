/**
 * Whether subnets that the user brought can hold what is to stand in them: there, of the VPC, in enough zones, reached from the
 * load balancer's, with room. Room is asked about as long as nothing stands; afterwards the tier itself is what takes it up.
 */
import { zonesOffering } from '../aws/lookups.ts';
import { type BroughtSubnet, subnetsByID } from '../aws/subnets.ts';
import type { SubnetsDemand } from '../core/demand.ts';
import { InvalidSpec } from '../core/invalid.ts';
import type { Check, Ground, Where } from './preflight-check.ts';

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

/** What is said of room, as long as nothing stands. */
function tooFull({ addressesInEach = 0, addresses = 0 }: SubnetsDemand, subnets: Subnets): readonly string[] {
  const full = subnets
    .filter(({ freeAddresses }) => freeAddresses < addressesInEach)
    .map(
      ({ id, freeAddresses }) =>
        `${id} has ${freeAddresses} free addresses, ${addressesInEach} are needed; make room or name another`,
    );
  const free = subnets.reduce((sum, { freeAddresses }) => sum + freeAddresses, 0);
  if (free >= addresses) return full;
  return [...full, `together they have ${free} free addresses, ${addresses} are needed; make room or add a subnet`];
}

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

async function notOffered(
  { aws }: Ground,
  { instanceType }: SubnetsDemand,
  subnets: Subnets,
): Promise<readonly string[]> {
  if (!instanceType) return [];
  const { name, where } = instanceType;
  const offering = new Set((await zonesOffering(aws, name)).map(({ id }) => id));
  return (where === 'first' ? subnets.slice(0, 1) : subnets)
    .filter(({ zone }) => !offering.has(zone.id))
    .map(({ id, zone }) => `zone ${zone.id} of ${id} does not offer ${name}; choose another type or subnet`);
}

function refuse(field: string, faults: readonly string[]): void {
  if (faults.length > 0) throw new InvalidSpec(`${field}: ${faults.join('; ')}`);
}

/** The check of subnets. */
export const subnetsCheck: Check<SubnetsDemand> = {
  textOf: ({ field: _, addresses: _all, addressesInEach: _each, ...demand }) => JSON.stringify(demand),
  async ask(ground, demand) {
    const { field, subnetIDs } = demand;
    const found = await subnetsByID(ground.aws, subnetIDs);
    const subnets = subnetIDs.flatMap((id) => found.get(id) ?? []);
    refuse(field, FAULTS.find((fault) => fault(demand, subnets).length > 0)?.(demand, subnets) ?? []);
    refuse(field, [...(ground.isNew ? tooFull(demand, subnets) : []), ...(await notOffered(ground, demand, subnets))]);
    return {
      confirm: (where) => {
        refuse(field, outOfReach(demand, subnets, where));
        return undefined;
      },
    };
  },
};
