/**
 * Whether AWS offers a database: its class, its version, a standby, and that in the zones where the tier is to stand. It writes
 * nothing.
 */
import type { Aws } from '../aws/driver.ts';
import type { Zone } from '../aws/lookups.ts';
import { type DatabaseOffer, databaseOffers } from '../aws/offers.ts';
import type { DatabaseDemand } from '../core/demand.ts';
import { InvalidSpec } from '../core/invalid.ts';
import { type Answers, judged } from './once.ts';
import type { Check, Where } from './preflight-check.ts';

/** What AWS offers of a demand. */
interface Offered {
  readonly demand: DatabaseDemand;
  readonly zoneNames: ReadonlySet<string>;
}

const textOf = ({ engine, version, instanceClass, multiAZ }: DatabaseDemand): string =>
  `${engine} ${version} ${instanceClass}${multiAZ ? ' Multi-AZ' : ''}`;

const isLike = ({ version }: DatabaseOffer, asked: string): boolean =>
  version === asked || version.startsWith(`${asked}.`);

const newestFirst = (versions: readonly string[]): readonly string[] =>
  versions.toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true }));

function judge(aws: Aws, demand: DatabaseDemand, all: readonly DatabaseOffer[]): Offered {
  const { field, versionField, engine, version, instanceClass, multiAZ } = demand;
  if (all.length === 0) {
    throw new InvalidSpec(
      `${field}: ${aws.region} does not offer ${instanceClass} for ${engine}; choose a class that it has`,
    );
  }
  const found = all.filter((offer) => isLike(offer, version));
  if (found.length === 0) {
    const versions = newestFirst(all.map((offer) => offer.version)).slice(0, 12);
    throw new InvalidSpec(
      `${versionField}: ${aws.region} does not offer ${engine} ${version} with ${instanceClass}; versions that it offers: ${versions.join(', ')}`,
    );
  }
  if (multiAZ && !found.some((offer) => offer.multiAZ)) {
    throw new InvalidSpec(
      `${field}: ${instanceClass} cannot have a standby in ${aws.region}; set multiAZ to false or choose another class`,
    );
  }
  return { demand, zoneNames: new Set(found.flatMap(({ zoneNames }) => zoneNames)) };
}

const offers: Answers<readonly DatabaseOffer[]> = new Map();

function offerOf(aws: Aws, demand: DatabaseDemand): Promise<Offered> {
  const { engine, instanceClass } = demand;
  const question = `${aws.accountID} ${aws.region} ${engine} ${instanceClass}`;
  const ask = () => databaseOffers(aws, engine, instanceClass);
  return judged(offers, question, ask, (all) => judge(aws, demand, all));
}

/** The zones in which it may stand: of the tier, or of the subnets that were brought for it. */
function zonesFor({ subnetIDs }: DatabaseDemand, { zones, subnets }: Where): readonly Zone[] {
  if (!subnetIDs) return zones;
  const found = subnetIDs.flatMap((id) => subnets.get(id)?.zone ?? []);
  return [...new Map(found.map((zone) => [zone.id, zone])).values()];
}

/** RDS puts an instance, and its standby, into zones of the tier that have its class. */
function confirmIn(where: Where, { demand, zoneNames }: Offered): void {
  const { field, instanceClass, multiAZ } = demand;
  const zones = zonesFor(demand, where);
  const fit = zones.filter(({ name }) => zoneNames.has(name)).map(({ id }) => id);
  const least = multiAZ ? 2 : 1;
  if (fit.length >= least) return;
  const found = fit.length > 0 ? `only ${fit.join(', ')}` : 'none';
  throw new InvalidSpec(
    `${field}: of the zones of this tier, ${zones.map(({ id }) => id).join(', ')}, ${found} can have ${instanceClass}, and ${least} must; choose another class${multiAZ ? ' or set multiAZ to false' : ''}`,
  );
}

/** The check of databases. */
export const databaseCheck: Check<DatabaseDemand> = {
  isOffer: true,
  textOf,
  async ask({ aws }, demand) {
    const offered = await offerOf(aws, demand);
    return {
      // Where subnets are given there is nothing to choose.
      ...(demand.subnetIDs ? {} : { zoneNames: offered.zoneNames }),
      confirm: (where) => {
        confirmIn(where, offered);
        return undefined;
      },
    };
  },
};
