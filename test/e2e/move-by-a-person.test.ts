/**
 * A database that a person copies to RDS: the operator says where to, closes it in its window when that is approved, and sends the
 * app there only when the person has said in time that all is copied, and both sides are equal.
 */
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { copyPostgresByHand } from '../sandbox/databases/by-hand.ts';
import { type Connection, psql } from '../sandbox/databases/psql.ts';
import { condition, type Scene, scene, type TierObject } from './harness.ts';

/** Seconds for each wait. */
const LONG = 240;
const PASSWORD = 'of its own';

const MOVING = {
  stage: 'SeparateDatabase',
  transition: {
    endpointFromParameter: true,
    dataMigration: { method: 'External', maxWriteDowntimeSeconds: 20, rollbackWindowHours: 0 },
  },
} as const;

/** `wed:13:00`, so many days from now. */
function weekTime(days: number): string {
  const time = new Date(Date.now() + days * 24 * 3_600_000);
  const day = time.toLocaleDateString('en-GB', { weekday: 'short', timeZone: 'UTC' }).toLowerCase();
  return `${day}:${time.toISOString().slice(11, 13)}:00`;
}

const stepIn = ({ status }: TierObject, id: string) => status.transition?.steps?.find((step) => step.id === id);
const hashOf = ({ status }: TierObject): string => status.plan?.hash ?? '';
const awaits = (reason: string) => (tier: TierObject) => condition(tier, 'UpToDate')?.reason === reason;

describe('a database that a person copies', () => {
  let here: Scene;
  let root: Connection;
  let app: Connection;

  beforeAll(async () => {
    here = await scene('moves-by-a-person', '111111111163');
    await here.proxy.configure({ factor: 200, machines: true }, here.account.id);
    await here.apply('shop', { stage: 'SingleServer' });
    const { status } = await here.settled('shop', LONG);
    const server = status.resources?.find(({ role }) => role === 'ec2.instance/server')?.id ?? '';
    const { host, folder, port } = await here.proxy.databaseOf(server, here.account.id);
    root = { host: folder, port, user: 'postgres', database: 'app' };
    app = { host, port, user: 'shop', password: PASSWORD, database: 'app' };
    await psql({ ...root, database: 'postgres' }, `CREATE ROLE shop LOGIN PASSWORD '${PASSWORD}'`);
    await psql({ ...root, database: 'postgres' }, 'CREATE DATABASE app OWNER shop');
    await psql(app, 'CREATE TABLE orders (id serial PRIMARY KEY, what text NOT NULL)');
    await psql(app, "INSERT INTO orders (what) SELECT 'order ' || n FROM generate_series(1, 1000) n");
  });

  afterAll(async () => {
    await here?.close();
  });

  const approve = (hash: string) => here.annotate('shop', `scalingtier.dev/approve-plan=${hash}`);
  const askedFor = (node: string) =>
    here.until(
      'shop',
      `${node} waits for approval`,
      (tier) => awaits('AwaitingApproval')(tier) && condition(tier, 'UpToDate')?.message.includes(node) === true,
      LONG,
    );
  const tryAgain = (transition: object) => here.patch('shop', { transition });
  const halted = (words: string) =>
    here.until(
      'shop',
      `the attempt has ended: ${words}`,
      (tier) =>
        condition(tier, 'Stalled')?.message.includes(words) === true &&
        condition(tier, 'Ready')?.status === 'True' &&
        !tier.status.resources?.some(({ role }) => role.startsWith('operation.step/')),
      LONG,
    );
  /** RDS, as the master user whose secret the status names. */
  async function rds(): Promise<Connection> {
    const said = stepIn(await here.get('shop'), 'D5')?.result ?? '';
    const [, host = '', port = '', SecretId = ''] =
      / at (\S+):(\d+), as the user in the secret (\S+);/.exec(said) ?? [];
    const { SecretString = '{}' } = await here.account.secretsManager.send(new GetSecretValueCommand({ SecretId }));
    const { username: user, password } = JSON.parse(SecretString) as { username: string; password: string };
    return { host, port: Number(port), user, password, database: 'postgres', sslmode: 'require' };
  }

  const copy = async (): Promise<void> => copyPostgresByHand(root, await rds(), { user: 'shop', password: PASSWORD });

  test('is built for, and the status says where to copy to', async () => {
    await here.patch('shop', {
      ...MOVING,
      transition: { ...MOVING.transition, maintenanceWindow: `${weekTime(3)}-${weekTime(4)}` },
    });
    const waiting = await askedFor('operation.step/freeze');
    expect(stepIn(waiting, 'D5')).toMatchObject({ state: 'Done' });
    expect(stepIn(waiting, 'D5')?.result).toMatch(
      /^copy to the database "app" at \S+:5432, as the user in the secret arn:aws:secretsmanager:\S+; approve the plan when the old/,
    );
    expect(stepIn(waiting, 'D6')).toMatchObject({ state: 'Pending', result: 'waits for approval' });
    expect((await here.events('shop')).map(({ note }) => note).join()).toContain('copy to the database "app" at ');
    expect(await psql(app, 'SELECT count(*) FROM orders')).toBe('1000');
  });

  test('is not closed outside of the window, although that was approved', async () => {
    await approve(hashOf(await here.get('shop')));
    const waiting = await here.until('shop', 'it waits for the window', awaits('AwaitingWindow'), LONG);
    expect(stepIn(waiting, 'D6')?.result).toContain('waits for the opening of the maintenance window on ');
    await psql(app, "INSERT INTO orders (what) VALUES ('before the window')");
  });

  test('is closed in it, and opened again when nobody says in time that it is copied', async () => {
    await tryAgain({ maintenanceWindow: `${weekTime(0)}-${weekTime(1)}` });
    const asking = await askedFor('operation.step/await-copy');
    expect(stepIn(asking, 'D7E')).toMatchObject({ state: 'Running' });
    expect(stepIn(asking, 'D7E')?.result).toContain('copy what was written last to the database "app" at ');
    await expect(psql(app, 'SELECT')).rejects.toThrow('too many connections');
    const ended = await halted('step D7E: nobody said within 20 seconds that it is done');
    expect(condition(ended, 'Stalled')?.reason).toBe('TransitionFailed');
    await psql(app, "INSERT INTO orders (what) VALUES ('after nobody said anything')");
  });

  test('is not closed again by an approval of before', async () => {
    await tryAgain({ dataMigration: { maxWriteDowntimeSeconds: 120 } });
    await askedFor('operation.step/freeze');
    await psql(app, "INSERT INTO orders (what) VALUES ('before the second time')");
  });

  test('is opened again when the copy is not what it is, whatever was said', async () => {
    await approve(hashOf(await here.get('shop')));
    const asking = await askedFor('operation.step/await-copy');
    await copy();
    await psql({ ...(await rds()), database: 'app' }, "UPDATE orders SET what = 'another' WHERE id = 7");
    await approve(hashOf(asking));
    await halted('VerificationMismatch: public.orders: the contents differ, 1003 on both');
    await psql(app, "INSERT INTO orders (what) VALUES ('after a difference')");
  });

  test('goes with its last snapshot when it failed and is to be rolled back, and nothing begins again by itself', async () => {
    await tryAgain({ onFailure: 'Rollback', dataMigration: { maxWriteDowntimeSeconds: 5 } });
    await approve(hashOf(await askedFor('operation.step/freeze')));
    const back = await here.until(
      'shop',
      'all that was built is gone',
      ({ status }) =>
        status.transition?.course === 'RolledBack' &&
        awaits('InSync')({ status } as TierObject) &&
        !status.resources?.some(({ role }) => /^(rds|operation)/.test(role)),
      LONG,
    );
    expect(back.spec.stage).toBe('SeparateDatabase');
    expect(back.status).toMatchObject({ stage: 'SingleServer', endpoints: { databaseWriter: 'localhost' } });
    expect(condition(back, 'Ready')?.status).toBe('True');
    expect(condition(back, 'Stalled')?.message).toContain('nobody said within 5 seconds that it is done');
    expect(back.status.retained?.map(({ role }) => role)).toContain('rds.snapshot/primary-final');
    const since = await here.proxy.latest();
    const still = await here.lookNow('shop', LONG);
    expect(still.status.transition?.course).toBe('RolledBack');
    const entries = await here.proxy.journal({ account: here.account.id, since });
    expect(entries.filter(({ write, effective }) => write && effective)).toEqual([]);
    await psql(app, "INSERT INTO orders (what) VALUES ('after it was rolled back')");
  });

  test('is left for RDS when the copy is what it is', async () => {
    await tryAgain({ dataMigration: { maxWriteDowntimeSeconds: 600 } });
    await approve(hashOf(await askedFor('operation.step/freeze')));
    const asking = await askedFor('operation.step/await-copy');
    await copy();
    const there = await rds();
    await approve(hashOf(asking));
    await here.settled('shop', LONG);
    const moved = await here.get('shop');
    expect(moved.status).toMatchObject({ stage: 'SeparateDatabase', endpoints: { databaseWriter: there.host } });
    expect(await psql({ ...there, ...app, host: there.host, port: there.port }, 'SELECT count(*) FROM orders')).toBe(
      '1005',
    );
  });
});
