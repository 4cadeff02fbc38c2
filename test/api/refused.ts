/**
 * Manifests that must be refused when they are created, and the field that the refusal names. Read by the offline test
 * and by the test against a real API server, so that both judge alike.
 */
import { type Piece, tier } from './manifests.ts';
import { REFUSED_DATABASE } from './refused-database.ts';
import { REFUSED_LOAD_BALANCED } from './refused-load-balanced.ts';
import { REFUSED_SURROUNDINGS } from './refused-surroundings.ts';
import { REFUSED_TRANSITION } from './refused-transition.ts';

/** One bad manifest. */
export interface Refused {
  readonly name: string;
  readonly manifest: Piece;
  /** What the refusal must contain: the field's path, or the text of the rule that is broken. */
  readonly says: string;
}

const refused = (name: string, spec: Piece, says: string): Refused => ({ name, manifest: tier(spec), says });
const named = (name: string): Refused => ({
  name: `the name ${name}`,
  manifest: tier({}, { name }),
  says: 'metadata.name must be at most 40 lower-case letters',
});
const key = 'arn:aws:kms:us-east-1:123456789012:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0';
const role = 'arn:aws:iam::123456789012:role/tier';
const policy = (name: string) => `arn:aws:iam::123456789012:policy/${name}`;
const many = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index));

const names: readonly Refused[] = [
  named('a'.repeat(41)),
  named('shop.eu'),
  named('a--b'),
  named('1shop'),
  named('internal-shop'),
];

const tags: readonly Refused[] = [
  ...['aws:x', 'AWS:x', 'scalingtier.dev/x', 'Name'].map((tag) =>
    refused(`the tag key ${tag}`, { tags: { [tag]: 'x' } }, 'spec.tags keys must not start with'),
  ),
  refused('a tag key of 129 characters', { tags: { ['k'.repeat(129)]: 'x' } }, 'spec.tags keys must be 1 to 128'),
  refused('an empty tag key', { tags: { '': 'x' } }, 'spec.tags keys must be 1 to 128'),
  refused('a tag key with a star', { tags: { 'a*': 'x' } }, 'spec.tags keys must be 1 to 128'),
  refused('a tag value of 257 characters', { tags: { a: 'v'.repeat(257) } }, 'spec.tags.a'),
  refused('a tag value with a star', { tags: { a: '*' } }, 'spec.tags.a'),
  refused('a tag value that is a number', { tags: { a: 1 } }, 'spec.tags.a'),
  refused('41 tags', { tags: Object.fromEntries(many(41, (index) => [`k${index}`, 'v'])) }, 'spec.tags'),
];

const aws: readonly Refused[] = [
  refused('no region', { aws: { region: null } }, 'spec.aws.region'),
  refused('a region that is a zone', { aws: { region: 'us-east-1a' } }, 'spec.aws.region'),
  refused('an account of eleven digits', { aws: { accountID: '12345678901' } }, 'spec.aws.accountID'),
  refused(
    'a role that is a user',
    { aws: { assumeRoleARN: 'arn:aws:iam::123456789012:user/x' } },
    'spec.aws.assumeRoleARN',
  ),
  refused(
    'a role of another account',
    { aws: { accountID: '210987654321', assumeRoleARN: role } },
    'must name a role of the account in spec.aws.accountID',
  ),
  refused(
    'an external id without a role',
    { aws: { externalIDSecretRef: { name: 'a', key: 'b' } } },
    'spec.aws.externalIDSecretRef needs spec.aws.assumeRoleARN',
  ),
  refused(
    'an external id without a key',
    { aws: { assumeRoleARN: role, externalIDSecretRef: { name: 'a' } } },
    'spec.aws.externalIDSecretRef.key',
  ),
  refused(
    'a Secret of another namespace',
    { aws: { assumeRoleARN: role, externalIDSecretRef: { name: 'other/a', key: 'b' } } },
    'spec.aws.externalIDSecretRef.name',
  ),
];

const policies: readonly Refused[] = [
  refused('no stage', { stage: null }, 'spec.stage'),
  refused('a stage that does not work yet', { stage: 'Edge' }, 'spec.stage'),
  refused('an unknown management policy', { managementPolicy: 'None' }, 'spec.managementPolicy'),
  refused('an unknown drift mode', { driftPolicy: { mode: 'Ignore' } }, 'spec.driftPolicy.mode'),
  refused('an interval of 59 seconds', { driftPolicy: { intervalSeconds: 59 } }, 'spec.driftPolicy.intervalSeconds'),
  refused('an interval above a day', { driftPolicy: { intervalSeconds: 86401 } }, 'spec.driftPolicy.intervalSeconds'),
  refused(
    'an ignored role without a kind',
    { driftPolicy: { ignore: [{ role: 'server', fields: ['a'] }] } },
    'spec.driftPolicy.ignore',
  ),
  refused(
    'an ignored role without fields',
    { driftPolicy: { ignore: [{ role: 'ec2.vpc/main', fields: [] }] } },
    'spec.driftPolicy.ignore',
  ),
  refused(
    'an ignored role twice',
    { driftPolicy: { ignore: many(2, () => ({ role: 'ec2.vpc/main', fields: ['a'] })) } },
    'spec.driftPolicy.ignore',
  ),
  refused(
    '51 ignored roles',
    { driftPolicy: { ignore: many(51, (index) => ({ role: `ec2.vpc/n${index}`, fields: ['a'] })) } },
    'spec.driftPolicy.ignore',
  ),
  refused('a snapshot of a network', { deletionPolicy: { default: 'Snapshot' } }, 'spec.deletionPolicy.default'),
  refused(
    'data loss that is not confirmed',
    { deletionPolicy: { database: 'Delete' } },
    'needs spec.deletionPolicy.confirmDataLoss',
  ),
  refused(
    'data loss confirmed for another tier',
    { deletionPolicy: { database: 'Delete', confirmDataLoss: 'shop2' } },
    'needs spec.deletionPolicy.confirmDataLoss',
  ),
  refused(
    'alarms to a queue',
    { observability: { snsTopicARN: 'arn:aws:sqs:us-east-1:123456789012:q' } },
    'spec.observability.snsTopicARN',
  ),
  refused(
    'alarms to another region',
    { observability: { snsTopicARN: 'arn:aws:sns:eu-west-1:123456789012:t' } },
    'must name a topic of the region',
  ),
  refused('alarms that are text', { observability: { alarms: 'true' } }, 'spec.observability.alarms'),
];

const cidr = (text: string) =>
  refused(`the network ${text}`, { network: { create: { cidr: text } } }, 'spec.network.create.cidr');
const zones = (name: string, zoneIDs: readonly string[], says: string) =>
  refused(name, { network: { create: { zoneIDs } } }, says);
const reach = (name: string, allowedCIDRs: readonly string[], says = 'spec.network.allowedCIDRs') =>
  refused(name, { network: { allowedCIDRs } }, says);

const network: readonly Refused[] = [
  refused('an unknown network mode', { network: { mode: 'Shared' } }, 'spec.network.mode'),
  ...[
    '10.42.0.1/16',
    '10.42.8.0/20',
    '10.0.0.0/15',
    '10.0.0.0/21',
    '300.0.0.0/16',
    '010.42.0.0/16',
    '10.42.0.0/016',
  ].map(cidr),
  ...['10.42.0.0', 'fd00::/16', '10.42.0.0/16 '].map(cidr),
  ...['127.0.0.0/16', '127.255.240.0/20', '169.254.0.0/16', '224.0.0.0/16', '239.255.0.0/16'].map((text) =>
    refused(
      `the network ${text}, of which AWS makes none`,
      { network: { create: { cidr: text } } },
      'spec.network.create.cidr must not be in 127.0.0.0/8 (loopback), 169.254.0.0/16 (link-local) or 224.0.0.0/4 (multicast)',
    ),
  ),
  refused(
    'a network with host bits',
    { network: { create: { cidr: '10.42.1.0/16' } } },
    'must be an IPv4 block of /16 to /20 without host bits',
  ),
  refused('one zone', { network: { create: { zoneCount: 1 } } }, 'spec.network.create.zoneCount'),
  refused('four zones', { network: { create: { zoneCount: 4 } } }, 'spec.network.create.zoneCount'),
  refused('zones as text', { network: { create: { zoneCount: '2' } } }, 'spec.network.create.zoneCount'),
  zones('fewer zone ids than zones', ['use1-az1'], 'spec.network.create.zoneIDs must name as many zones'),
  zones('a zone twice', ['use1-az1', 'use1-az1'], 'spec.network.create.zoneIDs must not name the same entry twice'),
  zones('zone names for zone ids', ['us-east-1a', 'us-east-1b'], 'spec.network.create.zoneIDs'),
  reach(
    'a reach with host bits',
    ['203.0.113.1/24'],
    'spec.network.allowedCIDRs must hold IPv4 blocks without host bits',
  ),
  reach('a reach twice', ['10.0.0.0/8', '10.0.0.0/8'], 'spec.network.allowedCIDRs must not name the same entry twice'),
  reach('a reach in IPv6', ['::/0']),
  reach(
    '21 reaches',
    many(21, (index) => `10.${index}.0.0/16`),
  ),
];

const volume = (name: string, dataVolume: Piece, says: string) => refused(name, { compute: { dataVolume } }, says);
const mount = (mountPath: string) =>
  volume(`the mount path ${mountPath.slice(0, 40)}`, { mountPath }, 'spec.compute.dataVolume.mountPath');
const systemDirectories = [
  '/etc',
  '/usr/local',
  '/home',
  '/opt',
  '/var',
  '/var/lib',
  '/var/lib/cloud',
  '/var/log',
  '/root',
  '/run/x',
];
const compute = (name: string, given: Piece, says: string) => refused(name, { compute: given }, says);
const userData = 'spec.compute.userData needs exactly one of';
const fit = 'spec.compute.instanceType must fit spec.compute.architecture';

const server: readonly Refused[] = [
  compute('an unknown architecture', { architecture: 'riscv64' }, 'spec.compute.architecture'),
  compute('an Intel type for arm64', { instanceType: 'm5.large' }, fit),
  compute('a Graviton type for x86_64', { architecture: 'x86_64', instanceType: 'c7gn.xlarge' }, fit),
  compute('x86_64 with the default type', { architecture: 'x86_64' }, fit),
  compute('a type without a size', { instanceType: 'm7g' }, 'spec.compute.instanceType'),
  compute('a type that is a number', { instanceType: 4 }, 'spec.compute.instanceType'),
  compute('an image without a source', { ami: {} }, 'spec.compute.ami needs exactly one of'),
  compute(
    'an image with two sources',
    { ami: { id: 'ami-01234567', ssmParameter: '/a' } },
    'spec.compute.ami needs exactly one of',
  ),
  compute('a malformed image id', { ami: { id: 'ami-123' } }, 'spec.compute.ami.id'),
  compute('an image parameter that is relative', { ami: { ssmParameter: 'aws/x' } }, 'spec.compute.ami.ssmParameter'),
  compute('user data from nowhere', { userData: {} }, userData),
  compute('user data from two places', { userData: { inline: 'a', secretKeyRef: { name: 'a', key: 'b' } } }, userData),
  compute('user data above 16 KiB', { userData: { inline: 'x'.repeat(16385) } }, 'spec.compute.userData.inline'),
  compute(
    'user data without a key',
    { userData: { configMapKeyRef: { name: 'a' } } },
    'spec.compute.userData.configMapKeyRef.key',
  ),
  compute(
    'a key with a slash',
    { userData: { secretKeyRef: { name: 'a', key: 'b/c' } } },
    'spec.compute.userData.secretKeyRef.key',
  ),
  compute('a root volume of 7 GiB', { rootVolume: { sizeGiB: 7 } }, 'spec.compute.rootVolume.sizeGiB'),
  compute('a root volume of 16385 GiB', { rootVolume: { sizeGiB: 16385 } }, 'spec.compute.rootVolume.sizeGiB'),
  compute('a root volume of another type', { rootVolume: { type: 'gp2' } }, 'spec.compute.rootVolume.type'),
  volume('a data volume of 0 GiB', { sizeGiB: 0 }, 'spec.compute.dataVolume.sizeGiB'),
  volume('a data volume of 16385 GiB', { sizeGiB: 16385 }, 'spec.compute.dataVolume.sizeGiB'),
  volume('half a GiB', { sizeGiB: 50.5 }, 'spec.compute.dataVolume.sizeGiB'),
  volume('2999 iops', { iops: 2999 }, 'spec.compute.dataVolume.iops'),
  volume('16001 iops', { sizeGiB: 100, iops: 16001 }, 'spec.compute.dataVolume.iops'),
  volume(
    'more iops than the size allows',
    { sizeGiB: 10, iops: 6000 },
    'spec.compute.dataVolume.iops must be at most 500',
  ),
  volume('a throughput of 124', { throughput: 124 }, 'spec.compute.dataVolume.throughput'),
  volume('a throughput of 1001', { iops: 6000, throughput: 1001 }, 'spec.compute.dataVolume.throughput'),
  volume(
    'more throughput than the iops allow',
    { throughput: 751 },
    'spec.compute.dataVolume.throughput must be at most a quarter',
  ),
  ...[
    '/',
    'srv/data',
    '/srv/data/',
    '/srv//data',
    '/srv/../etc',
    '/srv/da ta',
    '/srv/$(id)',
    `/${'a'.repeat(128)}`,
  ].map(mount),
  ...systemDirectories.map((mountPath) =>
    volume(`the mount path ${mountPath}`, { mountPath }, 'must not be a directory of the operating system'),
  ),
  compute('a key alias', { kmsKeyARN: 'arn:aws:kms:us-east-1:123456789012:alias/x' }, 'spec.compute.kmsKeyARN'),
  compute(
    'a key of another region',
    { kmsKeyARN: key.replace('us-east-1', 'eu-west-1') },
    'must name a key of the region',
  ),
  compute('no metadata hop', { imdsHopLimit: 0 }, 'spec.compute.imdsHopLimit'),
  compute('three metadata hops', { imdsHopLimit: 3 }, 'spec.compute.imdsHopLimit'),
  compute('a boundary that is a role', { permissionsBoundaryARN: role }, 'spec.compute.permissionsBoundaryARN'),
  compute(
    'nine policies',
    { managedPolicyARNs: many(9, (index) => policy(`p${index}`)) },
    'spec.compute.managedPolicyARNs',
  ),
  compute(
    'a policy twice',
    { managedPolicyARNs: [policy('a'), policy('a')] },
    'spec.compute.managedPolicyARNs must not name the same entry twice',
  ),
];

const longName = 'a'.repeat(64);
const database: readonly Refused[] = [
  refused('an unknown engine', { database: { engine: 'oracle' } }, 'spec.database.engine'),
  refused('a database name with a hyphen', { database: { name: 'my-app' } }, 'spec.database.name'),
  refused('a database name that starts with a digit', { database: { name: '1app' } }, 'spec.database.name'),
  refused('a database name of 64 characters', { database: { name: longName } }, 'spec.database.name'),
  refused(
    "the engine's own database",
    { database: { name: 'Postgres' } },
    'spec.database.name must not be a database of the engine',
  ),
  refused('port 0', { database: { onInstance: { port: 0 } } }, 'spec.database.onInstance.port'),
  refused('port 65536', { database: { onInstance: { port: 65536 } } }, 'spec.database.onInstance.port'),
  refused(
    'no snapshot',
    { database: { onInstance: { snapshots: { keep: 0 } } } },
    'spec.database.onInstance.snapshots.keep',
  ),
  refused(
    '31 snapshots',
    { database: { onInstance: { snapshots: { keep: 31 } } } },
    'spec.database.onInstance.snapshots.keep',
  ),
];

/** Every bad manifest. */
export const REFUSED: readonly Refused[] = [
  ...names,
  ...tags,
  ...aws,
  ...policies,
  ...network,
  ...server,
  ...database,
  ...REFUSED_DATABASE,
  ...REFUSED_LOAD_BALANCED,
  ...REFUSED_SURROUNDINGS,
  ...REFUSED_TRANSITION,
];
