/**
 * A fleet behind a load balancer becomes one server again, and with the same change that server takes the database back: its uploads
 * are in a directory, at no moment does nobody serve, and as long as the fleet stands it can be called off.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DescribeAddressesCommand, DescribeInstancesCommand } from '@aws-sdk/client-ec2';
import { DescribeLoadBalancersCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { DeleteObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { GetParametersByPathCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type FleetScene, fleetScene, LONG, SHOP } from './fleet.ts';
import { condition, isSettled, type TierObject } from './harness.ts';

const NAME = 'shop.example.com';
const DIRECTORY = '/srv/data/uploads';
const ALONE = {
  stage: 'SeparateDatabase',
  transition: {
    allowDowngrade: true,
    uploads: { directory: DIRECTORY },
    reloadCommand: 'echo reloaded >>"$SCALINGTIER_ROOT/reloads"',
    traffic: { hostNames: [NAME], keepServerHours: 1 },
  },
} as const;
/** What is only there behind a load balancer, but for the bucket, which stays. */
const FLEET = /^(elb|autoscaling|elasticache|ec2\.nat)/;

const stepIn = ({ status }: TierObject, id: string) => status.transition?.steps?.find((step) => step.id === id);
const rolesOf = ({ status }: TierObject) => (status.resources ?? []).map(({ role }) => role);

describe('a fleet that becomes one server', () => {
  let here: FleetScene;
  let bucket: string;
  let balancer: string;
  /** Of the server that stands now. */
  let server: string;
  let root: string;

  beforeAll(async () => {
    here = await fleetScene('moves-from-fleet', '111111111132');
    await here.proxy.configure({ factor: 200, machines: true }, here.account.id);
    await here.apply('shop', SHOP);
    const { status } = await here.settled('shop', LONG);
    bucket = await here.idOf('s3.bucket/uploads');
    balancer = status.endpoints?.loadBalancerDNS as string;
    await upload('first.txt', 'first');
    await upload('deep/with space & "quotes".bin', 'x'.repeat(9 * 1024 * 1024));
    await upload('gone.txt', 'gone');
  });

  afterAll(async () => {
    await here?.close();
  });

  const keyOf = (name: string) => ({ Bucket: bucket, Key: `uploads/${name}` });
  const upload = (name: string, Body: string) =>
    here.account.s3.send(new PutObjectCommand({ ...keyOf(name), Body, Metadata: { scalingtier: 'copied' } }));
  const parametersOf = async (): Promise<Readonly<Record<string, string>>> => {
    const prefix = `/scaling-tier/${here.namespace}/shop`;
    const call = new GetParametersByPathCommand({ Path: prefix, Recursive: true });
    const found: Record<string, string> = {};
    for (let token: string | undefined, first = true; first || token; first = false) {
      call.input.NextToken = token;
      const { Parameters = [], NextToken } = await here.account.ssm.send(call);
      for (const { Name = '', Value = '' } of Parameters) found[Name.slice(prefix.length + 1)] = Value;
      token = NextToken;
    }
    return found;
  };
  const step = (id: string, state: string) =>
    here.until('shop', `step ${id} is ${state}`, (tier) => stepIn(tier, id)?.state === state, LONG);
  const read = (name: string): string => readFileSync(path.join(root, DIRECTORY, name), 'utf8');
  /** Names as the server's own resolver knows them. */
  function resolve(lines: readonly string[]): void {
    mkdirSync(path.join(root, 'etc'), { recursive: true });
    writeFileSync(path.join(root, 'etc/hosts'), lines.map((line) => `${line}\n`).join(''));
  }
  /** The disk of the server that the move has made. */
  async function enterServer(): Promise<void> {
    await here.until('shop', 'there is a server', (tier) => rolesOf(tier).includes('ec2.instance/server'), LONG);
    server = await here.idOf('ec2.instance/server');
    root = (await here.proxy.machineOf(server, here.account.id)).root;
  }
  const states = async () => (await here.targets()).map(({ TargetHealth }) => TargetHealth?.State);

  test('the attempt ends before anybody is sent to a server that has no directory for the uploads', async () => {
    await here.patch('shop', ALONE);
    await enterServer();
    const halted = await here.until(
      'shop',
      'the attempt has ended',
      (tier) => condition(tier, 'Stalled')?.reason === 'TransitionFailed',
      LONG,
    );
    const said = condition(halted, 'Stalled')?.message;
    expect(said).toContain(`there is no directory ${DIRECTORY} on the server`);
    expect(said).toContain('spec.compute.userData');
    expect((await parametersOf())['app/address']).toBe(balancer);
    expect(halted.status.endpoints?.application).toBe(`http://${balancer}`);
  });

  test('waits, with all of them serving, until the names lead to the server, and says what to do', async () => {
    mkdirSync(path.join(root, DIRECTORY), { recursive: true });
    resolve([`203.0.113.7 ${balancer} ${NAME}`]);
    await here.patch('shop', { transition: { traffic: { keepServerHours: 2 } } });
    const waiting = await step('F5', 'Failed');
    const { endpoints, transition } = waiting.status;
    const said = `${NAME} leads to 203.0.113.7 and not to the server: make it an A record of ${endpoints?.elasticIP}`;
    expect(condition(waiting, 'Transitioning')?.message).toContain(said);
    expect(condition(waiting, 'Ready')?.status).toBe('True');
    expect(endpoints?.application).toBe(`http://${endpoints?.elasticIP}`);
    expect(transition).toMatchObject({ course: 'Forward', rollback: 'Lossless' });
    expect((await parametersOf())['app/address']).toBe(endpoints?.elasticIP);
    expect(await states()).toEqual(Array(3).fill('healthy'));
    expect(read('first.txt')).toBe('first');
  });

  test('called off, the server stays until the names lead to the load balancer again, and then the fleet is as it was', async () => {
    const { elasticIP } = (await here.get('shop')).status.endpoints ?? {};
    resolve([`203.0.113.7 ${balancer}`, `${elasticIP} ${NAME}`]);
    await step('F5', 'Done');
    await here.patch('shop', { stage: 'LoadBalanced' });
    const said = `${NAME} leads to ${elasticIP} and not to the load balancer`;
    await here.until(
      'shop',
      'it says what is in the way',
      (tier) => tier.status.transition?.steps?.some(({ result }) => result?.includes(said)) ?? false,
      LONG,
    );
    expect(await states()).toEqual(Array(3).fill('healthy'));
    resolve([`203.0.113.7 ${balancer} ${NAME}`]);
    const back = await here.settled('shop', LONG);
    expect(back.status).toMatchObject({ stage: 'LoadBalanced' });
    expect(back.status.transition).toBeUndefined();
    expect(rolesOf(back).filter((role) => /^(operation|ec2\.(instance|address|volume))/.test(role))).toEqual([]);
    expect((await here.account.ec2.send(new DescribeAddressesCommand({}))).Addresses).toEqual([]);
    expect((await parametersOf())['app/address']).toBe(balancer);
    expect(await states()).toEqual(Array(2).fill('healthy'));
  });

  test('goes on as soon as the time of both is cut short, and then the server is alone', async () => {
    const late = `printf late | aws s3 cp - 's3://${bucket}/uploads/late.txt' --only-show-errors`;
    await here.patch('shop', {
      ...ALONE,
      stage: 'SingleServer',
      transition: {
        ...ALONE.transition,
        endpointFromParameter: true,
        dataMigration: { rollbackWindowHours: 0 },
        // What is uploaded in the very moment.
        reloadCommand: `${ALONE.transition.reloadCommand}; [ -e "$SCALINGTIER_ROOT/late" ] || { : >"$SCALINGTIER_ROOT/late"; ${late}; }`,
        traffic: { hostNames: [NAME], keepServerHours: 1 },
      },
    });
    await enterServer();
    await here.proxy.databaseOf(server, here.account.id);
    mkdirSync(path.join(root, DIRECTORY), { recursive: true });
    const isKnown = ({ status }: TierObject): boolean => status.endpoints?.elasticIP !== undefined;
    const { endpoints } = (await here.until('shop', 'its address is known', isKnown, LONG)).status;
    resolve([`203.0.113.7 ${balancer}`, `${endpoints?.elasticIP} ${NAME}`]);
    await step('F6', 'Running');
    await here.account.s3.send(new DeleteObjectCommand(keyOf('gone.txt')));
    await upload('first.txt', 'another');
    await here.patch('shop', { transition: { traffic: { keepServerHours: 0 } } });
    const committed = await here.until(
      'shop',
      'it is over the switch',
      (tier) => stepIn(tier, 'F8')?.state === 'Done',
      LONG,
    );
    expect(committed.status.transition).toMatchObject({ rollback: 'Impossible' });
    const alone = await here.until('shop', 'it is alone', (tier) => tier.status.stage === 'SeparateDatabase', LONG);
    expect(rolesOf(alone).filter((role) => FLEET.test(role))).toEqual([]);
    expect(alone.status.retained?.map(({ role }) => role)).toContain('s3.bucket/uploads');
  }, 900_000);

  test('has every upload in the directory, and the bucket as it was', async () => {
    expect(['first.txt', 'late.txt'].map(read)).toEqual(['another', 'late']);
    expect(read('deep/with space & "quotes".bin')).toHaveLength(9 * 1024 * 1024);
    expect(() => read('gone.txt')).toThrow('ENOENT');
    expect(readFileSync(path.join(root, 'reloads'), 'utf8')).toMatch(/^reloaded\n/);
    const { Contents = [] } = await here.account.s3.send(new ListObjectsV2Command({ Bucket: bucket }));
    expect(Contents.map(({ Key }) => Key)).toEqual([
      'uploads/deep/with space & "quotes".bin',
      'uploads/first.txt',
      'uploads/late.txt',
    ]);
  });

  test('moved on to the server with its database, and nothing of the fleet is left', async () => {
    const moved = await here.until(
      'shop',
      'it has moved',
      (tier) => tier.status.stage === 'SingleServer' && isSettled(tier),
      // A database with a last snapshot, and all that it stood on.
      LONG * 2,
    );
    expect(moved.status.transition).toBeUndefined();
    expect(rolesOf(moved).filter((role) => FLEET.test(role) || /^(operation|rds\.instance)/.test(role))).toEqual([]);
    expect((await here.account.elb.send(new DescribeLoadBalancersCommand({}))).LoadBalancers).toEqual([]);
    const { Reservations = [] } = await here.account.ec2.send(new DescribeInstancesCommand({}));
    const running = Reservations.flatMap(({ Instances = [] }) => Instances).filter(
      ({ State }) => State?.Name === 'running',
    );
    expect(running.map(({ InstanceId }) => InstanceId)).toEqual([server]);
    expect(Object.keys(await parametersOf()).filter((name) => /^(cache|storage|ops)/.test(name))).toEqual([]);
  });

  test('the fleet went first, then what it read, and what it stood on when the server had all of it', async () => {
    const calls = (await here.made(0)).map(({ operation, params }) => ({ operation, params }));
    const last = (wanted: string) => calls.findLastIndex(({ operation }) => operation === wanted);
    const taken = calls.findLastIndex(
      ({ operation, params }) => operation === 'DeleteParameter' && JSON.stringify(params).includes('storage/bucket'),
    );
    expect(last('DeleteAutoScalingGroup')).toBeLessThan(taken);
    expect(taken).toBeLessThan(last('DeleteLoadBalancer'));
  });

  test('is at rest', async () => {
    const since = await here.proxy.latest();
    const tier = await here.lookNow('shop', LONG);
    expect(tier.status.plan?.steps ?? []).toEqual([]);
    expect(await here.made(since)).toEqual([]);
  });
});
