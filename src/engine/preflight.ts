/**
 * What is asked of AWS before the first write of a tier, or of a change that wants something else: whether it offers what the
 * spec names, where the tier is to stand. What was offered is kept in the status and not asked again: an offer that AWS ends
 * must not stop a tier that stands. It writes nothing.
 */
import type { Aws } from '../aws/driver.ts';
import type { Zone } from '../aws/lookups.ts';
import { type DatabaseOffer, databaseOffers } from '../aws/offers.ts';
import type { DatabaseDemand } from '../core/facts.ts';
import { InvalidSpec } from '../core/invalid.ts';
import { type Answers, once } from './once.ts';

/** What AWS offers of a demand. */
interface Offered {
  readonly demand: DatabaseDemand;
  readonly zoneNames: ReadonlySet<string>;
}

/** The databases of a tier, as far as AWS must offer them. */
export interface DatabaseCheck {
  /** What is asked for, as text; absent when the stage has no database on RDS. */
  readonly offer?: string;
  /** Names of the zones in which the database can be; absent when nothing was asked. */
  readonly zoneNames?: ReadonlySet<string>;
  /** Fails with `InvalidSpec` when the database cannot be where the tier is to stand. */
  readonly confirm: (zones: readonly Zone[]) => void;
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

async function offerOf(aws: Aws, demand: DatabaseDemand): Promise<Offered> {
  const { engine, instanceClass } = demand;
  const question = `${aws.accountID} ${aws.region} ${engine} ${instanceClass}`;
  const all = await once(offers, question, () => databaseOffers(aws, engine, instanceClass));
  try {
    return judge(aws, demand, all);
  } catch (error) {
    // What is not on offer today may be tomorrow.
    offers.delete(question);
    throw error;
  }
}

/** RDS puts an instance, and its standby, into zones of the tier that have its class. */
function confirmIn(zones: readonly Zone[], { demand, zoneNames }: Offered): void {
  const { field, instanceClass, multiAZ } = demand;
  const fit = zones.filter(({ name }) => zoneNames.has(name)).map(({ id }) => id);
  const least = multiAZ ? 2 : 1;
  if (fit.length >= least) return;
  const where = fit.length > 0 ? `only ${fit.join(', ')}` : 'none';
  throw new InvalidSpec(
    `${field}: of the zones of this tier, ${zones.map(({ id }) => id).join(', ')}, ${where} can have ${instanceClass}, and ${least} must; choose another class${multiAZ ? ' or set multiAZ to false' : ''}`,
  );
}

/** Asks what AWS offers of a tier's databases, unless what is asked for was offered before and the zones stay the same. */
export async function checkDatabases(
  aws: Aws,
  demands: readonly DatabaseDemand[],
  { known, moving }: { readonly known: string | undefined; readonly moving: boolean },
): Promise<DatabaseCheck> {
  if (demands.length === 0) return { confirm: () => undefined };
  const offer = demands.map(textOf).join('; ');
  if (offer === known && !moving) return { offer, confirm: () => undefined };
  const offered = await Promise.all(demands.map((demand) => offerOf(aws, demand)));
  return {
    offer,
    // Copies go where they find room; it is the database that zones are chosen for.
    ...(offered[0] ? { zoneNames: offered[0].zoneNames } : {}),
    confirm: (zones) => {
      for (const one of offered) confirmIn(zones, one);
    },
  };
}
