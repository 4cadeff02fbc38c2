/** Databases of RDS as real servers: where they listen, what their master user may, and what becomes of them. */
import {
  CreateDBParameterGroupCommand,
  DeleteDBInstanceCommand,
  ModifyDBParameterGroupCommand,
  RebootDBInstanceCommand,
  StartDBInstanceCommand,
  StopDBInstanceCommand,
} from '@aws-sdk/client-rds';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { attachSandbox } from '../attach.ts';
import { authorityFile } from '../databases/authority.ts';
import { mysql } from '../databases/mysql/client.ts';
import { mysqlPrograms } from '../databases/mysql/tools.ts';
import { type Connection, psql } from '../databases/psql.ts';
import { databaseTools } from '../databases/tools.ts';
import { type Account, type Aws, openAccount, openAws } from './account.ts';
import {
  type DatabaseGround,
  database,
  freshName,
  makeDatabase,
  makeDatabaseGround,
  modify,
  reaches,
} from './database-ground.ts';

let aws: Aws;
let account: Account;
let ground: DatabaseGround;
let name: string;

beforeAll(async () => {
  await databaseTools();
  await mysqlPrograms();
  aws = await openAws();
  account = await openAccount(aws, { machines: true });
  ground = await makeDatabaseGround(account);
  const made = await makeDatabase(account, ground, { DBName: 'shop', Port: 5544 });
  name = made.DBInstanceIdentifier ?? '';
});

afterAll(() => aws?.close());

/** The master user at the endpoint that AWS shows. */
async function master(of = name, more: Partial<Connection> = {}): Promise<Connection> {
  const { Endpoint, MasterUsername = '' } = (await database(account, of)) ?? {};
  const { Address: host = '', Port: port = 0 } = Endpoint ?? {};
  const password = 'not-a-real-password';
  return { host, port, user: MasterUsername, password, database: 'shop', sslmode: 'require', ...more };
}

test('what is available answers at its endpoint, over TLS only', async () => {
  expect(await reaches(account, name, 'available')).toBe('available');
  const connection = await master();
  expect([connection.host, connection.port]).toEqual([expect.stringMatching(/^127\./), 5544]);
  expect(await psql(connection, 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()')).toBe('t');
  await expect(psql({ ...connection, sslmode: 'disable' }, 'SELECT 1')).rejects.toThrow('no encryption');
  await expect(psql({ ...connection, password: 'wrong' }, 'SELECT 1')).rejects.toThrow(
    'password authentication failed',
  );
});

test('the master user makes roles and databases, and is no superuser', async () => {
  const connection = await master();
  expect(
    await psql(connection, 'SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user'),
  ).toBe('f|t|t');
  await expect(psql(connection, 'SELECT rolpassword FROM pg_authid')).rejects.toThrow('permission denied');
  await expect(psql(connection, 'CREATE ROLE boss SUPERUSER')).rejects.toThrow('permission denied');
  await psql(connection, 'CREATE ROLE app LOGIN');
  await psql(connection, 'CREATE DATABASE other');
  expect(
    await psql(connection, "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname IN ('shop', 'other')"),
  ).toBe('master\nmaster');
});

test('a new password reaches the server, and the old one is of no use any more', async () => {
  await modify(account, name, { MasterUserPassword: `another'one` });
  expect(await reaches(account, name, 'available')).toBe('available');
  expect(await psql(await master(name, { password: `another'one` }), 'SELECT 1')).toBe('1');
  await expect(psql(await master(), 'SELECT 1')).rejects.toThrow('password authentication failed');
  await modify(account, name, { MasterUserPassword: 'not-a-real-password' });
});

test('a restart and a stop keep the data; what is stopped does not answer', async () => {
  await psql(await master(), 'CREATE TABLE kept AS SELECT 7 AS id');
  const before = await master();
  await account.rds.send(new RebootDBInstanceCommand({ DBInstanceIdentifier: name }));
  expect(await reaches(account, name, 'available')).toBe('available');
  expect(await psql(await master(), 'SELECT id FROM kept')).toBe('7');
  await account.rds.send(new StopDBInstanceCommand({ DBInstanceIdentifier: name }));
  expect(await reaches(account, name, 'stopped')).toBe('stopped');
  await expect(psql(before, 'SELECT 1')).rejects.toThrow('refused');
  await account.rds.send(new StartDBInstanceCommand({ DBInstanceIdentifier: name }));
  expect(await reaches(account, name, 'available')).toBe('available');
  expect(await psql(await master(), 'SELECT id FROM kept')).toBe('7');
});

test('a managed password is that of the secret', async () => {
  const { DBInstanceIdentifier: managed = '' } = await makeDatabase(account, ground, {
    ...{ ManageMasterUserPassword: true, MasterUserPassword: undefined, DBName: 'shop' },
  });
  expect(await reaches(account, managed, 'available')).toBe('available');
  const { MasterUserSecret } = (await database(account, managed)) ?? {};
  const { SecretString = '{}' } = await account.secretsManager.send(
    new GetSecretValueCommand({ SecretId: MasterUserSecret?.SecretArn }),
  );
  const { password } = JSON.parse(SecretString) as { readonly password: string };
  expect(await psql(await master(managed, { password }), 'SELECT 1')).toBe('1');
});

test('one of MySQL: TLS with the certificate of the authority, a master user that is no administrator, what its group sets', async () => {
  const group = freshName('parameters');
  const about = { DBParameterGroupName: group, DBParameterGroupFamily: 'mysql9.7', Description: 'd' };
  await account.rds.send(new CreateDBParameterGroupCommand(about));
  const set = { ParameterName: 'long_query_time', ParameterValue: '7', ApplyMethod: 'immediate' as const };
  await account.rds.send(new ModifyDBParameterGroupCommand({ DBParameterGroupName: group, Parameters: [set] }));
  const { DBInstanceIdentifier: made = '' } = await makeDatabase(account, ground, {
    ...{ Engine: 'mysql', EngineVersion: '9.7', DBName: 'shop', DBParameterGroupName: group },
  });
  expect(await reaches(account, made, 'available')).toBe('available');
  const { host, port, user, password, database: shop } = await master(made);
  const connection = { host, port, user, password: password ?? '', database: shop };
  const verified = {
    ...connection,
    sslMode: 'VERIFY_IDENTITY',
    authority: authorityFile(attachSandbox().folder),
  } as const;
  expect(await mysql(verified, 'SELECT DATABASE(), @@GLOBAL.long_query_time')).toBe('shop\t7.000000');
  await expect(mysql({ ...connection, sslMode: 'DISABLED' }, 'SELECT 1')).rejects.toThrow('insecure transport');
  await expect(mysql(connection, 'SET GLOBAL read_only = ON')).rejects.toThrow('Access denied');
});

test('a database that is deleted does not answer, and neither does one without the setting', async () => {
  const { DBInstanceIdentifier: deleted = '' } = await makeDatabase(account, ground, { DBName: 'shop' });
  expect(await reaches(account, deleted, 'available')).toBe('available');
  const before = await master(deleted);
  expect(await psql(before, 'SELECT 1')).toBe('1');
  await account.rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: deleted, SkipFinalSnapshot: true }));
  expect(await reaches(account, deleted, 'gone')).toBe('gone');
  await expect(psql(before, 'SELECT 1')).rejects.toThrow('refused');
  await aws.control.configure({ machines: false }, account.id);
  const { DBInstanceIdentifier: record = '' } = await makeDatabase(account, ground);
  await aws.control.configure({ machines: true }, account.id);
  expect((await database(account, record))?.Endpoint?.Address).not.toMatch(/^127\./);
});
