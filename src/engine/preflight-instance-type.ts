/**
 * Whether AWS offers the servers' type in the zones where they stand. A tier in a network of its own is given zones that have
 * it; what remains to be asked is a type that is changed.
 */
import type { Aws } from '../aws/driver.ts';
import { type Zone, zonesOffering } from '../aws/lookups.ts';
import type { InstanceTypeDemand } from '../core/demand.ts';
import { InvalidSpec } from '../core/invalid.ts';
import { type Answers, judged } from './once.ts';
import type { Check, Where } from './preflight-check.ts';

const offerings: Answers<readonly Zone[]> = new Map();

/** Judges the zones that offer a type, which are looked up once. */
export function withOffering<T>(aws: Aws, name: string, judge: (zones: readonly Zone[]) => T): Promise<T> {
  return judged(offerings, `${aws.accountID} ${aws.region} ${name}`, () => zonesOffering(aws, name), judge);
}

/** Ids of the zones where servers stand. */
function zonesOf({ where, subnetIDs }: InstanceTypeDemand, { zones, subnets }: Where): readonly string[] {
  const all = subnetIDs ? subnetIDs.flatMap((id) => subnets.get(id)?.zone ?? []) : zones;
  const ids = [...new Set(all.map(({ id }) => id))];
  return where === 'first' ? ids.slice(0, 1) : ids;
}

function confirmIn(where: Where, demand: InstanceTypeDemand, offering: readonly Zone[]): void {
  const { field, name, subnetIDs } = demand;
  const needed = zonesOf(demand, where);
  const fit = needed.filter((id) => offering.some((zone) => zone.id === id));
  if (fit.length === needed.length) return;
  const found = fit.length > 0 ? `only ${fit.join(', ')}` : 'none';
  throw new InvalidSpec(
    `${field}: of the zones of this tier's servers, ${needed.join(', ')}, ${found} can have ${name}; choose another type${subnetIDs ? ' or other subnets' : ''}`,
  );
}

/** The check of instance types. */
export const instanceTypeCheck: Check<InstanceTypeDemand> = {
  textOf: ({ name, where, subnetIDs = [] }) => [name, where, ...subnetIDs].join(' '),
  async ask({ aws }, demand) {
    return {
      confirm: async (where) => {
        await withOffering(aws, demand.name, (offering) => confirmIn(where, demand, offering));
        return undefined;
      },
    };
  },
};
