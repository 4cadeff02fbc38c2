/**
 * Serverless caches (ElastiCache API reference): available after some minutes, one change at a time, always encrypted. Without
 * a description AWS says a blank.
 */
import { type Params, Refusal, structure, text, texts } from '../call.ts';
import type { Stage } from '../lifecycle.ts';
import { arn, born, type Cache, chosen, type Scene, stateOf, under } from './store.ts';
import { checkUserGroups } from './user-groups.ts';
import { flag, listed, nameIn, needed, number, pageOf, tagsIn } from './wire.ts';

const MISSING = 'ServerlessCacheNotFoundFault';

const CREATING: Stage = { state: 'creating', seconds: [60, 180] };
const MODIFYING: Stage = { state: 'modifying', seconds: [30, 90] };
const DELETING: Stage = { state: 'deleting', seconds: [60, 120] };

/** The major versions of each engine. */
const MAJORS: Readonly<Record<string, readonly string[]>> = { valkey: ['7', '8'], redis: ['7'] };

const keyOf = (name: string): string => `elasticacheserverless-${name}`;

function shown(scene: Scene, cache: Cache): Params {
  const state = stateOf(scene, keyOf(cache.name)) ?? 'available';
  const host = `${cache.name}-sandbox.serverless.${scene.call.region}.cache.amazonaws.com`;
  const isServing = state === 'available' || state === 'modifying';
  return {
    ServerlessCacheName: cache.name,
    Description: cache.description,
    Status: state,
    Engine: cache.engine,
    MajorEngineVersion: cache.version,
    FullEngineVersion: `${cache.version}.1`,
    CacheUsageLimits: {
      ...(cache.maxStorage === undefined ? {} : { DataStorage: { Maximum: cache.maxStorage, Unit: 'GB' } }),
      ...(cache.maxECPU === undefined ? {} : { ECPUPerSecond: { Maximum: cache.maxECPU } }),
    },
    KmsKeyId: cache.kmsKey,
    SecurityGroupIds: cache.securityGroups,
    ...(isServing ? { Endpoint: { Address: host, Port: 6379 }, ReaderEndpoint: { Address: host, Port: 6380 } } : {}),
    ARN: cache.arn,
    UserGroupId: cache.userGroup,
    SubnetIds: [...cache.subnetIds].reverse(),
    SnapshotRetentionLimit: cache.retention,
    DailySnapshotTime: cache.snapshotTime,
  };
}

function limitsIn(params: Params): Pick<Cache, 'maxStorage' | 'maxECPU'> {
  const limits = structure(params, 'CacheUsageLimits');
  return {
    maxStorage: number(structure(limits, 'DataStorage'), 'Maximum'),
    maxECPU: number(structure(limits, 'ECPUPerSecond'), 'Maximum'),
  };
}

function checkVersion(engine: string, version: string): void {
  if (!MAJORS[engine]?.includes(version))
    throw new Refusal('InvalidParameterCombination', `${engine} ${version} is not available for serverless caches.`);
}

function idle(scene: Scene, params: Params): Cache {
  const name = needed(params, 'ServerlessCacheName');
  const [cache] = chosen(scene, scene.store.caches, name, MISSING);
  if (!cache) throw new Refusal(MISSING, `Serverless cache ${name} not found.`, 404);
  if (stateOf(scene, keyOf(cache.name)) !== undefined)
    throw new Refusal('InvalidServerlessCacheStateFault', `Serverless cache ${cache.name} is not available.`);
  return cache;
}

function checkUsers(scene: Scene, userGroup: string | undefined): void {
  if (userGroup !== undefined) checkUserGroups(scene, [userGroup]);
}

/** The calls. */
export const SERVERLESS = {
  CreateServerlessCache(scene: Scene, params: Params): Params {
    const name = nameIn(params, 'ServerlessCacheName', 40);
    if (scene.store.caches.has(name))
      throw new Refusal('ServerlessCacheAlreadyExistsFault', `Serverless cache ${name} already exists.`);
    const engine = needed(params, 'Engine');
    const version = text(params, 'MajorEngineVersion') ?? MAJORS[engine]?.at(-1) ?? '';
    checkVersion(engine, version);
    const userGroup = text(params, 'UserGroupId');
    checkUsers(scene, userGroup);
    const cache: Cache = {
      name,
      arn: arn(scene, 'serverlesscache', name),
      subnetIds: texts(params, 'SubnetIds'),
      kmsKey: text(params, 'KmsKeyId'),
      description: text(params, 'Description') ?? ' ',
      engine,
      version,
      securityGroups: texts(params, 'SecurityGroupIds'),
      userGroup,
      retention: number(params, 'SnapshotRetentionLimit') ?? 0,
      snapshotTime: text(params, 'DailySnapshotTime') ?? '04:00',
      ...limitsIn(params),
    };
    scene.store.caches.set(name, cache);
    under(scene, keyOf(name), [CREATING]);
    born(scene, cache.arn, tagsIn(params));
    return { ServerlessCache: shown(scene, cache) };
  },

  DescribeServerlessCaches(scene: Scene, params: Params): Params {
    const found = chosen(scene, scene.store.caches, text(params, 'ServerlessCacheName'), MISSING);
    const all = found.map((cache) => shown(scene, cache));
    return pageOf(scene, 'ServerlessCaches', all, ['MaxResults', 'NextToken']);
  },

  ModifyServerlessCache(scene: Scene, params: Params): Params {
    const cache = idle(scene, params);
    const engine = text(params, 'Engine') ?? cache.engine;
    const version = text(params, 'MajorEngineVersion') ?? cache.version;
    checkVersion(engine, version);
    const userGroup = text(params, 'UserGroupId');
    checkUsers(scene, userGroup);
    const limits = params.CacheUsageLimits === undefined ? {} : limitsIn(params);
    const next = {
      engine,
      version,
      ...limits,
      securityGroups: listed(params, 'SecurityGroupIds') ?? cache.securityGroups,
      userGroup: flag(params, 'RemoveUserGroup') === true ? undefined : (userGroup ?? cache.userGroup),
      retention: number(params, 'SnapshotRetentionLimit') ?? cache.retention,
      snapshotTime: text(params, 'DailySnapshotTime') ?? cache.snapshotTime,
    };
    cache.description = text(params, 'Description') ?? cache.description;
    under(scene, keyOf(cache.name), [MODIFYING], () => Object.assign(cache, next));
    return { ServerlessCache: shown(scene, cache) };
  },

  DeleteServerlessCache(scene: Scene, params: Params): Params {
    const cache = idle(scene, params);
    const name = text(params, 'FinalSnapshotName');
    const snapshots = scene.store.serverlessSnapshots;
    if (name !== undefined && snapshots.has(name))
      throw new Refusal('ServerlessCacheSnapshotAlreadyExistsFault', `Snapshot ${name} already exists.`);
    if (name !== undefined)
      snapshots.set(name, { name, arn: arn(scene, 'serverlesscachesnapshot', name), source: cache.name });
    under(scene, keyOf(cache.name), [DELETING], () => scene.store.caches.delete(cache.name));
    return { ServerlessCache: shown(scene, cache) };
  },

  DescribeServerlessCacheSnapshots(scene: Scene, params: Params): Params {
    const asked = text(params, 'ServerlessCacheSnapshotName');
    const found = chosen(scene, scene.store.serverlessSnapshots, asked, 'ServerlessCacheSnapshotNotFoundFault');
    const all = found.map(({ name, arn: ARN, source }) => ({
      ServerlessCacheSnapshotName: name,
      Status: stateOf(scene, keyOf(source)) === 'deleting' ? 'creating' : 'available',
      ServerlessCacheConfiguration: { ServerlessCacheName: source },
      ARN,
    }));
    return pageOf(scene, 'ServerlessCacheSnapshots', all, ['MaxResults', 'NextToken']);
  },
};
