/** Commands to instances as real processes: what Run Command answers while they run, and what becomes of them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { StartInstancesCommand, StopInstancesCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager';
import {
  CancelCommandCommand,
  ListCommandInvocationsCommand,
  ListCommandsCommand,
  PutParameterCommand,
} from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { attachSandbox } from '../attach.ts';
import { mysql } from '../databases/mysql/client.ts';
import { socketOf } from '../databases/mysql/server.ts';
import { mysqlPrograms } from '../databases/mysql/tools.ts';
import { psql } from '../databases/psql.ts';
import { databaseTools } from '../databases/tools.ts';
import { identify, isRunning } from '../identity.ts';
import { recordsOf } from '../processes.ts';
import { type Account, type Aws, codeOf, openAccount, openAws } from './account.ts';
import { proxyControl } from './client.ts';
import { makeDatabase, makeDatabaseGround, reaches } from './database-ground.ts';
import { eventually } from './ground.ts';
import {
  finished,
  invocation,
  launchMachine,
  makeProfile,
  ROLE,
  run,
  sendEndless,
  sendScript,
} from './machine-ground.ts';
import { startProxy } from './server.ts';

let aws: Aws;
let account: Account;
let machine: string;

beforeAll(async () => {
  await databaseTools();
  await mysqlPrograms();
  aws = await openAws();
  account = await openAccount(aws, { machines: true });
  await makeProfile(account);
  machine = await launchMachine(account);
});

afterAll(() => aws?.close());

test('a script that succeeds: its output, its code, its times', async () => {
  const said = await run(account, machine, '#!/bin/sh\necho one\necho two >&2\npwd');
  expect(said).toMatchObject({ Status: 'Success', StatusDetails: 'Success', ResponseCode: 0 });
  expect(said.StandardOutputContent).toMatch(/^one\n\/.*\/root\n$/);
  expect(said.StandardErrorContent).toBe('two\n');
  expect(said.PluginName).toBe('aws:runShellScript');
  expect(Date.parse(said.ExecutionEndDateTime ?? '')).toBeGreaterThanOrEqual(
    Date.parse(said.ExecutionStartDateTime ?? ''),
  );
});

test('a script that fails: its code, and the words of the agent after its own', async () => {
  const said = await run(account, machine, 'echo sorry >&2\nexit 7');
  expect(said).toMatchObject({ Status: 'Failed', StatusDetails: 'Failed', ResponseCode: 7 });
  expect(said.StandardErrorContent).toBe('sorry\nfailed to run commands: exit status 7');
});

test('of a long output the beginning is kept, and it says so', async () => {
  const said = await run(account, machine, 'yes 123456789 | head -n 2500\nyes 123456789 | head -n 900 >&2\necho last');
  expect(said.StandardOutputContent).toHaveLength(24_000);
  expect(said.StandardOutputContent).toMatch(/^123456789\n[\s\S]*--output truncated--$/);
  expect(said.StandardErrorContent).toHaveLength(8_000);
});

test('a script that takes too long is ended with everything that it has started', async () => {
  const id = await sendScript(account, machine, 'echo begun\nsh -c "echo \\$\\$; exec sleep 1000"', {
    executionTimeout: ['2'],
  });
  const said = await finished(account, machine, id);
  expect(said).toMatchObject({ Status: 'TimedOut', StatusDetails: 'ExecutionTimedOut', ResponseCode: 137 });
  const [begun, child] = said.StandardOutputContent?.split('\n') ?? [];
  expect(begun).toBe('begun');
  expect(await eventually(async () => identify(Number(child)), undefined)).toBeUndefined();
});

test('a command is not to be seen at first, then pending, in progress, and cancelled when asked', async () => {
  // Slow enough that no machine is too slow to look.
  await aws.control.configure({ factor: 0.01 }, account.id);
  const unseen = await sendScript(account, machine, 'true');
  expect(await codeOf(invocation(account, machine, unseen))).toBe('InvocationDoesNotExist');
  await aws.control.configure({ factor: 0 }, account.id);
  const id = await sendEndless(account, machine);
  expect(await invocation(account, machine, id)).toMatchObject({ ResponseCode: -1, StandardOutputContent: '' });
  const { CommandInvocations = [] } = await account.ssm.send(new ListCommandInvocationsCommand({ CommandId: id }));
  expect(CommandInvocations).toMatchObject([{ InstanceId: machine, Status: 'InProgress' }]);
  await account.ssm.send(new CancelCommandCommand({ CommandId: id }));
  expect(await finished(account, machine, id)).toMatchObject({ Status: 'Cancelled', ResponseCode: 137 });
  const { Commands = [] } = await account.ssm.send(new ListCommandsCommand({ CommandId: id }));
  expect(Commands).toMatchObject([{ CommandId: id, Status: 'Cancelled', TargetCount: 1 }]);
});

test('what does not exist or cannot be asked is refused', async () => {
  const unknown = '00000000-0000-0000-0000-000000000000';
  expect(await codeOf(invocation(account, machine, unknown))).toBe('InvocationDoesNotExist');
  expect(await codeOf(account.ssm.send(new CancelCommandCommand({ CommandId: unknown })))).toBe('InvalidCommandId');
  expect(await codeOf(sendScript(account, machine, 'true', { executionTimeout: ['172801'] }))).toBe(
    'InvalidParameters',
  );
  expect(await codeOf(sendScript(account, machine, 'true', { shell: ['bash'] }))).toBe('InvalidParameters');
  expect(await codeOf(sendScript(account, 'i-0123456789abcdef0', 'true'))).toBe('InvalidInstanceId');
  const other = await openAccount(aws, { machines: true });
  expect(await codeOf(invocation(other, machine, await sendScript(account, machine, 'true')))).toBe(
    'InvocationDoesNotExist',
  );
});

test('a script reads secrets and parameters by the role of its instance', async () => {
  const SecretString = JSON.stringify({ username: 'master', password: `a'b"c\\d$e` });
  await account.secretsManager.send(new CreateSecretCommand({ Name: 'database', SecretString }));
  await account.ssm.send(new PutParameterCommand({ Name: '/writer', Value: 'localhost', Type: 'String' }));
  const said = await run(
    account,
    machine,
    [
      'set -e',
      'aws secretsmanager get-secret-value --secret-id database --query SecretString --output text',
      'aws ssm get-parameter --name /writer --query Parameter.Value --output text',
      'aws sts get-caller-identity --query Arn --output text',
    ].join('\n'),
  );
  expect(said.StandardErrorContent).toBe('');
  const identity = `arn:aws:sts::${account.id}:assumed-role/${ROLE}/${machine}`;
  expect(said.StandardOutputContent?.split('\n')).toEqual([SecretString, 'localhost', identity, '']);
});

test('a script asks the metadata of its instance with a token, and gets nothing without', async () => {
  const script = `python3 - <<'PYTHON'
import os, urllib.error, urllib.request
def ask(path, method="GET", **headers):
    request = urllib.request.Request(os.environ["AWS_EC2_METADATA_SERVICE_ENDPOINT"] + "/latest/" + path, method=method)
    for name, value in headers.items(): request.add_header("X-aws-ec2-metadata-" + name.replace("_", "-"), value)
    try: return urllib.request.urlopen(request).read().decode()
    except urllib.error.HTTPError as error: return str(error.code)
token = ask("api/token", "PUT", token_ttl_seconds="60")
place = "meta-data/network/interfaces/macs/" + ask("meta-data/mac", token=token) + "/vpc-ipv4-cidr-block"
print(ask(place), ask(place, token=token), ask("meta-data/iam/info", token=token))
PYTHON`;
  expect((await run(account, machine, script)).StandardOutputContent).toBe('401 127.0.0.0/8 404\n');
});

test('the database of an instance: a superuser at the socket, an app by password, one for scripts and tests', async () => {
  const { host, port, folder } = await aws.control.databaseOf(machine, account.id);
  expect(host).toMatch(/^127\./);
  const superuser = { host: folder, port, user: 'postgres', database: 'postgres' };
  await psql(superuser, `CREATE ROLE app LOGIN PASSWORD 'secret'`);
  await psql(superuser, 'CREATE DATABASE shop OWNER app');
  const app = { host, port, user: 'app', password: 'secret', database: 'shop' };
  await psql(app, 'CREATE TABLE item AS SELECT generate_series(1, 3) AS id');
  await expect(psql({ ...app, password: 'wrong' }, 'SELECT 1')).rejects.toThrow('password authentication failed');
  const said = await run(
    account,
    machine,
    'set -e\nrunuser -u postgres -- psql -X -A -t -d shop -c "SELECT count(*) FROM item"\npg_dump --version\npython3 --version',
  );
  expect(said.StandardOutputContent).toMatch(/^3\npg_dump \(PostgreSQL\) 17/);
});

test('an instance has no database that nobody has asked for', async () => {
  const plain = await launchMachine(account);
  const said = await run(account, plain, 'echo "[$PGHOST]"\nls "$SCALINGTIER_ROOT/root" -A\npsql --version');
  expect(said.StandardOutputContent).toMatch(/^\[\]\npsql \(PostgreSQL\) 17/);
});

test('an instance with MySQL: root at the socket, an app by password, and what was stopped stays so', async () => {
  const instance = await launchMachine(account);
  const { host, port, folder } = await aws.control.databaseOf(instance, account.id, 'mysql');
  expect([host, port]).toEqual([expect.stringMatching(/^127\./), 3306]);
  await mysql(
    { socket: socketOf(folder), user: 'root' },
    "CREATE DATABASE shop; CREATE USER app IDENTIFIED BY 'secret'",
  );
  const app = { host, port, user: 'app', password: 'secret' };
  expect(await mysql(app, 'SELECT CURRENT_USER()')).toBe('app@%');
  const ask = `HOME=$SCALINGTIER_ROOT/root mysql -N -e "SHOW DATABASES LIKE 'shop'"; echo "[$PGHOST]"; mysqldump --version`;
  await account.ec2.send(new StopInstancesCommand({ InstanceIds: [instance] }));
  await expect(mysql(app, 'SELECT 1')).rejects.toThrow("Can't connect");
  await account.ec2.send(new StartInstancesCommand({ InstanceIds: [instance] }));
  expect((await run(account, instance, ask)).StandardOutputContent).toMatch(/^shop\n\[\]\n.* 9\./);
  await run(
    account,
    instance,
    `kill "$(mysql -N -e 'SELECT @@pid_file' | xargs cat)"; while mysql -e 'DO 1'; do sleep 0.1; done`,
  );
  expect((await run(account, instance, 'mysql -e "SELECT 1"')).ResponseCode).toBe(1);
});

test('an engine that there is not is said', async () => {
  const asked = fetch(`${aws.endpoint}/_sandbox/database?account=${account.id}&instance=${machine}&engine=oracle`);
  expect(await (await asked).json()).toEqual({ error: 'asking for a database of oracle: there is no such engine' });
});

test('an instance that stops takes its commands with it, and its disk and its database come back', async () => {
  const stopped = await launchMachine(account);
  const { folder, port } = await aws.control.databaseOf(stopped, account.id);
  const superuser = { host: folder, port, user: 'postgres', database: 'postgres' };
  await psql(superuser, 'CREATE TABLE kept AS SELECT 1 AS id');
  await run(account, stopped, 'echo kept >"$SCALINGTIER_ROOT/kept"');
  const id = await sendEndless(account, stopped);
  await account.ec2.send(new StopInstancesCommand({ InstanceIds: [stopped] }));
  expect(await invocation(account, stopped, id)).toMatchObject({ Status: 'Failed', StatusDetails: 'Terminated' });
  await expect(psql(superuser, 'SELECT 1')).rejects.toThrow();
  await expect(aws.control.databaseOf(stopped, account.id)).rejects.toThrow('does not run');
  await account.ec2.send(new StartInstancesCommand({ InstanceIds: [stopped] }));
  const said = await run(account, stopped, 'cat "$SCALINGTIER_ROOT/kept"\npsql -X -A -t -c "SELECT id FROM kept"');
  expect(said.StandardOutputContent).toBe('kept\n1\n');
});

test('a database that somebody has stopped stays stopped, as a service that was disabled', async () => {
  const retired = await launchMachine(account);
  await aws.control.databaseOf(retired, account.id);
  const stop = `runuser -u postgres -- pg_ctl stop -m fast -D "$(psql -XAtc 'SHOW data_directory')"`;
  expect((await run(account, retired, stop)).Status).toBe('Success');
  await account.ec2.send(new StopInstancesCommand({ InstanceIds: [retired] }));
  await account.ec2.send(new StartInstancesCommand({ InstanceIds: [retired] }));
  expect((await run(account, retired, 'psql -c "SELECT 1"')).ResponseCode).toBe(2);
});

test('an instance that ends takes everything with it', async () => {
  const ended = await launchMachine(account);
  const { folder, port } = await aws.control.databaseOf(ended, account.id);
  const id = await sendEndless(account, ended);
  await account.ec2.send(new TerminateInstancesCommand({ InstanceIds: [ended] }));
  expect(await invocation(account, ended, id)).toMatchObject({ Status: 'Failed', StatusDetails: 'Terminated' });
  await expect(psql({ host: folder, port, user: 'postgres', database: 'postgres' }, 'SELECT 1')).rejects.toThrow();
  await expect(aws.control.databaseOf(ended, account.id)).rejects.toThrow('has ended');
});

test('everything real ends with the proxy', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'run-'));
  const proxy = await startProxy({ port: 0, upstreams: attachSandbox().aws.upstreams, folder });
  const own = await openAccount({ ...proxy, control: proxyControl(proxy.endpoint) }, { machines: true });
  await makeProfile(own);
  const instance = await launchMachine(own);
  await proxyControl(proxy.endpoint).databaseOf(instance, own.id);
  const { DBInstanceIdentifier = '' } = await makeDatabase(own, await makeDatabaseGround(own));
  expect(await reaches(own, DBInstanceIdentifier, 'available')).toBe('available');
  await sendEndless(own, instance);
  const records = recordsOf(folder);
  expect(records.map(({ name }) => name.split('-')[0]).sort()).toEqual(['command', 'postgres', 'rds']);
  await proxy.close();
  expect(records.filter(isRunning)).toEqual([]);
  rmSync(folder, { recursive: true });
});

test('without the setting a command is for the stand-in, and nothing runs', async () => {
  const plain = await openAccount(aws);
  await makeProfile(plain);
  const instance = await launchMachine(plain);
  await sendScript(plain, instance, 'exit 3');
  await expect(aws.control.databaseOf(instance, plain.id)).rejects.toThrow('machines are off');
});
