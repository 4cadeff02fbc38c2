/** The Secret for pods: written when it differs, never a stranger's, its content in no message; and what is said of a refusal. */
import { FINALIZER } from '../../src/api/well-known.ts';
import type { Connection, TierMetadata, Verdict } from '../../src/core/tier.ts';
import { createKubeApi, type KubeApi } from '../../src/kube/api.ts';
import { createPublish, type Publish, type Published } from '../../src/kube/connection-secret.ts';
import type { Fence } from '../../src/kube/fence.ts';
import { type PassContext, type PassResult, runPass } from '../../src/kube/pass.ts';
import { PLACE } from '../../src/kube/place.ts';
import type { Term } from '../../src/kube/terms.ts';
import { type Exchange, type FakeApiServer, fail, startFakeApiServer } from './fake-api-server.ts';
import { createFakeClock } from './fake-clock.ts';
import { SAMPLE_PLACE, sampleSpec, sampleStatus, verdict } from './tier-samples.ts';

const PATH = '/api/v1/namespaces/team-a/secrets/shop-db';
const PASSWORD = 'p@ss/w0rd{}';
const TIER: TierMetadata = {
  namespace: 'team-a',
  name: 'shop',
  uid: 'uid-shop',
  generation: 3,
  resourceVersion: '1',
  annotations: {},
  finalizers: [],
};
const CONNECTION: Connection = { secretName: 'shop-db', data: { host: 'db.example', readers: '', password: PASSWORD } };
const OWNER = { apiVersion: 'scalingtier.dev/v1alpha1', kind: 'ScalingTier', name: 'shop', uid: 'uid-shop' };
const LABELS = { 'app.kubernetes.io/managed-by': 'scalingtier-operator', 'scalingtier.dev/uid': 'uid-shop' };

let server: FakeApiServer;
let api: KubeApi;
let asked: number;

beforeEach(async () => {
  server = await startFakeApiServer();
  api = createKubeApi({ target: server.target });
  asked = 0;
});

afterEach(async () => {
  api.close();
  await server.close();
});

const fence = { assertHeld: () => void asked++, held: () => true } as unknown as Fence;
const base64 = (text: string) => Buffer.from(text).toString('base64');
const publish = (changes: Partial<Verdict> = {}, before = sampleStatus('before')): Promise<Published> =>
  createPublish(api, createFakeClock())(verdict({ connection: CONNECTION, ...changes }), { tier: TIER, before, fence });
const writes = () => server.requests.filter(({ method }) => method !== 'GET');
const stored = () => server.get(PATH);
const putOurs = (data: object = {}, metadata: object = {}) =>
  server.put(PATH, {
    metadata: { name: 'shop-db', labels: LABELS, ownerReferences: [OWNER], ...metadata } as never,
    data: { host: base64('db.example'), readers: '', password: base64(PASSWORD), ...data },
  });
const stalledIn = ({ verdict: { status } }: Published) => status.conditions?.find(({ type }) => type === 'Stalled');

test('without a connection nothing is asked, and the verdict is as it was', async () => {
  const { connection: _, ...expected } = verdict();
  await expect(
    createPublish(api, createFakeClock())(expected, { tier: TIER, before: expected.status, fence }),
  ).resolves.toEqual({
    verdict: expected,
  });
  expect(server.requests).toHaveLength(0);
});

test('what is not there is applied: labelled, owned by the tier, without taking a field from anybody', async () => {
  const { verdict: after } = await publish();
  expect(stored()).toMatchObject({
    type: 'Opaque',
    metadata: { labels: LABELS, ownerReferences: [{ ...OWNER, controller: true, blockOwnerDeletion: false }] },
    data: { host: base64('db.example'), readers: '', password: base64(PASSWORD) },
  });
  const [write] = writes();
  expect(write?.headers['content-type']).toBe('application/apply-patch+yaml');
  expect(write?.query.toString()).toBe('fieldManager=scalingtier-operator&force=false');
  expect(asked).toBe(1);
  expect(after).toEqual(verdict());
});

test('what says the same is not written again, whatever others have added to it', async () => {
  putOurs({ theirs: base64('x') }, { labels: { ...LABELS, team: 'a' }, annotations: { note: 'theirs' } });
  await publish();
  expect(writes()).toEqual([]);
});

test.each<[string, object, object]>([
  ['a value', { password: base64('old') }, {}],
  ['a missing key', { host: undefined }, {}],
  ['a label', {}, { labels: { 'scalingtier.dev/uid': 'uid-shop' } }],
  ['its owner', {}, { ownerReferences: [] }],
])('%s that differs is put right, in the version that was read', async (_, data, metadata) => {
  const { metadata: read } = putOurs(data, metadata);
  await publish();
  expect(writes()).toHaveLength(1);
  expect(writes()[0]?.query.get('force')).toBe('true');
  expect(writes()[0]?.body.metadata).toMatchObject({ uid: read.uid, resourceVersion: read.resourceVersion });
  expect(stored()?.data).toMatchObject({ password: base64(PASSWORD), host: base64('db.example') });
});

describe('a Secret of somebody else', () => {
  const strangers = [
    ['nobody', {}],
    ['an earlier tier of that name', { labels: { ...LABELS, 'scalingtier.dev/uid': 'uid-earlier' } }],
    ['another tier', { ownerReferences: [{ ...OWNER, name: 'other', uid: 'uid-other' }] }],
  ] as const;

  test.each(strangers)('that belongs to %s is left alone, and the way out is named', async (_, metadata) => {
    server.put(PATH, { metadata: { name: 'shop-db', ...metadata } as never, data: { host: base64('theirs') } });
    const published = await publish({ still: async () => true });
    expect(writes()).toEqual([]);
    expect(stalledIn(published)).toMatchObject({
      status: 'True',
      reason: 'OwnershipConflict',
      message:
        'spec.database.connectionSecret: Secret "shop-db" in namespace "team-a" exists and is not this tier\'s; delete it, or name another',
      observedGeneration: 3,
    });
    expect(published.verdict).toMatchObject({
      requeueAfter: 60,
      events: [{ type: 'Warning', reason: 'OwnershipConflict' }],
    });
    expect(published.verdict.still).toBeUndefined();
    expect(published.verdict.status.message).toBe(stalledIn(published)?.message);
  });

  test('that came between our look and our write gets back what we gave it', async () => {
    server.intercept = ({ method, response }) => {
      if (method !== 'GET' || stored()) return false;
      fail(response, 404, 'NotFound', 'no');
      const metadata = { name: 'shop-db', managedFields: [{ manager: 'theirs', operation: 'Update' }] };
      server.put(PATH, { metadata: metadata as never, data: { token: base64('theirs') } });
      return true;
    };
    const published = await publish();
    const [first, second] = writes();
    expect(first?.body).toMatchObject({ data: { host: base64('db.example') } });
    // An apply without a field gives up all that an earlier apply of the same manager held.
    expect(second?.body).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'shop-db', uid: stored()?.metadata.uid, resourceVersion: expect.any(String) },
    });
    expect(stalledIn(published)?.reason).toBe('OwnershipConflict');
  });
});

describe('a refusal', () => {
  const refusing = (code: number, reason: string, when: (exchange: Exchange) => boolean = () => true) => {
    server.intercept = (exchange) => {
      if (!when(exchange)) return false;
      fail(exchange.response, code, reason, `no: ${PASSWORD}`);
      return true;
    };
  };

  test.each(['GET', 'PATCH'])('of a %s for want of a right names the file that grants it', async (method) => {
    refusing(403, 'Forbidden', (exchange) => exchange.method === method);
    const published = await publish();
    expect(stalledIn(published)).toMatchObject({
      reason: 'AccessDenied',
      message:
        'spec.database.connectionSecret: the operator may not read or write Secret "shop-db" in namespace "team-a"; name it in deploy/secret-writer/secret-writer.yaml and apply that to the namespace',
    });
    expect(published.failed).toBeUndefined();
  });

  test('of what is in it says so without a word of the server, which may quote it', async () => {
    putOurs({ host: base64('old') });
    refusing(422, 'Invalid', ({ method }) => method === 'PATCH');
    const published = await publish();
    expect(stalledIn(published)).toMatchObject({
      reason: 'Invalid',
      message: expect.stringContaining('the API server refuses Secret "shop-db" in namespace "team-a" (422 Invalid)'),
    });
    expect(JSON.stringify(published)).not.toContain(PASSWORD);
  });

  test.each([
    [409, 'Conflict'],
    [500, 'InternalError'],
    [503, 'ServiceUnavailable'],
  ])("with %i is nobody's business: the verdict stays, and the pass is made again", async (code, reason) => {
    refusing(code, reason);
    const published = await publish();
    expect(published.verdict).toEqual(verdict());
    expect(published.failed).toMatchObject({ code });
  });

  test('is told once, keeps its time, and comes after what the engine found', async () => {
    refusing(403, 'Forbidden');
    const first = await publish();
    const status = { ...sampleStatus('x'), conditions: first.verdict.status.conditions ?? [] };
    const again = await publish({}, status);
    expect(again.verdict.events).toEqual([]);
    expect(stalledIn(again)).toEqual(stalledIn(first));

    const quota = {
      type: 'Stalled',
      status: 'True',
      reason: 'QuotaExceeded',
      message: 'ec2.vpc/main: too many',
    } as const;
    const both = await publish(
      { status: { ...status, conditions: [{ ...quota, lastTransitionTime: 'then' }] } },
      status,
    );
    expect(both.verdict.status.conditions).toHaveLength(1);
    expect(stalledIn(both)).toMatchObject({
      reason: 'QuotaExceeded',
      message: expect.stringMatching(/^ec2\.vpc\/main: too many; spec\.database\.connectionSecret: /),
      lastTransitionTime: stalledIn(first)?.lastTransitionTime,
    });
  });
});

describe('a tier at rest', () => {
  test('rests as long as the Secret is the one that was written, and only its metadata is asked for', async () => {
    let looks = 0;
    const { verdict: after } = await publish({ still: async () => ++looks > 0 });
    await expect(after.still?.()).resolves.toBe(true);
    expect(looks).toBe(1);
    expect(server.requests.at(-1)?.headers.accept).toContain('as=PartialObjectMetadata');
  });

  test.each<[string, () => void]>([
    ['edited', () => putOurs({ host: base64('theirs') })],
    ['deleted', () => server.delete(PATH)],
    [
      'out of reach',
      () => {
        server.intercept = ({ response }) => {
          fail(response, 403, 'Forbidden', 'no');
          return true;
        };
      },
    ],
  ])('rests no more when it is %s, and AWS is not asked', async (_, disturb) => {
    putOurs();
    const { verdict: after } = await publish({ still: () => Promise.reject(new Error('AWS was asked')) });
    disturb();
    await expect(after.still?.()).resolves.toBe(false);
  });
});

test('a process that does not lead any more writes nothing', async () => {
  const closed = {
    ...fence,
    assertHeld: () => {
      throw new Error('closed');
    },
  } as Fence;
  const publication = { tier: TIER, before: sampleStatus('x'), fence: closed };
  await expect(createPublish(api, createFakeClock())(verdict({ connection: CONNECTION }), publication)).rejects.toThrow(
    'closed',
  );
  expect(writes()).toEqual([]);
});

describe('a pass', () => {
  const guarded = { ...TIER, finalizers: [FINALIZER], annotations: { [PLACE]: SAMPLE_PLACE } };

  /** One pass of an engine that answers with a connection; what was written and said, in order. */
  async function pass(
    publishing: Publish,
  ): Promise<{ readonly done: readonly string[]; readonly run: Promise<PassResult> }> {
    const done: string[] = [];
    const tier = { metadata: guarded, spec: sampleSpec(), status: sampleStatus('before'), content: 'content' };
    const context: PassContext = {
      tiers: {
        read: async () => tier,
        guard: async () => tier,
        removeFinalizer: async () => undefined,
        recordStatus: async () => guarded,
        writeStatus: async (_tier, _known, { message = '' }) => {
          done.push(`status: ${message}`);
          return guarded;
        },
      },
      termOf: () => ({ fence, enter: () => () => undefined }) as unknown as Term,
      readReferences: async () => ({ problems: [] }),
      reconcile: async () => verdict({ connection: CONNECTION }),
      publish: publishing,
      emit: (_, { reason }) => done.push(`event: ${reason}`),
    };
    const run = runPass(context, 'team-a/shop', new AbortController().signal, () => undefined);
    await run.catch(() => undefined);
    return { done, run };
  }

  test('writes the Secret before the status, and hands the connection to nobody', async () => {
    const { done, run } = await pass(createPublish(api, createFakeClock()));
    expect(writes()).toHaveLength(1);
    expect(done).toEqual(['status: all is well']);
    expect(JSON.stringify(await run)).not.toContain(base64('db.example'));
    expect(await run).toMatchObject({ kind: 'done' });
    expect(await run).not.toHaveProperty('verdict.connection');
  });

  test('says in status and events what is in the way', async () => {
    server.put(PATH, { metadata: { name: 'shop-db' } as never });
    const { done } = await pass(createPublish(api, createFakeClock()));
    expect(done).toEqual([
      expect.stringContaining('status: spec.database.connectionSecret: '),
      'event: OwnershipConflict',
    ]);
  });

  test('fails when the API server does, but not before the status is written', async () => {
    server.intercept = ({ response }) => {
      fail(response, 500, 'InternalError', 'no');
      return true;
    };
    const { done, run } = await pass(createPublish(api, createFakeClock()));
    expect(done).toEqual(['status: all is well']);
    await expect(run).rejects.toMatchObject({ code: 500 });
  });
});
