/** Route 53 behind the proxy, spoken by the real SDK: what AWS refuses, that a batch is made whole or not, and how long it takes. */
import {
  type Change,
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  GetChangeCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type Account, type Aws, codeOf, openAccount, openAws } from './account.ts';

let aws: Aws;
let account: Account;
let client: Route53Client;
let zone: string;
let zones = 0;

beforeAll(async () => {
  aws = await openAws();
  account = await openAccount(aws);
  const { credentials, region } = account.ec2.config;
  client = new Route53Client({ endpoint: aws.endpoint, credentials, region, maxAttempts: 1 });
  await aws.control.configure({ throttle: false, factor: 100 }, account.id);
});

beforeEach(async () => {
  zones += 1;
  const made = await client.send(
    new CreateHostedZoneCommand({ Name: 'example.com', CallerReference: `zone ${zones}` }),
  );
  zone = made.HostedZone?.Id?.replace('/hostedzone/', '') ?? '';
});

afterAll(() => aws.close());

const record = (Name: string, Value: string, more: Partial<ResourceRecordSet> = {}): ResourceRecordSet => ({
  ...{ Name, Type: 'A', TTL: 60, ResourceRecords: [{ Value }] },
  ...more,
});
const create = (set: ResourceRecordSet): Change => ({ Action: 'CREATE', ResourceRecordSet: set });
const remove = (set: ResourceRecordSet): Change => ({ Action: 'DELETE', ResourceRecordSet: set });

const change = (...Changes: Change[]) =>
  client.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: zone, ChangeBatch: { Changes } }));

const list = async (more: object = {}) => {
  const answer = await client.send(new ListResourceRecordSetsCommand({ HostedZoneId: zone, ...more }));
  return (answer.ResourceRecordSets ?? []).map(({ Name, Type, SetIdentifier = '' }) =>
    `${Name} ${Type} ${SetIdentifier}`.trim(),
  );
};

const A = record('a.example.com', '203.0.113.1');

test('a change is pending, and then everywhere', async () => {
  await aws.control.configure({ factor: 1 }, account.id);
  const { ChangeInfo: { Id } = {} } = await change(create(A));
  const status = async () => (await client.send(new GetChangeCommand({ Id }))).ChangeInfo?.Status;
  expect(await status()).toBe('PENDING');
  await aws.control.configure({ factor: 0 }, account.id);
  const { ChangeInfo: later } = await change(remove(A));
  expect((await client.send(new GetChangeCommand({ Id: later?.Id }))).ChangeInfo?.Status).toBe('INSYNC');
});

test('names come in the order of their labels from the last one on, from the name that is asked for', async () => {
  await change(
    create(record('b.a.example.com', '203.0.113.1')),
    create(record('z.example.com', '203.0.113.1')),
    create(A),
  );
  expect(await list()).toEqual(['a.example.com. A', 'b.a.example.com. A', 'z.example.com. A']);
  expect(await list({ StartRecordName: 'b.a.example.com' })).toEqual(['b.a.example.com. A', 'z.example.com. A']);
  const answer = await client.send(new ListResourceRecordSetsCommand({ HostedZoneId: zone, MaxItems: 1 }));
  expect(answer).toMatchObject({ IsTruncated: true, NextRecordName: 'b.a.example.com.', NextRecordType: 'A' });
});

const weighted = (SetIdentifier: string, Weight: number) =>
  record('a.example.com', '203.0.113.2', { SetIdentifier, Weight });

test.each<readonly [string, readonly Change[], string]>([
  ['made twice', [create(A)], 'but it already exists'],
  ['taken away with another time to live', [remove({ ...A, TTL: 61 })], 'do not match the current values'],
  ['taken away that is not there', [remove(record('b.example.com', '203.0.113.1'))], 'but it was not found'],
  ['of another zone', [create(record('a.example.org', '203.0.113.1'))], 'is not permitted in zone example.com.'],
  ['with a weight beside one without', [create(weighted('one', 1))], 'another routing policy'],
  [
    'that leads to a name beside one that leads to an address',
    [create({ ...A, Type: 'CNAME' })],
    'conflicts with other records',
  ],
  [
    'that is an alias of nothing',
    [
      create({
        ...{ Name: 'b.example.com', Type: 'A' },
        AliasTarget: { DNSName: 'x.us-east-1.elb.amazonaws.com', HostedZoneId: 'Z1', EvaluateTargetHealth: true },
      }),
    ],
    'does not lie within the target zone',
  ],
])('a record %s is refused, and with it the whole batch', async (_, changes, words) => {
  await change(create(A));
  const batch = change(create(record('first.example.com', '203.0.113.1')), ...changes);
  await expect(batch).rejects.toMatchObject({ name: 'InvalidChangeBatch', message: expect.stringContaining(words) });
  expect(await list()).toEqual(['a.example.com. A']);
});

test('a record gives way to two with weights in one batch, and they to one again', async () => {
  await change(create(A));
  await change(remove(A), create(weighted('one', 10)), create(weighted('two', 90)));
  expect(await list()).toEqual(['a.example.com. A one', 'a.example.com. A two']);
  await change(remove(weighted('one', 10)), remove(weighted('two', 90)), create(A));
  expect(await list()).toEqual(['a.example.com. A']);
});

test('a zone that there is not is none', async () => {
  zone = 'Z0123456789ABCDEFGHIJ';
  expect(await codeOf(change(create(A)))).toBe('NoSuchHostedZone');
});
