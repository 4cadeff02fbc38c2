/** The proxy's core against a fake stand-in: journal, faults, settings, limits; nothing of any service. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type FaultRule, type ProxyControl, proxyControl } from './client.ts';
import { type FakeStandIn, startFakeStandIn } from './fake-stand-in.ts';
import { type RunningProxy, startProxy } from './server.ts';

const MADE = '<CreateVpcResponse><vpc><vpcId>vpc-0123456789abcdef0</vpcId></vpc></CreateVpcResponse>';
const LIST = '<DescribeTagsResponse><tagSet/></DescribeTagsResponse>';

let fake: FakeStandIn;
let proxy: RunningProxy;
let control: ProxyControl;

beforeEach(async () => {
  fake = await startFakeStandIn({ body: LIST });
  proxy = await startProxy({ port: 0, upstreams: [fake.endpoint], settings: { factor: 0, throttle: false } });
  control = proxyControl(proxy.endpoint);
});

afterEach(async () => {
  await proxy.close();
  await fake.close();
});

function ask(form: string, service = 'ec2', timeout = 2000, region = 'eu-west-1'): Promise<Response> {
  const authorization = `AWS4-HMAC-SHA256 Credential=AKID/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`;
  const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded', 'user-agent': 'test/1' };
  return fetch(proxy.endpoint, { method: 'POST', headers, body: form, signal: AbortSignal.timeout(timeout) });
}

async function outcomeAfter(rule: FaultRule, form = 'Action=DescribeTags'): Promise<string> {
  await control.addFaults(rule);
  const said = await ask(form, 'ec2', 300).then(
    async (response) => `${response.status} ${/<Code>([^<]+)/.exec(await response.text())?.[1] ?? 'ok'}`,
    () => 'no answer',
  );
  // The entry of a call that the client gave up is closed a moment later.
  for (let tries = 0; tries < 100; tries += 1) {
    const [entry] = await control.journal();
    if (entry && entry.outcome !== 'pending') return `${said}; ${entry.outcome}; heard ${fake.heard.length}`;
  }
  return `${said}; still pending`;
}

test('a call passes through unchanged and is journaled', async () => {
  const response = await ask('Action=DescribeTags&Filter.1.Name=key&Filter.1.Value.1=a%20b');
  expect(await response.text()).toBe(LIST);
  expect(fake.heard).toEqual(['Action=DescribeTags&Filter.1.Name=key&Filter.1.Value.1=a%20b']);
  const [entry] = await control.journal();
  expect(entry).toMatchObject({
    seq: 1,
    service: 'ec2',
    operation: 'DescribeTags',
    region: 'eu-west-1',
    account: '123456789012',
    caller: { accessKey: 'AKID', userAgent: 'test/1' },
    params: { Filter: [{ Name: 'key', Value: ['a b'] }] },
    write: false,
    outcome: 'ok',
    effective: false,
  });
});

test('in a region that AWS does not have nobody answers, and the stand-in is not asked', async () => {
  await expect(ask('Action=DescribeTags', 'ec2', 2000, 'eu-west-9')).rejects.toThrow('fetch failed');
  expect(fake.heard).toEqual([]);
  expect(await control.journal()).toEqual([expect.objectContaining({ region: 'eu-west-9', outcome: 'reset' })]);
});

test('counters add up by account, operation, outcome and tier', async () => {
  fake.answer({ body: MADE });
  const tags = 'TagSpecification.1.ResourceType=vpc&TagSpecification.1.Tag.1.Key=scalingtier.dev/namespace';
  const named = `${tags}&TagSpecification.1.Tag.1.Value=shop&TagSpecification.1.Tag.2.Key=scalingtier.dev/name&TagSpecification.1.Tag.2.Value=web`;
  await ask(`Action=CreateVpc&CidrBlock=10.0.0.0/16&${named}`);
  await ask('Action=DescribeTags');
  expect(await control.counters({ account: '123456789012' })).toEqual({
    total: 2,
    reads: 1,
    writes: 1,
    operations: { 'ec2:CreateVpc': 1, 'ec2:DescribeTags': 1 },
    outcomes: { ok: 2 },
    tiers: { 'shop/web': 1 },
  });
  expect(await control.counters({ account: '999999999999' })).toMatchObject({ total: 0 });
});

test('a call that names only an id is of the tier that the id was made for', async () => {
  fake.answer({ body: MADE });
  await ask(
    'Action=CreateVpc&TagSpecification.1.Tag.1.Key=scalingtier.dev/namespace&TagSpecification.1.Tag.1.Value=a&TagSpecification.1.Tag.2.Key=scalingtier.dev/name&TagSpecification.1.Tag.2.Value=b',
  );
  await ask('Action=DescribeVpcAttribute&VpcId=vpc-0123456789abcdef0&Attribute=enableDnsSupport');
  const entries = await control.journal();
  expect(entries.map((entry) => entry.tier)).toEqual(['a/b', 'a/b']);
  expect(entries[0]).toMatchObject({ created: ['vpc-0123456789abcdef0'], effective: true });
});

test.each<{ name: string; rule: FaultRule; expected: string }>([
  {
    name: 'an error: AWS refuses and never hears of it',
    rule: {
      match: { operation: 'DescribeTags' },
      effect: { kind: 'error', code: 'InsufficientInstanceCapacity', status: 500 },
    },
    expected: '500 InsufficientInstanceCapacity; InsufficientInstanceCapacity; heard 0',
  },
  {
    name: 'a reset before: AWS never hears of it',
    rule: { match: {}, effect: { kind: 'resetBefore' } },
    expected: 'no answer; reset; heard 0',
  },
  {
    name: 'a reset after: AWS did it',
    rule: { match: { operation: 'Describe*' }, effect: { kind: 'resetAfter' } },
    expected: 'no answer; lost; heard 1',
  },
  {
    name: 'a lost answer: AWS did it',
    rule: { match: {}, effect: { kind: 'lostAnswer' } },
    expected: 'no answer; lost; heard 1',
  },
  {
    name: 'an internal error after success: AWS did it',
    rule: { match: { write: false }, effect: { kind: 'error500After' } },
    expected: '500 InternalError; InternalError; heard 1',
  },
  {
    name: 'a hold that outlasts the client: AWS never hears of it',
    rule: { match: { service: 'ec2' }, effect: { kind: 'hold' } },
    expected: 'no answer; reset; heard 0',
  },
  {
    name: 'a rule for another operation: nothing',
    rule: { match: { operation: ['Create*', 'Delete*'] }, effect: { kind: 'resetBefore' } },
    expected: '200 ok; ok; heard 1',
  },
  {
    name: 'a rule for writes: a read passes',
    rule: { match: { write: true }, effect: { kind: 'resetBefore' } },
    expected: '200 ok; ok; heard 1',
  },
])('fault: $name', async ({ rule, expected }) => {
  expect(await outcomeAfter(rule)).toBe(expected);
});

test('a truncated answer ends in the middle', async () => {
  await control.addFaults({ match: {}, effect: { kind: 'truncate' } });
  expect(await (await ask('Action=DescribeTags')).text()).toBe(LIST.slice(0, Math.floor(LIST.length / 2)));
});

test('a delay delays', async () => {
  await control.addFaults({ match: {}, effect: { kind: 'delay', milliseconds: 120 } });
  const began = performance.now();
  await ask('Action=DescribeTags');
  expect(performance.now() - began).toBeGreaterThan(110);
});

test('nth and count choose calls, and every rule counts every call that fits it', async () => {
  const error = (code: string) => ({ kind: 'error', code }) as const;
  await control.addFaults(
    { match: { operation: 'DescribeTags', nth: [2, 4] }, effect: error('Second'), count: 1 },
    { match: { operation: 'DescribeTags', nth: 3 }, effect: error('Third') },
  );
  const codes: string[] = [];
  for (let call = 0; call < 5; call += 1) {
    const text = await (await ask('Action=DescribeTags')).text();
    codes.push(/<Code>([^<]+)/.exec(text)?.[1] ?? 'ok');
  }
  expect(codes).toEqual(['ok', 'Second', 'Third', 'ok', 'ok']);
  expect(await control.faults()).toMatchObject([
    { matched: 5, struck: 1 },
    { matched: 5, struck: 1 },
  ]);
});

test('a rule strikes what is not excepted, and whom it names', async () => {
  const isEnded = async (query: string): Promise<boolean> => (await ask(query)).status !== 200;
  const [about, other] = ['Action=CreateTags&ResourceId.1=vpc-1', 'Action=CreateTags&ResourceId.1=vpc-2'];
  await control.addFaults({
    match: { write: true, except: ['CreateTags vpc-1'] },
    effect: { kind: 'error', code: 'Struck' },
  });
  expect([await isEnded(about), await isEnded(other)]).toEqual([false, true]);
  await control.removeFault();
  await control.addFaults({ match: { userAgent: 'nobody' }, effect: { kind: 'error', code: 'Struck' } });
  expect(await isEnded(other)).toBe(false);
});

test('a held call goes on when its rule is removed', async () => {
  const [id] = await control.addFaults({ match: { operation: 'DescribeTags' }, effect: { kind: 'hold' } });
  const answer = ask('Action=DescribeTags');
  while ((await control.journal())[0]?.outcome !== 'pending');
  expect(fake.heard).toEqual([]);
  await control.removeFault(id);
  expect((await answer).status).toBe(200);
  expect(await control.faults()).toEqual([]);
});

test.each(['before', 'after'] as const)('a kill %s the call ends the process that it names', async (when) => {
  const victim = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  await once(victim, 'spawn');
  const ended = once(victim, 'exit');
  await control.addFaults({ match: {}, effect: { kind: 'kill', pid: victim.pid ?? 0, when }, count: 1 });
  await expect(ask('Action=DescribeTags', 'ec2', 300)).rejects.toThrow();
  expect(await ended).toEqual([null, 'SIGKILL']);
  expect(fake.heard).toHaveLength(when === 'before' ? 0 : 1);
});

test('an HTML page of the stand-in becomes a loud error that names the operation', async () => {
  fake.answer({ status: 500, type: 'text/html', body: '<!doctype html><title>500</title>' });
  const response = await ask('Action=DescribeSpotPriceHistory');
  expect(response.status).toBe(501);
  expect(await response.text()).toContain(
    '<Code>SandboxUnimplemented</Code><Message>the stand-in cannot do ec2:DescribeSpotPriceHistory',
  );
  expect(await control.journal()).toMatchObject([{ outcome: 'SandboxUnimplemented', status: 501 }]);
});

test('request limits: the burst passes, then calls are refused as the service says it', async () => {
  await control.configure({ throttle: true });
  // Two a second and five at once: no machine is so busy that it asks more slowly.
  const answers = await Promise.all(Array.from({ length: 30 }, () => ask('Action=StopInstances&InstanceId.1=i-1')));
  const refused = answers.filter(({ status }) => status === 503).length;
  expect(refused).toBeGreaterThan(0);
  expect(refused).toBeLessThanOrEqual(25);
  expect((await control.counters()).outcomes.RequestLimitExceeded).toBe(refused);
  // Other calls, and whoever switches the limits off, are not concerned.
  expect((await ask('Action=DescribeTags')).status).toBe(200);
  await control.configure({ throttle: false });
  expect((await ask('Action=StopInstances&InstanceId.1=i-1')).status).not.toBe(503);
});

test('the account of temporary credentials is learnt from AssumeRole', async () => {
  fake.answer({
    body: '<AssumeRoleResponse><AssumedRoleUser><Arn>arn:aws:sts::111122223333:assumed-role/r/s</Arn></AssumedRoleUser><Credentials><AccessKeyId>ASIATEST</AccessKeyId></Credentials></AssumeRoleResponse>',
  });
  await ask('Action=AssumeRole&RoleArn=arn:aws:iam::111122223333:role/r', 'sts');
  fake.answer({ body: LIST });
  const authorization =
    'AWS4-HMAC-SHA256 Credential=ASIATEST/20260101/eu-west-1/ec2/aws4_request, SignedHeaders=host, Signature=0';
  await fetch(proxy.endpoint, { method: 'POST', headers: { authorization }, body: 'Action=DescribeTags' });
  expect((await control.journal()).map((entry) => entry.account)).toEqual(['123456789012', '111122223333']);
  expect(await control.journal({ account: '111122223333', since: 1 })).toHaveLength(1);
});

test('settings of an account override the common ones and go with its reset', async () => {
  await control.configure({ lagSeconds: 3 });
  expect(await control.configure({ pageSize: 1 }, '111122223333')).toMatchObject({ lagSeconds: 3, pageSize: 1 });
  await control.reset('111122223333');
  expect(await control.configure({}, '111122223333')).toMatchObject({ lagSeconds: 3, pageSize: 0 });
});

test.each([
  { what: 'a setting that does not exist', change: { speed: 1 }, says: 'speed cannot be 1' },
  { what: 'a negative number', change: { factor: -1 }, says: 'factor cannot be -1' },
  { what: 'a switch that is no switch', change: { throttle: 'on' }, says: 'throttle cannot be "on"' },
])('refuses $what and names it', async ({ change, says }) => {
  await expect(control.configure(change as never)).rejects.toThrow(says);
});

test.each([
  {
    what: 'an effect that does not exist',
    rule: { match: {}, effect: { kind: 'explode' } },
    says: 'effect.kind cannot be "explode"',
  },
  { what: 'no match', rule: { effect: { kind: 'hold' } }, says: 'match is missing' },
  {
    what: 'a kill of everything',
    rule: { match: {}, effect: { kind: 'kill', pid: -1, when: 'before' } },
    says: 'effect.pid cannot be -1',
  },
  { what: 'a count of nothing', rule: { match: {}, effect: { kind: 'hold' }, count: 0 }, says: 'count cannot be 0' },
])('refuses a rule with $what and says so', async ({ rule, says }) => {
  await expect(control.addFaults(rule as never)).rejects.toThrow(says);
});

test('secrets stay out of the journal', async () => {
  await ask('Action=RunInstances&UserData=c2VjcmV0&ImageId=ami-1');
  expect(JSON.stringify(await control.journal())).not.toContain('c2VjcmV0');
});
