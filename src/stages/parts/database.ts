/**
 * A database on RDS: who reaches it, its subnets, parameters and password, the instance and its read replicas. Node names
 * are contract: a later stage finds the same nodes. The server that uses it is another part.
 */
import { RDS_DEFAULTS } from '../../api/defaults.ts';
import type { RDSSpec, TierSpec } from '../../api/types.ts';
import type { ConnectionOutput, DataCopy, Facts } from '../../core/facts.ts';
import type { GraphBuilder, Handle } from '../../core/graph.ts';
import { parameterPrefix, uniqueName, uniqueNamePrefix } from '../../core/names.ts';
import { around, type Ref } from '../../core/ref.ts';
import type { PolicyStatement } from '../../resources/iam/policy.ts';
import { DBInstance, type DBInstanceAttributes } from '../../resources/rds/instance.ts';
import { DBParameterGroup, type DBParameterGroupAttributes } from '../../resources/rds/parameter-group.ts';
import { ReadReplica, type ReadReplicaAttributes } from '../../resources/rds/replica.ts';
import { DBSubnetGroup } from '../../resources/rds/subnet-group.ts';
import { familyName, majorOf } from '../../resources/rds/version.ts';
import { Secret, type SecretAttributes, type SecretSpec } from '../../resources/secretsmanager/secret.ts';
import { type InstanceGround, identifierOf, instanceSpec, MASTER_USER, replicaSpec } from './database-instance.ts';
import { ENGINES, type EngineTraits } from './engines.ts';
import { firewall, type Group, openings } from './firewall.ts';
import type { Network } from './network.ts';

const SECRET_RECOVERY_DAYS = 7;

/** A database's nodes, and what others must know of it. */
export interface Database {
  readonly engine: EngineTraits;
  /** Its group, for whoever lets it in. */
  readonly group: Group;
  /** `spec.database.rds`, complete. */
  readonly wanted: RDSSpec;
  readonly instance: Handle<DBInstanceAttributes>;
  readonly replicas: readonly Handle<ReadReplicaAttributes>[];
  readonly credential: ConnectionOutput['credential'];
  /** What lets a server read the password. */
  readonly statement: PolicyStatement;
  /** Hosts that take reads: the replicas, and where there is none, the writer. */
  readonly readers: readonly Ref<string>[];
  readonly dataCopy: DataCopy;
}

/** What a database stands on. */
export interface DatabaseBase {
  readonly net: Network;
  /** The group of those who use it. */
  readonly clients: Group;
}

/** The group that only its clients reach, on the engine's port; it reaches nobody. */
function databaseGroup(g: GraphBuilder, { owner }: Facts, { net, clients }: DatabaseBase, port: number): Group {
  const group = firewall(g, net, {
    name: 'database',
    awsName: uniqueName(owner, 'database', 255),
    description: 'database',
    openings: [{ direction: 'ingress', port, peer: clients, description: 'app servers' }],
  });
  // Afterwards, because each of the two groups names the other.
  openings(g, clients, [{ direction: 'egress', port, peer: group, description: 'database' }]);
  return group;
}

function parameterGroup(
  g: GraphBuilder,
  { owner }: Facts,
  engine: TierSpec['database']['engine'],
  { engineVersion, parameters }: RDSSpec,
): Handle<DBParameterGroupAttributes> {
  const { version, parameters: ours } = ENGINES[engine];
  const wanted = engineVersion ?? version;
  return g.add(DBParameterGroup, 'database', {
    // Another family is another group, which has to stand beside the one in use.
    name: uniqueName(owner, familyName(engine, wanted), 255),
    family: `${engine}${majorOf(wanted)}`,
    description: 'parameters of the database',
    parameters: { ...ours, ...parameters },
  });
}

/** The secret's name ends in `/master`, because AWS warns of names that end in a hyphen and six characters. */
const secretNameOf = ({ owner }: Facts): string => `${parameterPrefix(owner).slice(1)}/db/master`;

function masterSecret(g: GraphBuilder, facts: Facts, rotation: number): Handle<SecretAttributes> {
  const spec: SecretSpec = {
    name: secretNameOf(facts),
    description: `user name and password of ${identifierOf(facts, 'db')}`,
    username: MASTER_USER,
    recoveryWindowInDays: SECRET_RECOVERY_DAYS,
    rotation,
  };
  return g.add(Secret, 'database', spec);
}

/**
 * The right to read the password, by what the secret is called, so that no server has to wait for a database. AWS ends the
 * name of every secret in six characters of its own; one that RDS manages carries a tag that names its database.
 */
function secretStatement(facts: Facts, managed: boolean): PolicyStatement {
  const { partition, region, accountID } = facts;
  const place = `${region}:${accountID}`;
  const secrets = `arn:${partition}:secretsmanager:${place}:secret:`;
  const Action = ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'];
  if (!managed) return { Effect: 'Allow', Action, Resource: `${secrets}${secretNameOf(facts)}-??????` };
  const instance = `arn:${partition}:rds:${place}:db:${identifierOf(facts, 'db')}`;
  return {
    Effect: 'Allow',
    Action,
    Resource: `${secrets}rds!db-*`,
    Condition: { StringEquals: { 'secretsmanager:ResourceTag/aws:rds:primaryDBInstanceArn': instance } },
  };
}

/** Adds the database. */
export function database(g: GraphBuilder, spec: TierSpec, facts: Facts, base: DatabaseBase): Database {
  const { rds: wanted = RDS_DEFAULTS, engine: engineName } = spec.database;
  const end = spec.deletionPolicy.database;
  const engine = ENGINES[engineName];
  const managed = wanted.credentials.mode === 'RDSManaged';

  const group = databaseGroup(g, facts, base, engine.port);
  const subnets = g.add(DBSubnetGroup, 'database', {
    name: uniqueName(facts.owner, 'database', 255).toLowerCase(),
    description: 'data subnets',
    subnetIds: base.net.dataSubnetIds,
  });
  const parameters = parameterGroup(g, facts, engineName, wanted);
  const secret = managed ? undefined : masterSecret(g, facts, wanted.credentials.passwordRotation);
  const ground: InstanceGround = {
    subnetGroupName: subnets.ref('name'),
    securityGroupIds: [group.id],
    parameterGroupName: parameters.ref('name'),
    ...(secret && {
      password: { masterSecretArn: secret.ref('secretArn'), masterSecretVersion: secret.ref('versionId') },
    }),
  };
  const instance = g.add(DBInstance, 'primary', instanceSpec(spec, wanted, facts, ground), { end });
  const sourceIdentifier = instance.ref('identifier');
  // RDS upgrades replicas with their primary: until then the new family's group is none for them.
  const parameterGroupName = around(instance.ref('engineFamily'), [uniqueNamePrefix(facts.owner), '']);
  const numbers = Array.from({ length: wanted.readReplicas.count }, (_, index) => index + 1);
  const replicas = numbers.map((number) => {
    const replica = replicaSpec(spec, wanted, facts, { ...ground, parameterGroupName, number, sourceIdentifier });
    return g.add(ReadReplica, String(number), replica, { end });
  });
  const endpoints = replicas.map((replica) => replica.ref('endpoint'));
  return {
    engine,
    group,
    wanted,
    instance,
    replicas,
    credential: secret
      ? { secretArn: secret.ref('secretArn'), versionId: instance.ref('masterSecretVersion') }
      : { secretArn: instance.ref('masterSecretArn') },
    statement: secretStatement(facts, managed),
    readers: endpoints.length === 0 ? [instance.ref('endpoint')] : endpoints,
    dataCopy: { id: instance.ref('identifier'), time: instance.ref('latestRestorableTime') },
  };
}
