/**
 * One server with everything becomes a fleet behind a load balancer, over two stages at once: its database is on RDS, its uploads
 * are in the bucket, and at no moment does nobody serve.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DescribeAddressesCommand, DescribeInstancesCommand } from '@aws-sdk/client-ec2';
import { DescribeLoadBalancersCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { GetParametersByPathCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { attachSandbox } from '../sandbox/attach.ts';
import { psql } from '../sandbox/databases/psql.ts';
import { type FleetScene, fleetScene, LONG, SHOP } from './fleet.ts';
import { condition, isSettled, type TierObject } from './harness.ts';

const NAME = 'shop.example.com';
const DIRECTORY = '/srv/data/uploads';

const { stage: _, ...BALANCED } = SHOP;
const MOVING = {
  ...{ stage: 'LoadBalanced', ...BALANCED },
  transition: {
    endpointFromParameter: true,
    dataMigration: { rollbackWindowHours: 0 },
    uploads: { directory: DIRECTORY },
    reloadCommand: 'echo reloaded >>"$SCALINGTIER_ROOT/reloads"',
    traffic: { hostNames: [NAME], keepServerHours: 0 },
  },
} as const;

/** Takes out what only the stage behind the load balancer has. */
const BACK = {
  ...{ stage: 'SeparateDatabase', compute: null, cache: null, loadBalancer: null },
  transition: { uploads: null, traffic: null },
};

const isUpToDate = (tier: TierObject): boolean => condition(tier, 'UpToDate')?.status === 'True';

const stepIn = ({ status }: TierObject, id: string) => status.transition?.steps?.find((step) => step.id === id);

describe('a server that becomes a fleet', () => {
  let here: FleetScene;
  let root: string;

  beforeAll(async () => {
    here = await fleetScene('moves-to-fleet', '111111111131');
    await here.proxy.configure({ factor: 200, machines: true }, here.account.id);
    await here.apply('shop', { stage: 'SingleServer' });
    await here.settled('shop', LONG);
    const server = await here.idOf('ec2.instance/server');
    const { folder, port } = await here.proxy.databaseOf(server, here.account.id);
    const postgres = { host: folder, port, user: 'postgres', database: 'postgres' };
    await psql(postgres, "CREATE ROLE shop LOGIN PASSWORD 'of its own'");
    await psql(postgres, 'CREATE DATABASE app OWNER shop');
    root = path.join(attachSandbox().folder, 'machines', server, 'root');
    mkdirSync(path.join(root, DIRECTORY, 'deep'), { recursive: true });
    upload('first.txt', 'first');
    upload('deep/with space & "quotes".bin', 'x'.repeat(9 * 1024 * 1024));
  }, 400_000);

  afterAll(async () => {
    await here?.close();
  }, 60_000);

  const upload = (name: string, text: string): void => writeFileSync(path.join(root, DIRECTORY, name), text);
  const bucket = async (): Promise<string> => here.idOf('s3.bucket/uploads');
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

  test('goes over two stages, one move after the other, each with steps of its own', async () => {
    await here.patch('shop', MOVING);
    const climbing = await step('E5', 'Done');
    expect(climbing.status.stage).toBe('SeparateDatabase');
    // Once for the database, once for the bucket.
    expect(readFileSync(path.join(root, 'reloads'), 'utf8')).toBe('reloaded\n'.repeat(2));
  }, 900_000);

  test('called off after the app was sent to the bucket, it brings back what was uploaded there', async () => {
    const since = await here.proxy.latest();
    expect((await parametersOf())['storage/bucket']).toBe(await bucket());
    const Bucket = await bucket();
    await here.account.s3.send(new PutObjectCommand({ Bucket, Key: 'uploads/new/late.txt', Body: 'late' }));
    await here.patch('shop', BACK);
    const back = await here.settled('shop', LONG);
    expect(back.status).toMatchObject({ stage: 'SeparateDatabase' });
    expect(back.status.transition).toBeUndefined();
    expect(readFileSync(path.join(root, DIRECTORY, 'new/late.txt'), 'utf8')).toBe('late');
    expect(readFileSync(path.join(root, 'reloads'), 'utf8')).toBe('reloaded\n'.repeat(3));
    // The server keeps its right to the bucket until all is brought back.
    const calls = (await here.made(since)).map(({ operation }) => operation);
    expect(calls.lastIndexOf('DeleteParameter')).toBeLessThan(calls.indexOf('PutRolePolicy'));
    expect(Object.keys(await parametersOf()).filter((name) => /^(cache|storage|ops)/.test(name))).toEqual([]);
  }, 600_000);

  /** Names as the server's own resolver knows them. */
  function resolve(lines: readonly string[]): void {
    mkdirSync(path.join(root, 'etc'), { recursive: true });
    writeFileSync(path.join(root, 'etc/hosts'), lines.map((line) => `${line}\n`).join(''));
  }

  test('ends the attempt when the app goes on writing to the server, and goes on when that is mended', async () => {
    const writing = setInterval(() => upload('again.txt', new Date().toISOString()), 500);
    try {
      await here.patch('shop', MOVING);
      const halted = await here.until(
        'shop',
        'the attempt has ended',
        (tier) => condition(tier, 'Stalled')?.reason === 'TransitionFailed' && isUpToDate(tier),
        LONG,
      );
      expect(condition(halted, 'Stalled')?.message).toContain('the app still writes to /srv/data/uploads');
      expect(Object.keys(await parametersOf()).filter((name) => /^(cache|storage|ops)/.test(name))).toEqual([]);
    } finally {
      clearInterval(writing);
    }
    await here.patch('shop', { transition: { dataMigration: { maxWriteDowntimeSeconds: 900 } } });
    await step('E5', 'Done');
  }, 900_000);

  test('waits, with the fleet serving, until the names lead to the load balancer, and says what to do', async () => {
    upload('second.txt', 'second');
    const { elasticIP } = (await step('E5', 'Done')).status.endpoints ?? {};
    const { LoadBalancers } = await here.account.elb.send(new DescribeLoadBalancersCommand({}));
    resolve([`${elasticIP} ${NAME}`, `203.0.113.7 ${LoadBalancers?.[0]?.DNSName}`]);
    const waiting = await step('E9', 'Failed');
    const { endpoints } = waiting.status;
    expect(condition(waiting, 'Ready')?.status).toBe('True');
    expect(endpoints?.application).toBe(`http://${endpoints?.loadBalancerDNS}`);
    const said = `${NAME} leads to ${elasticIP} and not to the load balancer: make it an alias or a CNAME of ${endpoints?.loadBalancerDNS}`;
    expect(condition(waiting, 'Transitioning')?.message).toContain(said);
    expect(waiting.status.transition).toMatchObject({ rollback: 'Impossible' });
    expect((await here.targets()).map(({ TargetHealth }) => TargetHealth?.State)).toEqual(Array(3).fill('healthy'));
    expect((await parametersOf())['app/address']).toBe(endpoints?.loadBalancerDNS);
  }, 600_000);

  test('moves on when they do, and then only the fleet is left', async () => {
    const server = await here.idOf('ec2.instance/server');
    const balancer = (await here.get('shop')).status.endpoints?.loadBalancerDNS ?? '';
    resolve([`203.0.113.7 ${balancer} ${NAME}`, `203.0.113.8 ${balancer}`]);
    const moved = await here.until(
      'shop',
      'it has moved',
      (tier) => tier.status.stage === 'LoadBalanced' && isSettled(tier),
      LONG,
    );
    expect(moved.status.transition).toBeUndefined();
    expect(moved.status.resources?.some(({ role }) => /^(operation|ec2\.(instance|address|volume))/.test(role))).toBe(
      false,
    );
    const kept = ['ec2.snapshot-schedule/data', 'ec2.snapshot/before-separate-database', 'ec2.snapshot/data-final'];
    expect(moved.status.retained?.map(({ role }) => role).toSorted()).toEqual(kept);
    expect((await here.targets()).map(({ TargetHealth }) => TargetHealth?.State)).toEqual(['healthy', 'healthy']);
    const { Reservations } = await here.account.ec2.send(new DescribeInstancesCommand({ InstanceIds: [server] }));
    expect(Reservations?.[0]?.Instances?.[0]?.State?.Name).toMatch(/shutting-down|terminated/);
    expect((await here.account.ec2.send(new DescribeAddressesCommand({}))).Addresses).toEqual([]);
  }, 600_000);

  test('has every upload in the bucket', async () => {
    const Bucket = await bucket();
    const { Contents = [] } = await here.account.s3.send(new ListObjectsV2Command({ Bucket }));
    const there = Contents.map(({ Key, Size }) => [Key, Size]);
    expect(there).toEqual([
      ['uploads/again.txt', 24],
      ['uploads/deep/with space & "quotes".bin', 9 * 1024 * 1024],
      ['uploads/first.txt', 5],
      ['uploads/new/late.txt', 4],
      ['uploads/second.txt', 6],
    ]);
    const { Body } = await here.account.s3.send(new GetObjectCommand({ Bucket, Key: 'uploads/second.txt' }));
    expect(await Body?.transformToString()).toBe('second');
  });

  test('the old server left the load balancer when the others served, and was ended after that', async () => {
    const calls = (await here.made(0)).map(({ operation }) => operation);
    const last = (operation: string) => calls.lastIndexOf(operation);
    expect(last('CreateAutoScalingGroup')).toBeLessThan(last('DeregisterTargets'));
    expect(last('DeregisterTargets')).toBeLessThan(last('TerminateInstances'));
  });

  test('is at rest', async () => {
    const since = await here.proxy.latest();
    const tier = await here.lookNow('shop', LONG);
    expect(tier.status.plan?.steps ?? []).toEqual([]);
    expect(await here.made(since)).toEqual([]);
  }, 120_000);
});
