/** The connection for pods: made when all of it is known, its credential read once for each version and shown to nobody. */
import type { GetSecretValueCommandInput } from '@aws-sdk/client-secrets-manager';
import type { ConnectionOutput } from '../../src/core/facts.ts';
import type { TierEvent, Verdict } from '../../src/core/tier.ts';
import { redact } from '../../src/ops/redact.ts';
import { connection as connectionTo } from '../../src/stages/parts/connection.ts';
import { conditionOf, graph, kinds } from '../core/trio.ts';
import { type World, world } from '../core/world.ts';
import { createQuietLog } from '../kube/quiet-log.ts';

const ARN = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:shop-db-AbCdEf';
const PASSWORD = 'p@ss/w0rd{username}$&';
const HOST = { $ref: 'toy.host/main', attr: 'toyId' } as const;
const REPLICA = { $ref: 'toy.disk/data', attr: 'toyId' } as const;
const LATER = { $ref: 'toy.disk/later', attr: 'toyId' } as const;

type Secrets = (input: GetSecretValueCommandInput) => string | Error;

interface Reader extends World {
  readonly asked: readonly GetSecretValueCommandInput[];
  readonly lines: readonly string[];
  secrets: Secrets;
}

const credential = (password: string): string => JSON.stringify({ username: 'app', password });

const output = (change: Partial<ConnectionOutput> = {}): ConnectionOutput => ({
  secretName: 'shop-db',
  values: { host: HOST, readers: [REPLICA, LATER], uri: { ...HOST, around: ['pg://{username}:{password}@', '/app'] } },
  credential: { secretArn: ARN, versionId: 'v1' },
  ...change,
});

/** A trio that publishes a connection, in an account with a secret. */
function reader(connection: ConnectionOutput | undefined = output()): Reader {
  const w = world({ kinds, graph: graph() });
  const { log, lines } = createQuietLog();
  const asked: GetSecretValueCommandInput[] = [];
  const secretsManager = {
    send: async ({ input }: { readonly input: GetSecretValueCommandInput }) => {
      asked.push(input);
      const answer = r.secrets(input);
      if (answer instanceof Error) throw answer;
      return { SecretString: answer };
    },
  };
  const { open } = w.engine.sessions;
  Object.assign(w.engine, { log });
  Object.assign(w.engine.sessions, {
    open: async (...request: Parameters<typeof open>) => ({ ...(await open(...request)), secretsManager }),
  });
  w.want(graph(), { endpoints: {}, dataCopies: [], ...(connection ? { connection } : {}) });
  const r: Reader = Object.assign(Object.create(w) as World, { asked, lines, secrets: () => credential(PASSWORD) });
  return r;
}

async function pass(r: World): Promise<Verdict> {
  const verdict = await r.pass();
  if (!verdict) throw new Error('the pass did not end');
  return verdict;
}

const refusal = (name: string): Error => Object.assign(new Error(`${name}, says AWS`), { name });
const idOf = (r: World, node: string) => r.cloud.alive().find((toy) => toy.node === node)?.id;

describe('a connection', () => {
  it('is not there before all of it is known, and no credential is read for it', async () => {
    const r = reader();
    expect((await pass(r)).connection).toBeUndefined();
    expect(r.asked).toEqual([]);
  });

  it('has every value, the credential, and what is known of a list', async () => {
    const r = reader();
    const { connection } = await r.settle();
    expect(connection).toEqual({
      secretName: 'shop-db',
      data: {
        host: idOf(r, 'toy.host/main'),
        readers: idOf(r, 'toy.disk/data'),
        uri: `pg://app:${encodeURIComponent(PASSWORD)}@${idOf(r, 'toy.host/main')}/app`,
        username: 'app',
        password: PASSWORD,
      },
    });
  });

  it('has an empty text where a list is empty, so that the keys are always the same', async () => {
    const r = reader(output({ values: { readers: [] } }));
    expect(Object.keys((await r.settle()).connection?.data ?? {})).toEqual(['readers', 'username', 'password']);
  });

  it("is nobody's who does not ask for one", async () => {
    const r = reader(undefined);
    Object.assign(r, { secrets: () => refusal('AccessDeniedException') });
    r.want(graph(), { endpoints: {}, dataCopies: [] });
    expect((await r.settle()).connection).toBeUndefined();
    expect(r.asked).toEqual([]);
  });

  it.each<[string, (r: Reader) => void]>([
    ['only observed', (r) => r.annotate({ 'scalingtier.dev/paused': 'true' })],
    ['deleted', (r) => r.beginDeletion()],
  ])('is not written for a tier that is %s', async (_, make) => {
    const r = reader();
    await r.settle();
    make(r);
    expect((await pass(r)).connection).toBeUndefined();
  });
});

describe('a credential', () => {
  it('is read once for each version', async () => {
    const r = reader();
    await r.settle();
    await pass(r);
    expect(r.asked).toEqual([{ SecretId: ARN, VersionId: 'v1' }]);
    r.want(graph(), {
      endpoints: {},
      dataCopies: [],
      connection: output({ credential: { secretArn: ARN, versionId: 'v2' } }),
    });
    Object.assign(r, { secrets: () => credential('new') });
    expect((await pass(r)).connection?.data.password).toBe('new');
    expect(r.asked).toHaveLength(2);
  });

  it('of which no version is named is read again after a minute', async () => {
    const r = reader(output({ credential: { secretArn: ARN } }));
    await r.settle();
    await pass(r);
    expect(r.asked).toEqual([{ SecretId: ARN }]);
    const memory = r.engine.memory.get(r.tier.metadata.uid);
    if (memory?.credential) memory.credential = { ...memory.credential, at: memory.credential.at - 61_000 };
    await pass(r);
    expect(r.asked).toHaveLength(2);
  });

  it('of which no version is named is looked at every minute: whoever rotates it tells nobody', async () => {
    const r = reader(output({ credential: { secretArn: ARN } }));
    await r.settle();
    const { still, requeueAfter } = await pass(r);
    expect([still, requeueAfter]).toEqual([undefined, 60]);
  });

  it.each([
    ['AccessDeniedException', 'AccessDenied', 60],
    ['ThrottlingException', undefined, 10],
    ['ResourceNotFoundException', undefined, 60],
  ])(
    'that AWS refuses with %s is said like any reading that failed, and tried again',
    async (name, stalled, seconds) => {
      const r = reader();
      await r.settle();
      r.engine.memory.clear();
      Object.assign(r, { secrets: () => refusal(name) });
      const { connection, still, requeueAfter } = await pass(r);
      expect([connection, still, requeueAfter]).toEqual([undefined, undefined, seconds]);
      expect(conditionOf(r, 'Synced')).toMatchObject({
        status: 'False',
        message: `connection: ${name}: ${name}, says AWS`,
      });
      expect(conditionOf(r, 'Stalled')?.reason).toBe(stalled);
      expect(conditionOf(r, 'Ready')?.status).toBe('True');
      Object.assign(r, { secrets: () => credential(PASSWORD) });
      expect((await pass(r)).connection?.data.password).toBe(PASSWORD);
      expect(conditionOf(r, 'Synced')?.status).toBe('True');
    },
  );

  it.each([
    ['no JSON', `not JSON: ${PASSWORD}`],
    ['other fields', JSON.stringify({ token: PASSWORD })],
    ['no object', '7'],
  ])('with %s is named without a word of what it holds', async (_, text) => {
    const r = reader();
    Object.assign(r, { secrets: () => text });
    await r.settle().catch(() => undefined);
    expect(conditionOf(r, 'Stalled')).toMatchObject({
      reason: 'Invalid',
      message: `connection: InvalidSecretValue: ${ARN} holds no JSON text with "username" and "password"`,
    });
    expect(JSON.stringify([r.tier.status, r.lines, r.events])).not.toContain(PASSWORD);
  });

  it("is in the verdict's connection alone: in no status, event, log line or redacted text", async () => {
    const r = reader();
    const { connection, ...verdict } = await r.settle();
    const events: readonly TierEvent[] = r.events;
    expect(JSON.stringify(connection)).toContain(PASSWORD);
    const shown = JSON.stringify([verdict, events, r.lines, r.tier.status, redact({ connection })]);
    for (const form of [PASSWORD, encodeURIComponent(PASSWORD), Buffer.from(PASSWORD).toString('base64')]) {
      expect(shown).not.toContain(form);
    }
  });
});

describe('the keys of the Secret are contract', () => {
  const database = { host: HOST, databaseName: 'app', readers: [REPLICA], credential: { secretArn: ARN } } as const;

  it.each([
    [
      'postgres',
      5432,
      'postgresql://app:p@{}:5432/app?sslmode=require',
      'jdbc:postgresql://{}:5432/app?sslmode=require',
    ],
    ['mysql', 3306, 'mysql://app:p@{}:3306/app', 'jdbc:mysql://{}:3306/app?sslMode=REQUIRED'],
  ] as const)('of %s', async (engine, port, uri, jdbc) => {
    const r = reader(connectionTo('shop-db', { ...database, engine, port }));
    Object.assign(r, { secrets: () => credential('p') });
    const host = (await r.settle()).connection?.data.host ?? '';
    expect((await pass(r)).connection?.data).toEqual({
      engine,
      host: expect.stringMatching(/./),
      port: String(port),
      dbname: 'app',
      readers: idOf(r, 'toy.disk/data'),
      uri: uri.replace('{}', host),
      'jdbc-uri': jdbc.replace('{}', host),
      'secret-arn': ARN,
      username: 'app',
      password: 'p',
    });
  });
});
