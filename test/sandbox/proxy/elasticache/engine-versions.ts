/** Versions of engines (ElastiCache User Guide, "Supported engines and versions"). */
import { type Params, Refusal, text } from '../call.ts';
import { familyOf } from './parameter-groups.ts';
import type { Scene } from './store.ts';
import { pageOf } from './wire.ts';

const VERSIONS: Readonly<Record<string, readonly string[]>> = {
  redis: ['6.2', '7.0', '7.1'],
  valkey: ['7.2', '8.0', '8.1'],
};

/** A version as nodes run it; refuses one that there is not. */
export function versionOf(engine: string, version: string | undefined): string {
  const known = VERSIONS[engine];
  if (!known) throw new Refusal('InvalidParameterValue', `Invalid engine: ${engine}`);
  const found =
    version === undefined ? known.at(-1) : known.find((one) => version === one || version.startsWith(`${one}.`));
  if (found === undefined)
    throw new Refusal('InvalidParameterCombination', `Cannot find version ${version} for ${engine}`);
  return `${found}.0`;
}

/** The calls. */
export const ENGINE_VERSIONS = {
  DescribeCacheEngineVersions(scene: Scene, params: Params): Params {
    const engine = text(params, 'Engine');
    const found = Object.entries(VERSIONS).flatMap(([Engine, versions]) =>
      Engine === engine || engine === undefined
        ? versions.map((EngineVersion) => ({
            Engine,
            EngineVersion,
            CacheParameterGroupFamily: familyOf(Engine, EngineVersion),
          }))
        : [],
    );
    return pageOf(scene, 'CacheEngineVersions', found);
  },
};
