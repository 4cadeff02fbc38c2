/**
 * Whether subnets that the user brought have room for what is to stand in them. It is asked as long as nothing stands;
 * afterwards the tier itself is what takes it up.
 */
import { type BroughtSubnet, subnetsByID } from '../aws/subnets.ts';
import type { RoomDemand } from '../core/demand.ts';
import { InvalidSpec } from '../core/invalid.ts';
import type { Check } from './preflight-check.ts';

/** One sentence about each subnet that is too full, and one about all of them, without the field. */
function tooFull(
  { addressesInEach = 0, addresses = 0 }: RoomDemand,
  subnets: readonly BroughtSubnet[],
): readonly string[] {
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

/** The check of room. How much is needed is no part of its text: a tier that grows has its servers' addresses already. */
export const roomCheck: Check<RoomDemand> = {
  forBuilding: true,
  textOf: ({ subnetIDs }) => subnetIDs.join(' '),
  async ask({ aws, standing }, demand) {
    if (standing.size > 0) return {};
    const { field, subnetIDs } = demand;
    const found = await subnetsByID(aws, subnetIDs);
    const faults = tooFull(
      demand,
      subnetIDs.flatMap((id) => found.get(id) ?? []),
    );
    if (faults.length > 0) throw new InvalidSpec(`${field}: ${faults.join('; ')}`);
    return {};
  },
};
