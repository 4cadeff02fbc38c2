/** MySQL servers of the sandbox: who may come in, what stays over a restart, and that RDS's is not kinder than RDS. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freeAddress } from '../address.ts';
import { account, literal, mysql } from './client.ts';
import { type ManagedMysql, startManagedMysql } from './managed.ts';

const MASTER = { name: 'master', password: `it's "odd" \\ ` };
const folder = mkdtempSync(path.join(tmpdir(), 'st-rds-'));
let server: ManagedMysql;

const start = async (): Promise<ManagedMysql> =>
  startManagedMysql({ folder, host: await freeAddress(3306), port: 3306, master: MASTER, database: 'app' });
const asMaster = (sql: string, sslMode: 'DISABLED' | 'REQUIRED' = 'REQUIRED', password = MASTER.password) =>
  mysql({ host: server.host, port: server.port, user: MASTER.name, password, sslMode }, sql);

beforeAll(async () => {
  server = await start();
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

test('the master user comes by TLS and with the password only', async () => {
  expect(await asMaster('SELECT CURRENT_USER()')).toBe(`${MASTER.name}@%`);
  await expect(asMaster('SELECT 1', 'DISABLED')).rejects.toThrow(/insecure transport/);
  await expect(asMaster('SELECT 1', 'REQUIRED', 'wrong')).rejects.toThrow('Access denied');
});

test.each([
  ['give what it has not', "CREATE USER a IDENTIFIED BY 'x'; GRANT SUPER ON *.* TO a"],
  ['change a setting of the server', 'SET GLOBAL read_only = ON'],
  ['make itself an administrator', `GRANT SYSTEM_USER ON *.* TO ${account(MASTER.name)}`],
  ['lock out RDS itself', "ALTER USER 'rdsadmin'@'localhost' ACCOUNT LOCK"],
  ['define for somebody who is not there', "CREATE DEFINER = 'gone'@'%' VIEW app.v AS SELECT 1"],
  ['load a program', "INSTALL COMPONENT 'file://component_query_attributes'"],
  ['replicate from elsewhere by itself', "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1'"],
  ['keep a statement out of the binary log', 'SET SESSION sql_log_bin = 0'],
  ['write where accounts are kept', "UPDATE mysql.user SET account_locked = 'Y' WHERE User = 'rdsadmin'"],
])('the master user cannot %s', async (_, sql) => {
  await expect(asMaster(sql)).rejects.toThrow(/Access denied|command denied|does not exist/);
});

test('the data, the accounts and another password stay over a restart', async () => {
  await asMaster("CREATE TABLE app.t (n int); INSERT INTO app.t VALUES (1); CREATE USER reader IDENTIFIED BY 'r'");
  await server.stop();
  server = await start();

  expect(await asMaster('SELECT n FROM app.t')).toBe('1');
  await server.setPassword('another');
  expect(await asMaster(`SELECT ${literal('ok')}`, 'REQUIRED', 'another')).toBe('ok');
});
