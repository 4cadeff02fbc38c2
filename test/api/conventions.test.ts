/** What kubectl, GitOps tools and waiters see of a tier on a real API server. */
import { objectSchema } from '../../src/api/crd.ts';
import { at, changed, full, minimal, type Piece, tier } from './manifests.ts';
import { balanced } from './manifests-load-balanced.ts';
import { type ApiServer, apiServer } from './server.ts';
import { moving, settled } from './statuses.ts';

let server: ApiServer;

beforeAll(async () => {
  server = await apiServer();
});

afterAll(() => server.stop());

const operator = { manager: 'scalingtier-operator', force: true, status: true };

function report(name: string, status: object): Piece {
  return { ...minimal, spec: undefined, metadata: { name }, status };
}

interface ManagedFields {
  readonly manager: string;
  readonly subresource?: string;
  readonly fieldsV1: Piece;
}

const managersOf = (body: Piece) => at(body, ['metadata', 'managedFields']) as readonly ManagedFields[];

test("a user's apply and the operator's status never conflict, in any order", async () => {
  const manifest = tier({}, { name: 'both' });
  expect((await server.apply(manifest, { manager: 'argocd-controller' })).status).toBe(201);
  expect((await server.apply(report('both', settled), { ...operator, force: false })).message).toBe('');
  const larger = tier({ compute: { dataVolume: { sizeGiB: 60 } } }, { name: 'both' });
  expect((await server.apply(larger, { manager: 'argocd-controller' })).message).toBe('');
  const { body } = await server.apply(report('both', { ...settled, observedGeneration: 2 }), operator);
  expect(at(body, ['spec', 'compute', 'dataVolume', 'sizeGiB'])).toBe(60);
  expect(body.status).toEqual({ ...settled, observedGeneration: 2 });
});

test('a second team may own fields of its own, and a contested field is a conflict that names the other', async () => {
  await server.apply(tier({}, { name: 'teams' }), { manager: 'platform' });
  const { metadata: _, ...identity } = minimal;
  const tagged = { ...identity, metadata: { name: 'teams' }, spec: { tags: { CostCenter: '1' } } };
  expect((await server.apply(tagged, { manager: 'finance' })).message).toBe('');
  const other = tier({ tags: { CostCenter: '2' } }, { name: 'teams' });
  const { status, message } = await server.apply(other, { manager: 'platform' });
  expect([status, message]).toEqual([409, expect.stringContaining('conflict with "finance"')]);
});

test('the status can be written only as a status, and the spec not with it', async () => {
  const name = 'apart';
  const created = await server.call({ method: 'POST', body: { ...tier({}, { name }), status: settled } });
  expect(created.body.status).toEqual({ observedGeneration: -1 });
  const foreign = { ...tier({ managementPolicy: 'ObserveOnly' }, { name }), status: settled };
  const { body } = await server.apply(foreign, operator);
  expect([at(body, ['spec', 'managementPolicy']), body.status]).toEqual(['Full', settled]);
  expect(at(body, ['metadata', 'generation'])).toBe(1);
});

test('a field that the operator no longer reports is gone', async () => {
  const name = 'forgetful';
  await server.call({ method: 'POST', body: tier({}, { name }) });
  await server.apply(report(name, settled), operator);
  const { plan: _plan, resources = [], ...rest } = settled;
  const { body } = await server.apply(report(name, { ...rest, resources: resources.slice(1) }), operator);
  expect(body.status).toEqual({ ...rest, resources: resources.slice(1) });
});

test('defaults belong to nobody, so a manifest and its live object differ in nothing that was asked', async () => {
  const { body } = await server.apply(tier({}, { name: 'owned' }), { manager: 'argocd-controller' });
  const [applied] = managersOf(body);
  expect(applied?.fieldsV1).toEqual({ 'f:spec': { 'f:aws': { 'f:region': {} }, 'f:stage': {} } });
  // The first write after the creation stores the default status, which creation itself leaves out.
  const second = await server.apply(tier({}, { name: 'owned' }), { manager: 'argocd-controller' });
  const third = await server.apply(tier({}, { name: 'owned' }), { manager: 'argocd-controller' });
  expect(third.body.metadata).toEqual(second.body.metadata);
  expect(at(third.body, ['metadata', 'generation'])).toBe(1);
});

test('an applied list is the whole list: no default stays open beside it', async () => {
  const name = 'closed';
  await server.apply(tier({}, { name }), { manager: 'argocd-controller' });
  const closed = tier({ network: { allowedCIDRs: ['203.0.113.0/24'] } }, { name });
  const { body } = await server.apply(closed, { manager: 'argocd-controller' });
  expect(at(body, ['spec', 'network', 'allowedCIDRs'])).toEqual(['203.0.113.0/24']);
});

test('kubectl prints the columns of a tier, by its short name and its category', async () => {
  await server.call({ method: 'POST', body: tier({}, { name: 'columns' }) });
  await server.apply(report('columns', settled), operator);
  const [head, row] = (await server.kubectl('get', 'st', 'columns')).split('\n');
  const columns = ['NAME', 'STAGE', 'TARGET', 'READY', 'UP-TO-DATE', 'DRIFT', 'PLAN', 'COST/MO', 'AGE'];
  expect(head?.split(/ {2,}/)).toEqual(columns);
  expect(row).toMatch(/^columns +SingleServer +True +True +0 +\+0 ~0 -0 +27\.30 +\d+s$/);
  const wide = await server.kubectl('get', 'scaling', '--output', 'wide');
  expect(wide.split('\n')[0]).toMatch(/REGION +ENDPOINT +MESSAGE$/);
  expect(wide).toMatch(/us-east-1 +http:\/\/203\.0\.113\.10 +all 36 resources are ready/);
});

test('kubectl prints where a tier moves to, for as long as it does', async () => {
  await server.call({ method: 'POST', body: tier({}, { name: 'on-its-way' }) });
  await server.apply(report('on-its-way', moving), operator);
  const [, row] = (await server.kubectl('get', 'st', 'on-its-way')).split('\n');
  expect(row).toMatch(/^on-its-way +SingleServer +SeparateDatabase +True +True +0 /);
});

const scaled = (name: string, compute: Piece) => changed(balanced, { metadata: { name }, spec: { compute } });

test('kubectl scales a tier behind a load balancer, within its bounds', async () => {
  await server.call({ method: 'POST', body: scaled('scaled', { desiredInstances: 2 }) });
  const compute = { instances: 2, selector: 'scalingtier.dev/name=scaled' };
  await server.apply(report('scaled', { ...settled, compute }), operator);
  const { body } = await server.call({ method: 'GET', name: 'scaled/scale' });
  expect([body.spec, body.status]).toEqual([{ replicas: 2 }, { replicas: 2, selector: compute.selector }]);
  await server.kubectl('scale', 'st/scaled', '--replicas=4');
  const { body: larger } = await server.call({ method: 'GET', name: 'scaled' });
  expect(at(larger, ['spec', 'compute', 'desiredInstances'])).toBe(4);
  await expect(server.kubectl('scale', 'st/scaled', '--replicas=5')).rejects.toThrow(
    'spec.compute.desiredInstances must lie between minSize and maxSize',
  );
});

test('kubectl scales a tier of which nobody said yet how many servers it has, but not one that has only one', async () => {
  await server.call({ method: 'POST', body: scaled('unsaid', {}) });
  const { status, body } = await server.call({ method: 'GET', name: 'unsaid/scale' });
  // Kubernetes reads no number that is not there, so that an autoscaler needs a first one.
  expect([status, body.message]).toEqual([500, expect.stringContaining('.spec.compute.desiredInstances')]);
  await server.kubectl('scale', 'st/unsaid', '--replicas=3');
  const { body: larger } = await server.call({ method: 'GET', name: 'unsaid' });
  expect(at(larger, ['spec', 'compute', 'desiredInstances'])).toBe(3);
  await server.call({ method: 'POST', body: tier({}, { name: 'single' }) });
  await expect(server.kubectl('scale', 'st/single', '--replicas=3')).rejects.toThrow(
    'spec.compute.desiredInstances has no effect in stage SingleServer or SeparateDatabase',
  );
});

test('kubectl wait sees the conditions', async () => {
  await server.call({ method: 'POST', body: tier({}, { name: 'waited' }) });
  await server.apply(report('waited', settled), operator);
  await expect(server.kubectl('wait', 'st/waited', '--for=condition=Ready', '--timeout=5s')).resolves.toContain(
    'condition met',
  );
});

test('a misspelt field is refused by a strict client, and named', async () => {
  const body = tier({ deletionPolicy: { databse: 'Retain' } });
  const { status, message } = await server.call({
    method: 'POST',
    query: { dryRun: 'All', fieldValidation: 'Strict' },
    body,
  });
  expect([status, message]).toEqual([400, expect.stringContaining('unknown field "spec.deletionPolicy.databse"')]);
});

test.each([
  'spec',
  'spec.compute',
  'spec.network.create',
  'spec.deletionPolicy',
  'spec.network.byo',
  'spec.compute.autoScaling',
  'spec.compute.autoScaling.policies',
  'spec.loadBalancer',
  'spec.loadBalancer.listeners',
  'spec.loadBalancer.targetGroups',
  'spec.loadBalancer.rules',
  'spec.cache',
  'spec.storage',
  'spec.transition',
  'spec.transition.dataMigration',
  'status',
  'status.plan',
  'status.transition',
  'status.transition.steps',
  'status.transition.failure',
  'status.conditions',
])('kubectl explain scalingtier.%s says what every field is for', async (path) => {
  const words = (await server.kubectl('explain', `scalingtier.${path}`)).replaceAll(/\s+/g, ' ');
  const keys = path.split('.').flatMap((key) => ['properties', key]);
  const node = at(objectSchema(), keys) as ReturnType<typeof objectSchema>;
  const fields = Object.entries(node.properties ?? node.items?.properties ?? {});
  expect(fields.length).toBeGreaterThan(1);
  for (const [field, { description = '' }] of fields) {
    expect(words).toContain(` ${field} <`);
    expect(words).toContain(description);
  }
});

test('a dry run answers with the complete object', async () => {
  const { body } = await server.judge(full);
  expect(body.kind).toBe('ScalingTier');
  expect((await server.call({ method: 'GET', name: 'shop' })).status).toBe(404);
});
