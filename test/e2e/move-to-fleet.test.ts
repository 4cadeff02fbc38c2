/**
 * One server becomes a fleet behind a load balancer: its uploads are in the bucket, at no moment does nobody serve, and whatever is
 * wrong on the way leaves it as it was. That its database moves on the way is proven with an app, in test/moves-proof.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DescribeAddressesCommand, DescribeInstancesCommand } from '@aws-sdk/client-ec2';
import { DescribeLoadBalancersCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { CreateHostedZoneCommand, ListResourceRecordSetsCommand } from '@aws-sdk/client-route-53';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { GetParametersByPathCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { attachSandbox } from '../sandbox/attach.ts';
import { type FleetScene, fleetScene, LONG, SHOP } from './fleet.ts';
import { condition, isSettled, type TierObject } from './harness.ts';

/** Led by a person, and by the operator. */
const [NAME, LED] = ['shop.example.com', 'www.example.com'] as const;
const DIRECTORY = '/srv/data/uploads';

/** Whether servers agree is what a file says. */
const PROBE =
  'echo "$TARGET_A $TARGET_B" >>"$SCALINGTIER_ROOT/probed"; test -e "$SCALINGTIER_ROOT/agree" || { echo "B knows no session of A"; exit 3; }';

const { stage: _, ...BALANCED } = SHOP;
const MOVING = {
  ...{ stage: 'LoadBalanced', ...BALANCED },
  compute: { ...SHOP.compute, statelessProbe: { command: PROBE } },
  transition: {
    uploads: { directory: DIRECTORY },
    reloadCommand: 'echo reloaded >>"$SCALINGTIER_ROOT/reloads"',
    traffic: { hostNames: [NAME], keepServerHours: 0 },
    observation: { durationMinutes: 0 },
  },
} as const;

/** Takes out what only the stage behind the load balancer has. */
const BACK = {
  ...{ stage: 'SeparateDatabase', compute: null, cache: null, loadBalancer: null },
  transition: { uploads: null, traffic: null, observation: null },
};

const isUpToDate = (tier: TierObject): boolean => condition(tier, 'UpToDate')?.status === 'True';

const stepIn = ({ status }: TierObject, id: string) => status.transition?.steps?.find((step) => step.id === id);

describe('a server that becomes a fleet', () => {
  let here: FleetScene;
  let root: string;
  let zoneId: string;

  beforeAll(async () => {
    here = await fleetScene('moves-to-fleet', '111111111131');
    await here.proxy.configure({ factor: 200, machines: true }, here.account.id);
    const zone = new CreateHostedZoneCommand({ Name: 'example.com', CallerReference: here.namespace });
    zoneId = (await here.account.route53.send(zone)).HostedZone?.Id?.replace('/hostedzone/', '') ?? '';
    const dns = { hostedZoneID: zoneId, names: [LED], ttlSeconds: 1 };
    await here.apply('shop', { stage: 'SeparateDatabase', database: SHOP.database, dns });
    await here.settled('shop', LONG);
    const server = await here.idOf('ec2.instance/server');
    root = path.join(attachSandbox().folder, 'machines', server, 'root');
    mkdirSync(path.join(root, DIRECTORY, 'deep'), { recursive: true });
    upload('first.txt', 'first');
    upload('deep/with space & "quotes".bin', 'x'.repeat(9 * 1024 * 1024));
  });

  afterAll(async () => {
    await here?.close();
  });

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
  /** Where the name leads that the operator leads, with the share of each place. */
  async function led(): Promise<readonly string[]> {
    const { ResourceRecordSets = [] } = await here.account.route53.send(
      new ListResourceRecordSetsCommand({ HostedZoneId: zoneId }),
    );
    return ResourceRecordSets.map(({ Name, ResourceRecords, AliasTarget, Weight }) => {
      const place = AliasTarget?.DNSName ?? ResourceRecords?.[0]?.Value;
      return [Name, place, Weight].filter((part) => part !== undefined).join(' ');
    });
  }
  const step = (id: string, state: string) =>
    here.until('shop', `step ${id} is ${state}`, (tier) => stepIn(tier, id)?.state === state, LONG);

  test('called off after the app was sent to the bucket, it brings back what was uploaded there', async () => {
    await here.patch('shop', MOVING);
    await step('E5', 'Done');
    expect(readFileSync(path.join(root, 'reloads'), 'utf8')).toBe('reloaded\n');
    const since = await here.proxy.latest();
    expect((await parametersOf())['storage/bucket']).toBe(await bucket());
    const Bucket = await bucket();
    await here.account.s3.send(new PutObjectCommand({ Bucket, Key: 'uploads/new/late.txt', Body: 'late' }));
    await here.patch('shop', BACK);
    const back = await here.settled('shop', LONG);
    expect(back.status).toMatchObject({ stage: 'SeparateDatabase' });
    expect(back.status.transition).toBeUndefined();
    expect(readFileSync(path.join(root, DIRECTORY, 'new/late.txt'), 'utf8')).toBe('late');
    expect(readFileSync(path.join(root, 'reloads'), 'utf8')).toBe('reloaded\n'.repeat(2));
    // The server keeps its right to the bucket until all is brought back.
    const calls = (await here.made(since)).map(({ operation }) => operation);
    expect(calls.lastIndexOf('DeleteParameter')).toBeLessThan(calls.indexOf('PutRolePolicy'));
    expect(Object.keys(await parametersOf()).filter((name) => /^(cache|storage|ops)/.test(name))).toEqual([]);
  });

  /** Names as the server's own resolver knows them. */
  function resolve(lines: readonly string[]): void {
    mkdirSync(path.join(root, 'etc'), { recursive: true });
    writeFileSync(path.join(root, 'etc/hosts'), lines.map((line) => `${line}\n`).join(''));
  }

  const halted = () =>
    here.until(
      'shop',
      'the attempt has ended',
      (tier) => condition(tier, 'Stalled')?.reason === 'TransitionFailed' && isUpToDate(tier),
      LONG,
    );
  test('ends the attempt when servers do not agree, before anybody is sent to them, and goes on when they do', async () => {
    await here.patch('shop', MOVING);
    await here.until('shop', 'step E7A has failed', (tier) => tier.status.transition?.failure?.step === 'E7A', LONG);
    const { message } = condition(await halted(), 'Stalled') ?? {};
    expect(message).toMatch(
      /^step E7A: .* ended with code 3 with TARGET_A=.* and TARGET_B=.*: B knows no session of A/,
    );
    const published = await parametersOf();
    const address = (await here.get('shop')).status.endpoints?.elasticIP;
    expect(published['app/address']).toBe(address);
    expect(await led()).toEqual([`${LED}. ${address}`]);
    expect(Object.keys(published).filter((name) => /^(cache|storage|ops)/.test(name))).toEqual([]);
    writeFileSync(path.join(root, 'agree'), '');
    upload('second.txt', 'second');
    // Any change of the spec tries again.
    await here.patch('shop', { compute: { statelessProbe: { timeoutSeconds: 100 } } });
    const proven = stepIn(await step('E7A', 'Done'), 'E7A')?.result;
    const tried = readFileSync(path.join(root, 'probed'), 'utf8').trimEnd().split('\n').at(-1);
    expect(proven).toBe(`proven with ${tried?.replace(' ', ' and ')}`);
    const addresses = tried?.split(' ') ?? [];
    expect(new Set(addresses).size).toBe(2);
    expect(addresses).not.toContain(`${await privateAddress()}:8080`);
  }, 900_000);

  /** Of the old server. */
  async function privateAddress(): Promise<string | undefined> {
    const InstanceIds = [await here.idOf('ec2.instance/server')];
    const { Reservations } = await here.account.ec2.send(new DescribeInstancesCommand({ InstanceIds }));
    return Reservations?.[0]?.Instances?.[0]?.PrivateIpAddress;
  }

  test('waits, with the fleet serving, until the names lead to the load balancer, and says what to do', async () => {
    const { elasticIP } = (await step('E5', 'Done')).status.endpoints ?? {};
    const { LoadBalancers } = await here.account.elb.send(new DescribeLoadBalancersCommand({}));
    resolve([`${elasticIP} ${NAME}`, `203.0.113.7 ${LoadBalancers?.[0]?.DNSName}`]);
    const waiting = await step('E9', 'Failed');
    const { endpoints } = waiting.status;
    expect(stepIn(waiting, 'E8A')).toMatchObject({ state: 'Done', result: `${LED} to ${endpoints?.loadBalancerDNS}` });
    expect(await led()).toEqual([`${LED}. ${endpoints?.loadBalancerDNS}`]);
    expect(condition(waiting, 'Ready')?.status).toBe('True');
    expect(endpoints?.application).toBe(`http://${endpoints?.loadBalancerDNS}`);
    const said = `${NAME} leads to ${elasticIP} and not to the load balancer: make it an alias or a CNAME of ${endpoints?.loadBalancerDNS}`;
    expect(condition(waiting, 'Transitioning')?.message).toContain(said);
    expect(waiting.status.transition).toMatchObject({ rollback: 'Lossless' });
    expect((await here.targets()).map(({ TargetHealth }) => TargetHealth?.State)).toEqual(Array(3).fill('healthy'));
    expect((await parametersOf())['app/address']).toBe(endpoints?.loadBalancerDNS);
  });

  /** Names lead to the load balancer, which has two addresses. */
  const resolveTo = (balancer: string): void => resolve([`203.0.113.7 ${balancer} ${NAME}`, `203.0.113.8 ${balancer}`]);

  test('looks how the fleet serves before it relies on it, and does not leave people with one that fails them', async () => {
    const { elasticIP, loadBalancerDNS = '' } = (await here.get('shop')).status.endpoints ?? {};
    await here.patch('shop', { transition: { observation: { durationMinutes: 15 } } });
    resolveTo(loadBalancerDNS);
    const said = (words: string) => (tier: TierObject) => stepIn(tier, 'E10')?.result?.includes(words) === true;
    await here.until('shop', 'nobody has come', said('nobody has come through the load balancer yet'), LONG);
    const Bucket = await bucket();
    await here.account.s3.send(new PutObjectCommand({ Bucket, Key: 'uploads/fleet.txt', Body: 'fleet' }));
    // Nothing that answers runs on these servers.
    const { host, port } = await here.proxy.listenerOf(loadBalancerDNS, here.account.id);
    const people = setInterval(() => void fetch(`http://${host}:${port}/`).catch(() => undefined), 500);
    try {
      await here.until('shop', 'E10 has failed', (tier) => tier.status.transition?.failure?.step === 'E10', LONG);
    } finally {
      clearInterval(people);
    }
    const stalled = condition(await here.get('shop'), 'Stalled');
    expect(stalled?.message).toMatch(/^step E10: the servers .* 100 % answered with 5xx; at most 1 % may be/);
    const words = `${NAME} leads to the load balancer, which goes: make it an A record of ${elasticIP}`;
    const asks = (tier: TierObject): boolean => stepIn(tier, 'E3')?.result?.includes(words) === true;
    await here.until('shop', 'it says what to lead back', asks, LONG);
    expect(await led()).toEqual([`${LED}. ${elasticIP}`]);
    resolve([`${elasticIP} ${NAME}`, `203.0.113.7 ${loadBalancerDNS}`]);
    const { status } = await halted();
    expect(status).toMatchObject({ stage: 'SeparateDatabase', endpoints: { elasticIP } });
    const published = await parametersOf();
    expect(published['app/address']).toBe(elasticIP);
    expect(Object.keys(published).filter((name) => /^(cache|storage|ops)/.test(name))).toEqual([]);
    expect(readFileSync(path.join(root, DIRECTORY, 'fleet.txt'), 'utf8')).toBe('fleet');
  }, 900_000);

  test('moves on when they do, and then only the fleet is left', async () => {
    const server = await here.idOf('ec2.instance/server');
    const { LoadBalancers } = await here.account.elb.send(new DescribeLoadBalancersCommand({}));
    resolveTo(LoadBalancers?.[0]?.DNSName ?? '');
    await here.patch('shop', { transition: { observation: { durationMinutes: 0 } } });
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
    const kept = ['ec2.snapshot-schedule/data', 'ec2.snapshot/data-final'];
    expect(moved.status.retained?.map(({ role }) => role).toSorted()).toEqual(kept);
    expect((await here.targets()).map(({ TargetHealth }) => TargetHealth?.State)).toEqual(['healthy', 'healthy']);
    const { Reservations } = await here.account.ec2.send(new DescribeInstancesCommand({ InstanceIds: [server] }));
    expect(Reservations?.[0]?.Instances?.[0]?.State?.Name).toMatch(/shutting-down|terminated/);
    expect((await here.account.ec2.send(new DescribeAddressesCommand({}))).Addresses).toEqual([]);
  });

  test('has every upload in the bucket', async () => {
    const Bucket = await bucket();
    const { Contents = [] } = await here.account.s3.send(new ListObjectsV2Command({ Bucket }));
    const there = Contents.map(({ Key, Size }) => [Key, Size]);
    expect(there).toEqual([
      ['uploads/deep/with space & "quotes".bin', 9 * 1024 * 1024],
      ['uploads/first.txt', 5],
      ['uploads/fleet.txt', 5],
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

  test('the name that the operator leads was led share by share, and is the fleet’s now', async () => {
    const batches = (await here.made(0)).filter(({ operation }) => operation === 'ChangeResourceRecordSets');
    // One for the server, one for each share, and one back at once when the fleet did not serve.
    expect(batches).toHaveLength(8);
    const tier = await here.get('shop');
    expect(await led()).toEqual([`${LED}. ${tier.status.endpoints?.loadBalancerDNS}`]);
    expect(tier.status.resources?.some(({ role }) => role === 'route53.record-sets/names')).toBe(true);
  });

  test('is at rest', async () => {
    const since = await here.proxy.latest();
    const tier = await here.lookNow('shop', LONG);
    expect(tier.status.plan?.steps ?? []).toEqual([]);
    expect(await here.made(since)).toEqual([]);
  });
});
