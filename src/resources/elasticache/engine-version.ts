/** Which version of an engine is made when only the major one is asked for: the newest that the region has. */
import { paginateDescribeCacheEngineVersions } from '@aws-sdk/client-elasticache';
import type { Aws } from '../../aws/driver.ts';
import { InvalidSpec } from '../../core/invalid.ts';
import { PAGE } from './tagging.ts';

const numbers = (version: string): readonly number[] => version.split('.').map(Number);

function isNewer(one: string, other: string): boolean {
  const [a, b] = [numbers(one), numbers(other)];
  const place = a.findIndex((number, index) => number !== (b[index] ?? 0));
  return place >= 0 && (a[place] ?? 0) > (b[place] ?? 0);
}

/** The newest version of an engine's major one; fails with `InvalidSpec` when the region has none. */
export async function newestVersion(aws: Aws, Engine: string, major: string): Promise<string> {
  let newest: string | undefined;
  const pages = paginateDescribeCacheEngineVersions({ client: aws.elastiCache, pageSize: PAGE }, { Engine });
  for await (const { CacheEngineVersions = [] } of pages) {
    for (const { EngineVersion: version = '' } of CacheEngineVersions) {
      const fits = version.split('.', 1)[0] === major;
      if (fits && (newest === undefined || isNewer(version, newest))) newest = version;
    }
  }
  if (newest !== undefined) return newest;
  throw new InvalidSpec(
    `spec.cache.engineVersion: ${aws.region} offers no ${Engine} ${major}; choose a version that it has`,
  );
}
