/** What people, disks and the API server do to a move, one function for each. It must not judge how the move ends. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DescribeDBInstancesCommand } from '@aws-sdk/client-rds';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import type { Connection } from '../sandbox/databases/psql.ts';
import { condition, type TierObject } from '../sandbox/scene.ts';
import { APP_ROLE } from './app.ts';
import { ENGINES } from './engines.ts';
import type { Disturbance } from './move.ts';
import { startOf, type UnderWay, whileRunning } from './under-way.ts';

type Of<S extends Disturbance['sort']> = Extract<Disturbance, { readonly sort: S }>;

/** Where a dump lies on its way, on the server. */
const SCRATCH = 'srv/data/scalingtier-move';
const MEGABYTE = 1_000_000;

/** Waits until the move waits for approval, of this step where it is said. */
export function awaitingApproval({ scene, tier, run }: UnderWay, step = ''): Promise<TierObject> {
  const waits = (now: TierObject): boolean => {
    const { reason, message = '' } = condition(now, 'UpToDate') ?? {};
    return reason === 'AwaitingApproval' && message.includes(step);
  };
  return scene.until(tier, `the move waits for approval ${step}`.trimEnd(), waits, run.patienceSeconds);
}

/** Approves what waits. */
async function approve({ scene, tier }: UnderWay): Promise<void> {
  const { status } = await scene.get(tier);
  await scene.annotate(tier, `scalingtier.dev/approve-plan=${status.plan?.hash}`);
}

/** The database on RDS, as its master user reaches it. */
async function masterOf({ scene, tier, local }: UnderWay): Promise<Connection> {
  const { account, namespace } = scene;
  const { DBInstances = [] } = await account.rds.send(new DescribeDBInstancesCommand({}));
  const { Address: host = '', Port: port = 0 } = DBInstances[0]?.Endpoint ?? {};
  const SecretId = `scaling-tier/${namespace}/${tier}/db/master`;
  const { SecretString = '{}' } = await account.secretsManager.send(new GetSecretValueCommand({ SecretId }));
  const { username, password } = JSON.parse(SecretString) as { readonly username: string; readonly password: string };
  return { host, port, user: username, password, database: local.app.database, sslmode: 'require' };
}

/** Somebody changes a side between the comparison and the freeze. */
export async function beforeApproval(move: UnderWay, { side, sql }: Of<'before approval'>): Promise<void> {
  await awaitingApproval(move);
  const { engine, root } = move.local;
  await ENGINES[engine].ask(side === 'server' ? root : await masterOf(move), sql);
  await approve(move);
}

/** A person copies what a move does not. */
export async function copyByPerson(move: UnderWay): Promise<void> {
  const { engine, root } = move.local;
  await awaitingApproval(move);
  await approve(move);
  await awaitingApproval(move, 'operation.step/await-copy');
  await ENGINES[engine].copyByHand(root, await masterOf(move), APP_ROLE);
  await approve(move);
}

/** Somebody wants to go back over the switch; afterwards the window is over. */
export async function tooLate(move: UnderWay, { words }: Of<'too late'>): Promise<void> {
  const { scene, tier, run } = move;
  const switched = ({ status }: TierObject): boolean => status.transition?.rollback === 'LossyAfterFirstWrite';
  await scene.until(tier, 'it is over the switch', switched, run.patienceSeconds);
  const refused = await scene.patch(tier, { stage: startOf(run) }).then(
    () => undefined,
    (error: unknown) => String(error),
  );
  if (!refused?.includes(words))
    throw new Error(`setting the stage back after the switch: it was answered by ${refused}`);
  await scene.patch(tier, { transition: { dataMigration: { rollbackWindowHours: 0 } } });
}

/** Takes all room below a folder. */
function fill(folder: string): void {
  const file = openSync(path.join(folder, 'other'), 'w');
  const block = Buffer.alloc(MEGABYTE);
  try {
    for (;;) writeSync(file, block);
  } catch {
    // No room is what was wanted.
  } finally {
    closeSync(file);
  }
}

/** Puts a disk of its own where dumps lie; it goes when the attempt has ended. */
export async function noRoom(move: UnderWay, { megabytes, filled }: Of<'no room'>): Promise<void> {
  const { scene, tier, run, instanceID } = move;
  const { root } = await scene.proxy.machineOf(instanceID, scene.account.id);
  const folder = path.join(root, SCRATCH);
  mkdirSync(folder, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder]);
  try {
    if (filled) {
      await awaitingApproval(move);
      fill(folder);
      await approve(move);
    }
    const stalled = (now: TierObject): boolean => condition(now, 'Stalled') !== undefined;
    await scene.until(tier, 'the attempt has ended', stalled, run.patienceSeconds);
  } finally {
    execFileSync('umount', ['-l', folder]);
  }
}

/** The API server takes no connection of the operator. */
export async function loseApiServer(move: UnderWay, { during, seconds }: Of<'API server is gone'>): Promise<void> {
  const { kube } = move;
  if (!kube) throw new Error('losing the API server: there is no proxy before it');
  for (const step of during) {
    await whileRunning(move, step);
    const ids = kube.addFaults(
      { match: {}, effect: { kind: 'resetBefore' } },
      { match: {}, effect: { kind: 'watchCut', how: 'reset' } },
    );
    await delay(seconds * 1000);
    for (const id of ids) kube.removeFault(id);
  }
}
