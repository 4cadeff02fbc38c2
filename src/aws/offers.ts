/**
 * What AWS offers in an account and region beyond what stands there: classes and versions of databases, and where. What is to
 * be made of it is the business of whoever asks.
 */
import { type OrderableDBInstanceOption, paginateDescribeOrderableDBInstanceOptions } from '@aws-sdk/client-rds';
import type { Aws } from './driver.ts';
import { classify } from './errors.ts';

/** One version of an engine that can be had with a class of instance. */
export interface DatabaseOffer {
  readonly version: string;
  /** The account's own names of the zones that have it. */
  readonly zoneNames: readonly string[];
  /** Whether it can have a standby. */
  readonly multiAZ: boolean;
}

/** AWS lists each version once for every sort of storage. */
function merged(options: readonly OrderableDBInstanceOption[]): readonly DatabaseOffer[] {
  const offers = new Map<string, DatabaseOffer>();
  for (const { EngineVersion: version, AvailabilityZones = [], MultiAZCapable = false } of options) {
    if (version === undefined) continue;
    const known = offers.get(version);
    const names = [...(known?.zoneNames ?? []), ...AvailabilityZones.flatMap(({ Name }) => Name ?? [])];
    const multiAZ = (known?.multiAZ ?? false) || MultiAZCapable;
    offers.set(version, { version, zoneNames: [...new Set(names)].sort(), multiAZ });
  }
  return [...offers.values()];
}

/** Versions of an engine that can be had with this class in a VPC; none when the region does not know the class. */
export async function databaseOffers(
  aws: Aws,
  engine: string,
  instanceClass: string,
): Promise<readonly DatabaseOffer[]> {
  const pages = paginateDescribeOrderableDBInstanceOptions(
    { client: aws.rds, pageSize: 100 },
    { Engine: engine, DBInstanceClass: instanceClass, Vpc: true },
  );
  try {
    const options: OrderableDBInstanceOption[] = [];
    for await (const page of pages) options.push(...(page.OrderableDBInstanceOptions ?? []));
    return merged(options);
  } catch (error) {
    const { class: sort } = classify(error);
    if (sort === 'invalid' || sort === 'notFound') return [];
    throw error;
  }
}
