/** The CustomResourceDefinition on a real API server: what it refuses, what it lets through, what it fills in. */
import { withDefaults } from '../../src/api/defaults.ts';
import { fitStatus } from '../../src/api/fit.ts';
import type { TierSpecInput, TierStatus } from '../../src/api/types.ts';
import { ACCEPTED_CHANGES, type Change, REFUSED_CHANGES } from './changes.ts';
import { REFUSED_STAGE_CHANGES } from './changes-stage.ts';
import { at, changed, full, fullSeparate, leavesOf, minimal, only, type Piece, separate, tier } from './manifests.ts';
import { balanced, brought, fullBalanced, fullBrought, targetGroups } from './manifests-load-balanced.ts';
import { REFUSED } from './refused.ts';
import { type ApiServer, apiServer } from './server.ts';
import { moving, oversized, settled } from './statuses.ts';

let server: ApiServer;

beforeAll(async () => {
  server = await apiServer();
});

afterAll(() => server.stop());

const mergePatch = { 'content-type': 'application/merge-patch+json' };
const operator = { manager: 'scalingtier-operator', force: true, status: true };

const specOf = (body: Piece) => body.spec as Piece;
const defaulted = (manifest: Piece) => withDefaults(specOf(manifest) as TierSpecInput);

test.each([
  ['the smallest tier', minimal],
  ['the fullest tier', full],
  ['the smallest tier with a database of its own', separate],
  ['the fullest tier with a database of its own', fullSeparate],
  ['the smallest tier behind a load balancer', balanced],
  ['the fullest tier behind a load balancer', fullBalanced],
  ['the fullest tier in a network of others', fullBrought],
])('%s is accepted, with the defaults of the schema', async (_, manifest) => {
  const { status, body, message } = await server.judge(manifest);
  expect([status, message]).toEqual([201, '']);
  expect(specOf(body)).toEqual(defaulted(manifest));
  expect(body.status).toEqual({ observedGeneration: -1 });
});

const others: Piece = { network: { mode: 'BringYourOwn', byo: brought } };
const leading: Piece = { dns: { hostedZoneID: 'Z0123456789ABCDEFGHIJ', names: ['shop.example.com'] } };
const serverless: Piece = { cache: { mode: 'Serverless' } };

/** What a field needs beside it to be valid. */
const company: Readonly<Record<string, Piece>> = {
  'aws.externalIDSecretRef': { aws: { assumeRoleARN: 'arn:aws:iam::123456789012:role/tier' } },
  'deletionPolicy.database': { deletionPolicy: { confirmDataLoss: 'shop' } },
  'deletionPolicy.storage': { deletionPolicy: { confirmDataLoss: 'shop' } },
  'network.create.zoneIDs': { network: { create: { zoneCount: 3 } } },
  'compute.architecture': { compute: { instanceType: 'm7i.large' } },
  'compute.instanceType': { compute: { architecture: 'x86_64' } },
  'compute.dataVolume.throughput': { compute: { dataVolume: { iops: 6000 } } },
  ...Object.fromEntries(['hostedZoneID', 'names', 'ttlSeconds'].map((field) => [`dns.${field}`, leading])),
  'compute.statelessProbe.timeoutSeconds': { compute: { statelessProbe: { command: 'true' } } },
  'compute.autoScaling.policies': { loadBalancer: { targetGroups } },
  'database.rds.engineVersion': { database: { engine: 'mysql' } },
  'database.rds.iops': { database: { rds: { storageGiB: 400 } } },
  'database.rds.throughput': { database: { rds: { storageGiB: 400 } } },
  'database.rds.logExports': { database: { engine: 'mysql' } },
  'loadBalancer.accessLogs.prefix': { loadBalancer: { accessLogs: { bucketName: 'shop-logs' } } },
  'loadBalancer.rules': { loadBalancer: { targetGroups } },
  'cache.engineVersion': { cache: { engine: 'redis' } },
  'cache.maxDataGB': serverless,
  'cache.maxECPUPerSecond': serverless,
  ...Object.fromEntries(Object.keys(brought).map((key) => [`network.byo.${key}`, others])),
  ...Object.fromEntries(
    ['app', 'database', 'cache', 'loadBalancer'].map((group) => [`network.byo.securityGroupIDs.${group}`, others]),
  ),
};

/** Every field, in the smallest tier of the first stage that has it. */
const everyLeaf = new Map(
  [
    [fullBrought, balanced] as const,
    [fullBalanced, balanced] as const,
    [fullSeparate, separate] as const,
    [full, minimal] as const,
  ].flatMap(([fullest, smallest]) =>
    leavesOf(specOf(fullest)).map((path) => {
      const piece = only(path, at(specOf(fullest), path)) as Piece;
      return [path.join('.'), { smallest, piece }] as const;
    }),
  ),
);

test.each([...everyLeaf])(
  'beside %s the server fills in what the schema fills in',
  async (name, { smallest, piece }) => {
    const manifest = changed(smallest, { spec: changed(company[name] ?? {}, piece) });
    const { body, message } = await server.judge(manifest);
    expect(message).toBe('');
    expect(specOf(body)).toEqual(defaulted(manifest));
  },
);

const maps = ['driftPolicy', 'deletionPolicy', 'network', 'network.create', 'compute', 'compute.rootVolume'];
test.each([
  ...maps,
  'compute.dataVolume',
  'database',
  'database.onInstance',
  'database.onInstance.snapshots',
  'observability',
  'approval',
  'transition',
  'transition.dataMigration',
])('an empty %s is filled in as the schema does', async (path) => {
  const manifest = tier(only(path.split('.'), {}) as Piece);
  const { body, message } = await server.judge(manifest);
  expect(message).toBe('');
  expect(specOf(body)).toEqual(defaulted(manifest));
});

test.each(['rds', 'rds.readReplicas', 'rds.credentials', 'rds.parameters'])(
  'an empty database.%s is filled in as the schema does',
  async (path) => {
    const manifest = changed(separate, { spec: { database: only(path.split('.'), {}) as Piece } });
    const { body, message } = await server.judge(manifest);
    expect(message).toBe('');
    expect(specOf(body)).toEqual(defaulted(manifest));
  },
);

test.each([
  ['cache', {}],
  ['storage', {}],
  ['compute.autoScaling', {}],
  ['compute.autoScaling.instanceRefresh', {}],
  ['loadBalancer.targetGroups', [{ name: 'web', isDefault: true, healthCheck: {} }]],
  ['loadBalancer.rules', [{ priority: 1, paths: ['/a'], fixedResponse: { statusCode: 404 } }]],
])('an empty %s of a tier behind a load balancer is filled in as the schema does', async (path, value) => {
  const manifest = changed(balanced, { spec: only(path.split('.'), value) as Piece });
  const { body, message } = await server.judge(manifest);
  expect(message).toBe('');
  expect(specOf(body)).toEqual(defaulted(manifest));
});

test.each(REFUSED)('$name is refused', async ({ manifest, says }) => {
  const { status, message } = await server.judge(manifest);
  expect(message).toContain(says);
  expect(status).toBe(422);
});

async function tryChange({ before, after, status }: Change) {
  const created = await server.call({ method: 'POST', body: tier(before) });
  expect(created.message).toBe('');
  if (status) {
    const report = { metadata: { name: 'shop' }, status: { observedGeneration: 1, ...status } };
    const said = await server.apply({ ...minimal, spec: undefined, ...report }, operator);
    expect(said.message).toBe('');
  }
  const query = { dryRun: 'All' };
  const answer = await server.call({
    method: 'PATCH',
    name: 'shop',
    query,
    body: { spec: after },
    headers: mergePatch,
  });
  await server.call({ method: 'DELETE', name: 'shop' });
  return answer;
}

test.each(REFUSED_CHANGES)('$name is refused', async (change) => {
  const { status, message } = await tryChange(change);
  expect(message).toContain(change.says);
  expect(status).toBe(422);
});

test.each(REFUSED_STAGE_CHANGES)('$name has one thing said against it', async (change) => {
  const { body } = await tryChange(change);
  const cause = { field: 'spec.stage', message: expect.stringContaining(change.says ?? '') };
  expect(at(body, ['details', 'causes'])).toEqual([expect.objectContaining(cause)]);
});

test.each(ACCEPTED_CHANGES)('$name is accepted', async (change) => {
  const { status, message } = await tryChange(change);
  expect([status, message]).toEqual([200, '']);
});

test('a tier that is being deleted may still change its mind about its data', async () => {
  const name = 'leaving';
  await server.call({ method: 'POST', body: tier({}, { name, finalizers: ['scalingtier.dev/cleanup'] }) });
  await server.call({ method: 'DELETE', name });
  const retain = { spec: { deletionPolicy: { database: 'Retain' } } };
  const { body, message } = await server.call({ method: 'PATCH', name, body: retain, headers: mergePatch });
  expect([message, at(body, ['spec', 'deletionPolicy', 'database'])]).toEqual(['', 'Retain']);
  await server.call({ method: 'PATCH', name, body: { metadata: { finalizers: null } }, headers: mergePatch });
  expect((await server.call({ method: 'GET', name })).status).toBe(404);
});

/** As many steps as a status may keep beside everything else at its bound. */
function largestStatus(): TierStatus {
  const counts = Array.from({ length: 20 }, (_, index) => 100 - 5 * index);
  const keeping = counts.find((count) => fitStatus(oversized(count)).plan?.steps !== undefined);
  return fitStatus(oversized(keeping));
}

const largest = largestStatus();

test.each([
  ['an ordinary status', 'plain', settled],
  ['a status with a move', 'moving', moving],
  ['a status whose plan was too large', 'cut', fitStatus(oversized())],
  ['the largest status that keeps its steps', 'largest', largest],
])('%s is accepted and kept whole', async (_, name, status) => {
  await server.call({ method: 'POST', body: tier({}, { name }) });
  const { message } = await server.apply({ ...minimal, spec: undefined, metadata: { name }, status }, operator);
  expect(message).toBe('');
  const { body } = await server.call({ method: 'GET', name });
  expect(body.status).toEqual(status);
});

test('no account is kept of who owns which field of which resource', async () => {
  const accountOf = async (name: string, status: TierStatus): Promise<number> => {
    await server.call({ method: 'POST', body: tier({}, { name }) });
    await server.apply({ ...minimal, spec: undefined, metadata: { name }, status }, operator);
    const { body } = await server.call({ method: 'GET', name });
    const { managedFields } = body.metadata as { readonly managedFields: unknown };
    return JSON.stringify(managedFields).length;
  };
  const few = await accountOf('few', settled);
  const many = await accountOf('many', { ...largest, conditions: settled.conditions ?? [] });
  expect(many - few).toBeLessThan(200);
});

test('the largest status is really large', () => {
  expect(largest.plan?.steps?.length).toBeGreaterThan(10);
  expect(Buffer.byteLength(JSON.stringify(largest))).toBeGreaterThan(800_000);
});

test('a status above a bound is refused, so that cutting is needed', async () => {
  const manifest = tier({}, { name: 'above' });
  await server.call({ method: 'POST', body: manifest });
  const { status, message } = await server.apply(
    { ...manifest, status: { ...settled, message: 'x'.repeat(1025) } },
    operator,
  );
  expect([status, message]).toEqual([422, expect.stringContaining('status.message: Too long')]);
});
