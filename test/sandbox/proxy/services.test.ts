/** Programs that an instance keeps running: begun again when they end, gone while it is stopped, signalled by commands. */
import { DescribeInstancesCommand, StartInstancesCommand, StopInstancesCommand } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { databaseTools } from '../databases/tools.ts';
import { nodeProgram } from '../node.ts';
import { type Account, type Aws, openAccount, openAws } from './account.ts';
import { eventually } from './ground.ts';
import { launchMachine, makeProfile, run } from './machine-ground.ts';

const PORT = 8080;
/** Answers with its process number and with how often it was told to reload. */
const PROGRAM = `let reloads = 0;
process.on('SIGHUP', () => { reloads += 1; });
require('node:http').createServer((_, response) => response.end(process.pid + ' ' + reloads)).listen(${PORT}, process.env.HOST);`;

let aws: Aws;
let account: Account;
let instance: string;
let address: string;

beforeAll(async () => {
  await databaseTools();
  aws = await openAws();
  account = await openAccount(aws, { machines: true });
  await makeProfile(account);
  instance = await launchMachine(account);
  const { host } = await aws.control.machineOf(instance, account.id);
  address = `http://${host}:${PORT}`;
  const service = { name: 'app', command: nodeProgram(), args: ['-e', PROGRAM], env: { HOST: host } };
  expect(await aws.control.serve(instance, account.id, service)).toMatchObject({ host });
});

afterAll(() => aws?.close());

const ask = async (): Promise<readonly string[]> => (await (await fetch(address)).text()).split(' ');
const pid = (): Promise<string | undefined> =>
  ask().then(
    ([number]) => number,
    () => undefined,
  );
const signal = (name: string): Promise<unknown> =>
  run(account, instance, `kill -${name} "$(cat "$SCALINGTIER_ROOT/run/app.pid")"`);

test('a command reaches it by the number in its file', async () => {
  expect(await eventually(async () => (await pid()) !== undefined, true)).toBe(true);
  await signal('HUP');
  expect(await eventually(async () => (await ask())[1], '1')).toBe('1');
});

test('it is begun again when it ends', async () => {
  const before = await pid();
  await signal('KILL');
  const isAnother = async (): Promise<boolean> => ![undefined, before].includes(await pid());
  expect(await eventually(isAnother, true)).toBe(true);
});

test('it is away while the instance is stopped, and back at its address afterwards', async () => {
  const before = await pid();
  await account.ec2.send(new StopInstancesCommand({ InstanceIds: [instance] }));
  expect(await pid()).toBeUndefined();
  await account.ec2.send(new StartInstancesCommand({ InstanceIds: [instance] }));
  const isAnother = async (): Promise<boolean> => ![undefined, before].includes(await pid());
  expect(await eventually(isAnother, true)).toBe(true);
});

test('the private address of the instance is that of its machine', async () => {
  const { Reservations } = await account.ec2.send(new DescribeInstancesCommand({ InstanceIds: [instance] }));
  const { host } = await aws.control.machineOf(instance, account.id);
  expect(Reservations?.[0]?.Instances?.[0]?.PrivateIpAddress).toBe(host);
});

test('what is no service is refused', async () => {
  const service = { name: '../app', command: 'true', args: [], env: {} };
  await expect(aws.control.serve(instance, account.id, service)).rejects.toThrow('name cannot be "../app"');
});
