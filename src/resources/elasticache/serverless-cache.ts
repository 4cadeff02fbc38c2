/**
 * A cache without nodes: it grows and shrinks with its use, up to the limits it is given. It is always encrypted, at rest and
 * on the way. Its description says whose it is.
 */
import {
  type CacheUsageLimits,
  CreateServerlessCacheCommand,
  DeleteServerlessCacheCommand,
  DescribeServerlessCachesCommand,
  type ServerlessCache as Description,
  ModifyServerlessCacheCommand,
  paginateDescribeServerlessCaches,
} from '@aws-sdk/client-elasticache';
import { type Aws, resource, type Scope } from '../../aws/driver.ts';
import { describeClaim } from '../../aws/ownership.ts';
import type { Health, Owned } from '../../core/kind.ts';
import { gone } from '../ec2/tagging.ts';
import { ifExists } from '../existing.ts';
import { inScope } from '../scope.ts';
import { fieldsChanged, ownerChanged, tagList } from '../tag-changes.ts';
import { finalSnapshotName, finalSnapshotOf, finalSnapshotTags, noteFinalSnapshot } from './final-snapshot.ts';
import { arnOf, described, inFull, retag } from './tagging.ts';

export interface ServerlessCacheSpec {
  /** In lower case, at most 40 characters, unique in the account and region. */
  readonly name: string;
  readonly description: string;
  readonly engine: 'valkey' | 'redis';
  readonly majorEngineVersion: string;
  /** The most that it may hold; without it: AWS's own limit. */
  readonly maxDataStorageGB?: number;
  readonly maxECPUPerSecond?: number;
  readonly securityGroupIds: readonly string[];
  readonly subnetIds: readonly string[];
  readonly userGroupId: string | null;
  /** Days that daily snapshots are kept; 0: there are none. */
  readonly snapshotRetentionLimit: number;
  /** `05:00`, UTC. */
  readonly dailySnapshotTime?: string;
  /** ARN, as AWS returns it; without it: the service's own key. */
  readonly kmsKeyId?: string;
  /** How the name of the snapshot starts that is made when it is deleted; none is made without it. */
  readonly finalSnapshotName?: string | null;
}

export interface ServerlessCacheAttributes {
  readonly name: string;
  readonly arn: string;
  readonly endpoint?: string;
  readonly readerEndpoint?: string;
  readonly port?: number;
}

/** The most of one page. */
const PAGE = 50;

const PHASES: Readonly<Record<string, Health['phase']>> = {
  available: 'ready',
  'create-failed': 'failed',
  deleting: 'deleting',
};

type Observed = Owned<ServerlessCacheSpec, ServerlessCacheAttributes>;

async function* cachesIn(aws: Aws, scope: Scope): AsyncIterable<readonly Description[]> {
  if (scope.by !== 'ids') {
    const pages = paginateDescribeServerlessCaches({ client: aws.elastiCache, pageSize: PAGE }, {});
    for await (const { ServerlessCaches = [] } of pages) yield ServerlessCaches;
    return;
  }
  for (const ServerlessCacheName of scope.ids) {
    const answer = await ifExists(aws.elastiCache.send(new DescribeServerlessCachesCommand({ ServerlessCacheName })));
    yield answer?.ServerlessCaches ?? [];
  }
}

function specOf(cache: Description): Observed['spec'] {
  const { CacheUsageLimits: limits = {} } = cache;
  return {
    name: cache.ServerlessCacheName ?? null,
    description: described(cache.Description).description,
    engine: (cache.Engine?.toLowerCase() ?? null) as ServerlessCacheSpec['engine'] | null,
    majorEngineVersion: cache.MajorEngineVersion ?? null,
    maxDataStorageGB: limits.DataStorage?.Maximum ?? null,
    maxECPUPerSecond: limits.ECPUPerSecond?.Maximum ?? null,
    securityGroupIds: cache.SecurityGroupIds ?? [],
    userGroupId: cache.UserGroupId ?? null,
    snapshotRetentionLimit: cache.SnapshotRetentionLimit ?? 0,
    dailySnapshotTime: cache.DailySnapshotTime ?? null,
    kmsKeyId: cache.KmsKeyId ?? null,
  };
}

function ownedOf(cache: Description): Observed {
  const { ServerlessCacheName: name = '', ARN: arn = '', Status: state = 'unknown', Endpoint, ReaderEndpoint } = cache;
  return {
    ...described(cache.Description).claim,
    id: name,
    spec: specOf(cache),
    attributes: {
      name,
      arn,
      ...(Endpoint?.Address ? { endpoint: Endpoint.Address } : {}),
      ...(ReaderEndpoint?.Address ? { readerEndpoint: ReaderEndpoint.Address } : {}),
      ...(Endpoint?.Port ? { port: Endpoint.Port } : {}),
    },
    health: { state: state.toLowerCase(), phase: PHASES[state.toLowerCase()] ?? 'settling' },
  };
}

/** What the tags say of it, where they were read. */
function withSnapshot(cache: Observed): Observed {
  if (!cache.tags) return cache;
  const leaves = finalSnapshotName(cache);
  const spec = { ...cache.spec, ...finalSnapshotOf({ tags: cache.tags, health: cache.health }) };
  return { ...cache, spec, ...(leaves ? { leaves } : {}) };
}

/** Both limits at once: what is left out of a call has none afterwards. */
function limitsOf({ maxDataStorageGB, maxECPUPerSecond }: ServerlessCacheSpec): CacheUsageLimits | undefined {
  if (maxDataStorageGB === undefined && maxECPUPerSecond === undefined) return undefined;
  return {
    ...(maxDataStorageGB === undefined ? {} : { DataStorage: { Maximum: maxDataStorageGB, Unit: 'GB' as const } }),
    ...(maxECPUPerSecond === undefined ? {} : { ECPUPerSecond: { Maximum: maxECPUPerSecond } }),
  };
}

/** What a call changes, by the fields that differ. */
function modification(spec: ServerlessCacheSpec, fields: ReadonlySet<string>): object {
  const limits = fields.has('maxDataStorageGB') || fields.has('maxECPUPerSecond');
  const version = fields.has('engine') || fields.has('majorEngineVersion');
  return {
    ...(limits ? { CacheUsageLimits: limitsOf(spec) } : {}),
    ...(fields.has('securityGroupIds') ? { SecurityGroupIds: [...spec.securityGroupIds] } : {}),
    ...(fields.has('userGroupId') && spec.userGroupId === null ? { RemoveUserGroup: true } : {}),
    ...(fields.has('userGroupId') && spec.userGroupId !== null ? { UserGroupId: spec.userGroupId } : {}),
    ...(fields.has('snapshotRetentionLimit') ? { SnapshotRetentionLimit: spec.snapshotRetentionLimit } : {}),
    ...(fields.has('dailySnapshotTime') ? { DailySnapshotTime: spec.dailySnapshotTime } : {}),
    ...(version ? { Engine: spec.engine, MajorEngineVersion: spec.majorEngineVersion } : {}),
  };
}

export const ServerlessCache = resource<ServerlessCacheSpec, ServerlessCacheAttributes>({
  type: 'elasticache.serverless-cache',
  rules: {
    name: 'replace',
    // AWS never changes them, and answers them in any order.
    subnetIds: 'ignore',
    kmsKeyId: 'replace',
    securityGroupIds: 'unordered',
  },
  settle: 3,
  ending: ['finalSnapshotName'],

  async *observe(aws, scope) {
    for await (const page of cachesIn(aws, scope)) {
      const ours = page.map(ownedOf).filter(({ owner }) => inScope(scope, owner));
      yield (await inFull(aws, scope, ours)).map(withSnapshot);
    }
  },

  async create(aws, self, spec) {
    const name = spec.name.toLowerCase();
    await aws.elastiCache.send(
      new CreateServerlessCacheCommand({
        ServerlessCacheName: name,
        Description: describeClaim(self, spec.description),
        Engine: spec.engine,
        MajorEngineVersion: spec.majorEngineVersion,
        CacheUsageLimits: limitsOf(spec),
        KmsKeyId: spec.kmsKeyId,
        SecurityGroupIds: [...spec.securityGroupIds],
        SubnetIds: [...spec.subnetIds],
        UserGroupId: spec.userGroupId ?? undefined,
        SnapshotRetentionLimit: spec.snapshotRetentionLimit,
        DailySnapshotTime: spec.dailySnapshotTime,
        Tags: tagList({ ...self.tags, ...finalSnapshotTags(spec.finalSnapshotName) }),
      }),
    );
    return { id: name, attributes: { name, arn: arnOf(aws, 'serverlesscache', name) } };
  },

  async update(aws, live, spec, changes) {
    await retag(aws, live.attributes.arn, changes);
    const fields = fieldsChanged(changes);
    if (fields.has('finalSnapshotName')) await noteFinalSnapshot(aws, live.attributes.arn, spec.finalSnapshotName);
    const isRenamed = fields.has('description') || ownerChanged(changes);
    const message = {
      ...modification(spec, fields),
      ...(isRenamed ? { Description: describeClaim(live.self, spec.description) } : {}),
    };
    if (Object.keys(message).length === 0) return;
    await aws.elastiCache.send(new ModifyServerlessCacheCommand({ ServerlessCacheName: live.id, ...message }));
  },

  async delete(aws, live) {
    const { owner, incarnation } = live.self;
    const FinalSnapshotName = finalSnapshotName({ ...live, owner, incarnation });
    await gone(
      aws.elastiCache.send(new DeleteServerlessCacheCommand({ ServerlessCacheName: live.id, FinalSnapshotName })),
    );
  },
});
