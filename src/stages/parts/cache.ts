/**
 * A cache for sessions, on nodes or serverless: its password, who may log in, where it stands and who reaches it. What lies in
 * it may be lost: it is no copy of anything, and nothing of it is promised.
 */
import { cacheOf } from '../../api/defaults.ts';
import type { CacheSpec, TierSpec } from '../../api/types.ts';
import type { Facts } from '../../core/facts.ts';
import type { End, GraphBuilder, Handle } from '../../core/graph.ts';
import { parameterPrefix, uniqueName } from '../../core/names.ts';
import type { Input, Ref } from '../../core/ref.ts';
import { CacheParameterGroup } from '../../resources/elasticache/parameter-group.ts';
import { ReplicationGroup } from '../../resources/elasticache/replication-group.ts';
import { ServerlessCache } from '../../resources/elasticache/serverless-cache.ts';
import { CacheSubnetGroup } from '../../resources/elasticache/subnet-group.ts';
import { CacheUser } from '../../resources/elasticache/user.ts';
import { CacheUserGroup, type CacheUserGroupAttributes } from '../../resources/elasticache/user-group.ts';
import type { PolicyStatement } from '../../resources/iam/policy.ts';
import { Secret, type SecretAttributes, type SecretSpec } from '../../resources/secretsmanager/secret.ts';
import type { Network } from './network.ts';

const PORT = 6379;
/** Reads of a serverless cache that may be a little old. */
const READER_PORT = 6380;

/** A serverless cache stands in two subnets or three. */
const SERVERLESS_SUBNETS = 3;

/** ElastiCache's limit of ids of users, groups and caches. */
const ID = 40;
const USER = 'app';
const EVERYTHING = 'on ~* &* +@all';
/** In the form in which access strings are compared: a user begins with no rights. */
const NOTHING = 'off';
const SECRET_RECOVERY_DAYS = 7;

/** The ports of a cache, as whoever uses it must reach them. */
export const cachePorts = (spec: TierSpec): readonly number[] =>
  cacheOf(spec).mode === 'Serverless' ? [PORT, READER_PORT] : [PORT];

/** A cache's nodes, and what others must know of it. */
export interface Cache {
  readonly wanted: CacheSpec;
  readonly primary: Ref<string>;
  readonly reader: Ref<string>;
  readonly port: number;
  readonly secretArn: Ref<string>;
  /** How alarms name it: the dimension of its metrics. */
  readonly identifier: Ref<string>;
  /** What lets a server read the password. */
  readonly statement: PolicyStatement;
}

/** What a cache stands on. */
export interface CacheBase {
  readonly net: Network;
  readonly groupId: Input<string>;
}

const idOf = ({ owner }: Facts, suffix: string): string => uniqueName(owner, suffix, ID).toLowerCase();
const secretNameOf = ({ owner }: Facts): string => `${parameterPrefix(owner).slice(1)}/cache/${USER}`;

function secretStatement(facts: Facts): PolicyStatement {
  const { partition, region, accountID } = facts;
  return {
    Effect: 'Allow',
    Action: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
    Resource: `arn:${partition}:secretsmanager:${region}:${accountID}:secret:${secretNameOf(facts)}-??????`,
  };
}

/**
 * Users of this engine may log in to caches of both engines, so that a cache becomes another one without them. A group of it
 * must have a user named `default`, who is let in nowhere.
 */
const USERS_ENGINE = 'redis';

function users(g: GraphBuilder, facts: Facts, secret: Handle<SecretAttributes>): Handle<CacheUserGroupAttributes> {
  const app = g.add(CacheUser, USER, {
    userId: idOf(facts, USER),
    userName: USER,
    engine: USERS_ENGINE,
    accessString: EVERYTHING,
    secretArn: secret.ref('secretArn'),
    secretVersion: secret.ref('versionId'),
  });
  const nobody = g.add(CacheUser, 'default-off', {
    userId: idOf(facts, 'default-off'),
    userName: 'default',
    engine: USERS_ENGINE,
    accessString: NOTHING,
    secretArn: null,
    secretVersion: null,
  });
  return g.add(CacheUserGroup, 'main', {
    userGroupId: idOf(facts, 'users'),
    engine: USERS_ENGINE,
    userIds: [nobody, app].map((user) => user.ref('userId')),
  });
}

/** What both sorts of cache are told. */
interface Told {
  readonly facts: Facts;
  readonly wanted: CacheSpec;
  readonly base: CacheBase;
  readonly userGroup: Handle<CacheUserGroupAttributes>;
  readonly spec: TierSpec;
}

/** ElastiCache makes the last snapshot itself, in the call that deletes the cache. */
const endOf = ({ deletionPolicy: { cache: end } }: TierSpec): End => (end === 'Retain' ? 'Retain' : 'Delete');
const finalSnapshotOf = ({ deletionPolicy: { cache: end } }: TierSpec, facts: Facts): string | null =>
  end === 'Snapshot' ? idOf(facts, 'cache') : null;

type Endpoints = Pick<Cache, 'primary' | 'reader' | 'identifier'>;

function serverless(g: GraphBuilder, { facts, wanted, base, userGroup, spec }: Told): Endpoints {
  const { maxDataGB, maxECPUPerSecond, kmsKeyARN, snapshotRetentionDays, snapshotWindow } = wanted;
  const cache = g.add(
    ServerlessCache,
    'main',
    {
      name: idOf(facts, 'cache'),
      description: 'sessions',
      engine: wanted.engine,
      majorEngineVersion: wanted.engineVersion,
      ...(maxDataGB === undefined ? {} : { maxDataStorageGB: maxDataGB }),
      ...(maxECPUPerSecond === undefined ? {} : { maxECPUPerSecond }),
      securityGroupIds: [base.groupId],
      subnetIds: base.net.dataSubnetIds.slice(0, SERVERLESS_SUBNETS),
      userGroupId: userGroup.ref('userGroupId'),
      finalSnapshotName: finalSnapshotOf(spec, facts),
      snapshotRetentionLimit: snapshotRetentionDays,
      ...(snapshotWindow === undefined ? {} : { dailySnapshotTime: snapshotWindow.slice(0, 5) }),
      ...(kmsKeyARN === undefined ? {} : { kmsKeyId: kmsKeyARN }),
    },
    { end: endOf(spec) },
  );
  return { primary: cache.ref('endpoint'), reader: cache.ref('readerEndpoint'), identifier: cache.ref('name') };
}

function onNodes(g: GraphBuilder, { facts, wanted, base, userGroup, spec }: Told): Endpoints {
  const {
    engine,
    engineVersion,
    replicas,
    multiAZ,
    kmsKeyARN,
    snapshotRetentionDays,
    snapshotWindow,
    maintenanceWindow,
  } = wanted;
  const subnets = g.add(CacheSubnetGroup, 'main', {
    name: uniqueName(facts.owner, 'cache', 255).toLowerCase(),
    description: 'data subnets',
    subnetIds: base.net.dataSubnetIds,
  });
  const parameters = g.add(CacheParameterGroup, 'main', {
    name: uniqueName(facts.owner, `${engine}${engineVersion}`, 255).toLowerCase(),
    family: `${engine}${engineVersion}`,
    description: 'parameters of the cache',
    parameters: {},
  });
  const cache = g.add(
    ReplicationGroup,
    'main',
    {
      identifier: idOf(facts, 'cache'),
      description: 'sessions',
      engine,
      engineVersion,
      cacheNodeType: wanted.nodeType,
      replicas,
      multiAz: multiAZ,
      automaticFailover: replicas > 0,
      subnetGroupName: subnets.ref('name'),
      parameterGroupName: parameters.ref('name'),
      securityGroupIds: [base.groupId],
      transitEncryption: 'required',
      atRestEncryption: true,
      ...(kmsKeyARN === undefined ? {} : { kmsKeyId: kmsKeyARN }),
      userGroupIds: [userGroup.ref('userGroupId')],
      snapshotRetentionLimit: snapshotRetentionDays,
      ...(snapshotWindow === undefined ? {} : { snapshotWindow }),
      ...(maintenanceWindow === undefined ? {} : { preferredMaintenanceWindow: maintenanceWindow }),
      port: PORT,
      autoMinorVersionUpgrade: true,
      finalSnapshotName: finalSnapshotOf(spec, facts),
    },
    { end: endOf(spec) },
  );
  return { primary: cache.ref('endpoint'), reader: cache.ref('readerEndpoint'), identifier: cache.ref('identifier') };
}

/** Adds the cache. */
export function cache(g: GraphBuilder, spec: TierSpec, facts: Facts, base: CacheBase): Cache {
  const wanted = cacheOf(spec);
  const password: SecretSpec = {
    name: secretNameOf(facts),
    description: `user name and password of ${idOf(facts, 'cache')}`,
    username: USER,
    recoveryWindowInDays: SECRET_RECOVERY_DAYS,
    rotation: wanted.passwordRotation,
  };
  const secret = g.add(Secret, 'cache', password);
  const userGroup = users(g, facts, secret);
  const told = { facts, wanted, base, userGroup, spec };
  return {
    wanted,
    ...(wanted.mode === 'Serverless' ? serverless(g, told) : onNodes(g, told)),
    port: PORT,
    secretArn: secret.ref('secretArn'),
    statement: secretStatement(facts),
  };
}
