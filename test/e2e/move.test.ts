/** An app's database moves from its server to RDS while somebody writes: nothing that was acknowledged is missing or there twice. */
import { GetParametersByPathCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Connection, psql } from '../sandbox/databases/psql.ts';
import { tryKubectl } from '../sandbox/kubectl.ts';
import { condition, isSettled, type Scene, scene, type TierObject } from './harness.ts';
import { type Ledger, startLedger, type Writer } from './ledger.ts';

/** Seconds that a move may take on the stand-in. */
const LONG = 300;
const PASSWORD = `it's "50 %" \\ of $it`;

const MOVING = {
  stage: 'SeparateDatabase',
  transition: { endpointFromParameter: true, dataMigration: { rollbackWindowHours: 0 } },
} as const;

/** What an app has made: a table that grows, one with everything that could get lost, a sequence that has gone on. */
const APP = `
CREATE TABLE notes (number bigint PRIMARY KEY, at timestamptz DEFAULT now());
CREATE TABLE things (id serial PRIMARY KEY, "Weird name" text, amount numeric, raw bytea, day date);
INSERT INTO things ("Weird name", amount, raw, day)
  SELECT 'thing ' || n, n / 7.0, decode(md5(n::text), 'hex'), '2026-01-01'::date + n FROM generate_series(1, 5000) n;
CREATE VIEW big_things AS SELECT * FROM things WHERE amount > 500;
SELECT lo_from_bytea(0, decode(repeat('ab', 100000), 'hex'));
`;

describe('a database that moves to RDS', () => {
  let here: Scene;
  const writing: ReturnType<typeof startLedger>[] = [];

  /** Somebody who writes, until the test or the file is over. */
  function write(writer: Writer): ReturnType<typeof startLedger> {
    const ledger = startLedger(writer);
    writing.push(ledger);
    return ledger;
  }

  beforeAll(async () => {
    here = await scene('moves-up', '111111111130');
    await here.proxy.configure({ factor: 200, machines: true }, here.account.id);
  }, 120_000);

  afterAll(async () => {
    await Promise.all(writing.map((ledger) => ledger.stop()));
    await here?.close();
  }, 60_000);

  const idOf = (tier: TierObject, role: string): string =>
    tier.status.resources?.find((resource) => resource.role === role)?.id ?? '';

  /** A tier whose server holds an app's database, and somebody who writes to it. */
  async function appOn(name: string): Promise<Writer & { readonly root: Omit<Connection, 'database'> }> {
    await here.apply(name, { stage: 'SingleServer' });
    const tier = await here.settled(name, LONG);
    const instance = idOf(tier, 'ec2.instance/server');
    const local = await here.proxy.databaseOf(instance, here.account.id);
    const root = { host: local.folder, port: local.port, user: 'postgres' };
    const quoted = PASSWORD.replaceAll("'", "''");
    await psql({ ...root, database: 'postgres' }, `CREATE ROLE ${name} LOGIN PASSWORD '${quoted}'`);
    await psql({ ...root, database: 'postgres' }, `CREATE DATABASE app OWNER ${name}`);
    const place = { host: local.host, port: local.port, user: name, password: PASSWORD, database: 'app' };
    await psql(place, APP);
    const prefix = `/scaling-tier/${here.namespace}/${name}`;
    return { account: here.account, prefix, local, root, database: 'app', user: name, password: PASSWORD };
  }

  const numbersAt = async ({ database, user, password }: Writer, host: string): Promise<readonly number[]> => {
    const lines = await psql(
      { host, port: 5432, database, user, password },
      'SELECT number FROM notes ORDER BY number',
    );
    return lines.split('\n').map(Number);
  };

  const recordsOf = async ({ prefix }: Writer): Promise<readonly string[]> => {
    const call = new GetParametersByPathCommand({ Path: `${prefix}/ops`, Recursive: true });
    return ((await here.account.ssm.send(call)).Parameters ?? []).map(({ Name = '' }) => Name);
  };

  /** Every acknowledged note is there, and none that nobody has written. */
  function expectNothingLost({ acknowledged, refused }: Ledger, numbers: readonly number[]): void {
    const there = new Set(numbers);
    expect(acknowledged.filter((number) => !there.has(number))).toEqual([]);
    // Of a write whose answer was lost nobody knows; beyond those there is nothing.
    expect(numbers.length).toBeLessThanOrEqual(acknowledged.length + refused);
    expect(there.size).toBe(numbers.length);
  }

  describe('while the app writes', () => {
    let writer: Writer;
    let ledger: Ledger;
    let moved: TierObject;

    test('moves by a change of one field, and the stage in force is the new one', async () => {
      writer = await appOn('climber');
      const notes = write(writer);
      await here.patch('climber', MOVING);
      const under = await here.until('climber', 'it moves', ({ status }) => status.transition !== undefined);
      expect(under.status).toMatchObject({
        stage: 'SingleServer',
        transition: { to: 'SeparateDatabase', rollback: 'Lossless' },
      });
      moved = await here.until(
        'climber',
        'it has moved',
        (tier) => tier.status.stage === 'SeparateDatabase' && isSettled(tier),
        LONG,
      );
      const count = notes.count();
      await here.until('climber', 'the app writes on', () => notes.count() > count + 3);
      ledger = await notes.stop();
      expect(moved.status.transition).toBeUndefined();
    }, 900_000);

    test('loses nothing that was acknowledged, and has nothing twice', async () => {
      const [before, after] = ledger.hosts;
      expect(before).toBe(writer.local.host);
      expect(after).toBe(moved.status.endpoints?.databaseWriter);
      expectNothingLost(ledger, await numbersAt(writer, after ?? ''));
    });

    test('brings everything that the database had', async () => {
      const place = {
        host: moved.status.endpoints?.databaseWriter ?? '',
        port: 5432,
        database: 'app',
        user: 'climber',
        password: PASSWORD,
      };
      expect(await psql(place, 'SELECT count(*), sum(amount)::int FROM things')).toBe('5000|1786071');
      expect(await psql(place, 'SELECT count(*) FROM big_things')).toBe('1500');
      expect(await psql(place, 'INSERT INTO things (day) VALUES (now()) RETURNING id')).toBe('5001');
    });

    test('leaves no record of its steps, and a snapshot from before', async () => {
      await here.until(
        'climber',
        'its steps are gone',
        ({ status }) => !status.resources?.some(({ role }) => role.startsWith('operation.')),
      );
      expect(await recordsOf(writer)).toEqual([]);
      expect(moved.status.retained?.map(({ role }) => role)).toEqual(['ec2.snapshot/before-separate-database']);
    });

    test('says what it did', async () => {
      const reasons = (await here.events('climber')).map(({ reason }) => reason);
      expect(reasons).toEqual(expect.arrayContaining(['TransitionStarted', 'StepCompleted', 'TransitionCompleted']));
    });

    test('cannot be taken back', async () => {
      const said = await tryKubectl(here.state, [
        ...['-n', here.namespace, 'patch', 'st', 'climber', '--type=merge'],
        ...['-p', JSON.stringify({ spec: { stage: 'SingleServer' } })],
      ]);
      expect(said.stderr).toContain('spec.stage may change from SingleServer to SeparateDatabase');
    });
  });

  test('is called off before the switch without a trace, and the app writes all the time', async () => {
    const writer = await appOn('waverer');
    const notes = write(writer);
    await here.patch('waverer', { ...MOVING, approval: { required: 'Disruptive' } });
    const waiting = await here.until(
      'waverer',
      'the freeze waits for approval',
      (tier) => condition(tier, 'UpToDate')?.reason === 'AwaitingApproval',
      LONG,
    );
    expect(condition(waiting, 'Ready')?.status).toBe('True');
    expect(waiting.status.transition?.step).toBe('D6');
    await here.patch('waverer', { stage: 'SingleServer' });
    const back = await here.until(
      'waverer',
      'it is back',
      (tier) => tier.status.transition === undefined && isSettled(tier),
      LONG,
    );
    const ledger = await notes.stop();

    expect(back.status.stage).toBe('SingleServer');
    expect(back.status.resources?.map(({ role }) => role).filter((role) => /^(rds|operation)\./.test(role))).toEqual(
      [],
    );
    expect(ledger.refused).toBe(0);
    expectNothingLost(ledger, await numbersAt(writer, writer.local.host));
    expect(await recordsOf(writer)).toEqual([]);
  }, 900_000);

  test('stays where it is when a step fails, says which and why, and moves once that is mended', async () => {
    const writer = await appOn('stumbler');
    const root = { ...writer.root, database: 'app' };
    await psql(root, 'CREATE FUNCTION nothing() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$');
    await psql(root, 'CREATE EVENT TRIGGER watcher ON ddl_command_end EXECUTE FUNCTION nothing()');
    await here.patch('stumbler', MOVING);
    const halted = await here.until('stumbler', 'it halts', (tier) => condition(tier, 'Stalled') !== undefined, LONG);

    expect(condition(halted, 'Stalled')).toMatchObject({ reason: 'TransitionFailed' });
    expect(condition(halted, 'Stalled')?.message).toContain('event triggers need a superuser');
    expect(halted.status.transition).toMatchObject({ course: 'Halted', failure: { step: 'D1' } });

    await psql(root, 'DROP EVENT TRIGGER watcher');
    await psql(root, 'DROP FUNCTION nothing');
    await here.patch('stumbler', { transition: { reloadCommand: 'true' } });
    const moved = await here.until(
      'stumbler',
      'it has moved',
      (tier) => tier.status.stage === 'SeparateDatabase' && isSettled(tier),
      LONG,
    );
    expect(moved.status.transition).toBeUndefined();
  }, 900_000);

  test('comes through the death of the operator in every step, and nothing is lost', async () => {
    const writer = await appOn('survivor');
    const notes = write(writer);
    await here.patch('survivor', MOVING);
    const died = new Set<string>();
    const isThere = (tier: TierObject): boolean => tier.status.stage === 'SeparateDatabase' && isSettled(tier);
    for (let tier = await here.get('survivor'); !isThere(tier); tier = await here.get('survivor')) {
      const { step } = tier.status.transition ?? {};
      if (step === undefined || died.has(step)) {
        await here.until(
          'survivor',
          'another step',
          (now) => isThere(now) || now.status.transition?.step !== step,
          LONG,
        );
        continue;
      }
      died.add(step);
      here.operator().kill();
      await here.restart();
    }
    const ledger = await notes.stop();
    const moved = await here.get('survivor');

    expect([...died]).toEqual(expect.arrayContaining(['D1', 'D4', 'D7', 'D8']));
    expectNothingLost(ledger, await numbersAt(writer, moved.status.endpoints?.databaseWriter ?? ''));
    expect(ledger.hosts).toHaveLength(2);
  }, 900_000);
});
