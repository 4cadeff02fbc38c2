/** Something to stand on for the proxy's tests of databases: a network in two zones, groups, a database. It must not assert anything. */
import { CreateSubnetCommand } from '@aws-sdk/client-ec2';
import {
  CreateDBInstanceCommand,
  type CreateDBInstanceCommandInput,
  CreateDBInstanceReadReplicaCommand,
  type CreateDBInstanceReadReplicaCommandInput,
  CreateDBParameterGroupCommand,
  CreateDBSubnetGroupCommand,
  type DBInstance,
  DescribeDBInstancesCommand,
  ModifyDBInstanceCommand,
  type ModifyDBInstanceCommandInput,
} from '@aws-sdk/client-rds';
import type { Account } from './account.ts';
import { eventually, makeNetwork, type Network } from './ground.ts';

/** Where databases are put. */
export interface DatabaseGround extends Network {
  /** One in each of two zones. */
  readonly subnetIds: readonly [string, string];
  readonly subnetGroup: string;
  readonly parameterGroup: string;
}

let count = 0;

/** A name that no other test of this file has. */
export function freshName(prefix: string): string {
  count += 1;
  return `${prefix}-${count}`;
}

/** Makes a network in two zones, a subnet group and a parameter group. */
export async function makeDatabaseGround(account: Account): Promise<DatabaseGround> {
  const network = await makeNetwork(account);
  const { Subnet } = await account.ec2.send(
    new CreateSubnetCommand({ VpcId: network.vpcId, CidrBlock: '10.42.4.0/22', AvailabilityZoneId: 'use1-az2' }),
  );
  const subnetIds = [network.subnetId, Subnet?.SubnetId ?? ''] as const;
  const [subnetGroup, parameterGroup] = [freshName('subnets'), freshName('parameters')];
  await account.rds.send(
    new CreateDBSubnetGroupCommand({
      DBSubnetGroupName: subnetGroup,
      DBSubnetGroupDescription: 'd',
      SubnetIds: [...subnetIds],
      Tags: [{ Key: 'k', Value: 'v' }],
    }),
  );
  await account.rds.send(
    new CreateDBParameterGroupCommand({
      DBParameterGroupName: parameterGroup,
      DBParameterGroupFamily: 'postgres17',
      Description: 'd',
    }),
  );
  return { ...network, subnetIds, subnetGroup, parameterGroup };
}

/** What a creation asks for when a test does not say otherwise. */
export function asked(ground: DatabaseGround, name: string): CreateDBInstanceCommandInput {
  return {
    ...{ DBInstanceIdentifier: name, Engine: 'postgres', EngineVersion: '17.4', DBInstanceClass: 'db.t4g.medium' },
    ...{ AllocatedStorage: 20, MasterUsername: 'master', MasterUserPassword: 'not-a-real-password' },
    ...{ DBSubnetGroupName: ground.subnetGroup, DBParameterGroupName: ground.parameterGroup },
    ...{ VpcSecurityGroupIds: [ground.groupId], BackupRetentionPeriod: 7, Tags: [{ Key: 'k', Value: 'v' }] },
  };
}

/** Makes a database. */
export async function makeDatabase(
  { rds }: Account,
  ground: DatabaseGround,
  more: Partial<CreateDBInstanceCommandInput> = {},
): Promise<DBInstance> {
  const input = { ...asked(ground, freshName('main')), ...more };
  return (await rds.send(new CreateDBInstanceCommand(input))).DBInstance ?? {};
}

/** Makes a replica. */
export async function makeReplica(
  { rds }: Account,
  source: string,
  more: Partial<CreateDBInstanceReadReplicaCommandInput> = {},
): Promise<DBInstance> {
  const input = { DBInstanceIdentifier: freshName('replica'), SourceDBInstanceIdentifier: source, ...more };
  return (await rds.send(new CreateDBInstanceReadReplicaCommand(input))).DBInstance ?? {};
}

/** A database as AWS shows it now; `undefined` when there is none of this name. */
export async function database({ rds }: Account, name: string): Promise<DBInstance | undefined> {
  const found = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: name })).catch(() => undefined);
  return found?.DBInstances?.[0];
}

/** Changes a database. */
export async function modify(
  { rds }: Account,
  name: string,
  change: Partial<ModifyDBInstanceCommandInput>,
): Promise<DBInstance> {
  const input = { DBInstanceIdentifier: name, ...change };
  return (await rds.send(new ModifyDBInstanceCommand(input))).DBInstance ?? {};
}

/** Waits until a database shows this state; the state of the last look when it never does. */
export function reaches(account: Account, name: string, state: string): Promise<string> {
  return eventually(async () => (await database(account, name))?.DBInstanceStatus ?? 'gone', state);
}
