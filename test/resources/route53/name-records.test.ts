/** What stands at a name, and what is to: shares, strangers, and batches that name what they take away. Pure. */
import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import {
  changesTo,
  commonTarget,
  keptBy,
  type NameRecords,
  nextShare,
  refuseStrangers,
  type Target,
} from '../../../src/resources/route53/name-records.ts';

const SERVER = '203.0.113.10';
const BALANCER = 'st-web-1.us-east-1.elb.amazonaws.com';
const [OLD, NEW]: readonly [Target, Target] = [
  { address: SERVER, ttlSeconds: 60 },
  { dnsName: BALANCER, hostedZoneId: 'Z35SXDOTRQ7X7K' },
];

const address = (Value: string, more: Partial<ResourceRecordSet> = {}): ResourceRecordSet => ({
  ...{ Name: 'www.example.com.', Type: 'A', TTL: 60, ResourceRecords: [{ Value }] },
  ...more,
});
const alias = (DNSName: string, more: Partial<ResourceRecordSet> = {}): ResourceRecordSet => ({
  ...{ Name: 'www.example.com.', Type: 'A' },
  AliasTarget: { DNSName, HostedZoneId: 'Z35SXDOTRQ7X7K', EvaluateTargetHealth: true },
  ...more,
});
const at = (...sets: readonly ResourceRecordSet[]): NameRecords => ({ name: 'www.example.com', sets });
const shared = (share: number): NameRecords =>
  at(
    address(SERVER, { SetIdentifier: 'scalingtier-old', Weight: 100 - share }),
    alias(`${BALANCER}.`, { SetIdentifier: 'scalingtier-new', Weight: share }),
  );

test.each([
  ['the server alone', at(address(SERVER)), 10],
  ['10 of 100', shared(10), 50],
  ['50 of 100', shared(50), 100],
  ['the load balancer alone', at(alias(`${BALANCER}.`)), 100],
  ['nothing', at(), 100],
  ['a place that is given up', at(address('198.51.100.1')), 100],
])('where names lead to %s, the next share of the load balancer is %j', (_, records, share) => {
  expect(nextShare([records], NEW, SERVER)).toBe(share);
});

test('names move together: the one that is furthest behind says the share', () => {
  expect(nextShare([shared(50), at(address(SERVER)), at()], NEW, SERVER)).toBe(10);
  expect(nextShare([at(address(SERVER))], NEW, undefined)).toBe(100);
});

test('a share is two records in place of one, which is named as it stands', () => {
  const standing = address(SERVER, { TTL: 300 });
  const [removed, ...made] = changesTo([at(standing)], NEW, 10);
  expect(removed).toEqual({ Action: 'DELETE', ResourceRecordSet: standing });
  expect(made.map(({ Action, ResourceRecordSet: { Weight, TTL } }) => [Action, Weight, TTL])).toEqual([
    ['CREATE', 90, 300],
    ['CREATE', 10, undefined],
  ]);
});

test('in the end an alias is left, whichever way Route 53 writes its name', () => {
  const changes = changesTo([shared(50)], NEW, 100);
  expect(changes.map(({ Action, ResourceRecordSet: { SetIdentifier } }) => [Action, SetIdentifier])).toEqual([
    ['DELETE', 'scalingtier-old'],
    ['DELETE', 'scalingtier-new'],
    ['CREATE', undefined],
  ]);
  expect(changesTo([at(alias(`${BALANCER.toUpperCase()}.`)), at(alias(`dualstack.${BALANCER}.`))], NEW, 100)).toEqual(
    [],
  );
});

test('what resolvers still know is waited for, where it leads to another place', () => {
  const changes = changesTo([at(address(SERVER, { TTL: 300 }))], NEW, 10);
  expect(keptBy(changes, NEW)).toBe(300);
  expect(keptBy(changesTo([at(alias(BALANCER))], OLD, 100), OLD)).toBe(60);
  expect(keptBy(changesTo([at(address(SERVER, { TTL: 300 }))], OLD, 100), OLD)).toBe(0);
});

test.each([
  ['another address', address('198.51.100.1'), 'of type A that leads to 198.51.100.1'],
  [
    'several addresses',
    { ...address(SERVER), ResourceRecords: [{ Value: SERVER }, { Value: '198.51.100.1' }] },
    `${SERVER}, 198`,
  ],
  ['a name', { ...address('cdn.example.net'), Type: 'CNAME' } as const, 'of type CNAME that leads to cdn.example.net'],
  ['the server, by weights of somebody else', address(SERVER, { SetIdentifier: 'blue', Weight: 1 }), 'of type A'],
])('a record that leads to %s is refused, with the way out', (_, set, words) => {
  const refuse = () => refuseStrangers([at(set)], new Set([SERVER, BALANCER]), 'Z1');
  expect(refuse).toThrow(words);
  expect(refuse).toThrow(
    `delete it in hosted zone Z1, let it lead to ${SERVER} or ${BALANCER} alone, or take the name out`,
  );
});

test('what leads to the tier is no stranger', () => {
  expect(() =>
    refuseStrangers([at(), at(address(SERVER)), shared(10)], new Set([SERVER, BALANCER]), 'Z1'),
  ).not.toThrow();
});

test('names lead to one place when all do, each by one record', () => {
  expect(commonTarget([at(address(SERVER)), at(address(SERVER))])).toEqual(OLD);
  expect(commonTarget([at(alias(`${BALANCER}.`))])).toEqual(NEW);
  for (const other of [at(), shared(10), at(address('198.51.100.1')), at(alias(BALANCER))])
    expect(commonTarget([at(address(SERVER)), other])).toBeUndefined();
});
