/**
 * The user's server on which the scripts of a move run in these tests: its folders, its programs, of which only `aws` is played, and
 * what its parameters, secrets and metadata say. It must not know an engine, or what a script does.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import type * as mysqlScripts from '../../../src/operations/database/mysql/scripts.ts';
import { compose } from '../../../src/operations/remote/compose.ts';
import { plainEnvironment } from '../../sandbox/environment.ts';
import { LOOPBACK, startMetadata } from '../../sandbox/metadata.ts';

/** Every printable character of ASCII. */
export const PRINTABLE = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join('');

/** The master user of "RDS", and a password that would break careless quoting. */
export const MASTER = { name: 'appadmin', password: PRINTABLE.trim() };

/** The app's own account, and its password. */
export const APP = { name: 'app', password: [...PRINTABLE].reverse().join('').trim() };

type Kebab<S extends string> = S extends `${infer Head}_${infer Rest}`
  ? `${Lowercase<Head>}-${Kebab<Rest>}`
  : Lowercase<S>;
type Scripts = Readonly<Record<keyof typeof mysqlScripts, string>>;

/** The name of a step, as it is the same with every engine. */
export type Step = Kebab<Exclude<keyof Scripts, 'LIBRARY'>>;

/** The steps of an engine by their names. */
export const stepsOf = ({ LIBRARY: _, ...steps }: Scripts): Readonly<Record<Step, string>> =>
  Object.fromEntries(
    Object.entries(steps).map(([name, script]) => [name.toLowerCase().replaceAll('_', '-'), script]),
  ) as Record<Step, string>;

/** How a run of a step ended. */
export interface Ran {
  readonly code: number | null;
  /** The last line of what it printed, when that is JSON. */
  readonly answer: Readonly<Record<string, unknown>> | undefined;
  readonly said: string;
  readonly operation: string;
}

/** What a run may have otherwise. */
export interface RunOptions {
  /** Default: a new operation. */
  readonly operation?: string;
  /** The how manieth time that it is taken back. */
  readonly undo?: number;
  readonly arguments?: Readonly<Record<string, string | number>>;
}

/** A server. */
export interface Machine {
  readonly root: string;
  /** Runs a step to its end. */
  run(step: Step, options?: RunOptions): Promise<Ran>;
  /** Starts a step in a process group of its own, and answers with the process. */
  start(step: Step, options?: RunOptions): { readonly child: ChildProcess; readonly ran: Promise<Ran> };
  setPointer(host: string): void;
  /** Has the metadata say that it is in another network, until it forgets. */
  setNetwork(network: string): void;
  /** Puts an executable before a program of the server's. */
  replaceCommand(name: string, body: string): void;
  restoreCommand(name: string): void;
  /** Drops what steps have left, and says `localhost` in the pointer. */
  forget(): void;
  close(): Promise<void>;
}

/** The databases beside it, and how they are reached from there. */
export interface Databases {
  readonly engine: string;
  readonly scripts: Scripts;
  readonly port: number;
  readonly source: { readonly host: string; readonly tools: string };
  readonly target: { readonly host: string };
  readonly version: string;
  /** A position of the source's that stands for none. */
  readonly position: string;
  readonly environment?: Readonly<Record<string, string>>;
}

const AWS = `
echo "$*" >>"$SCALINGTIER_ROOT/aws.log"
case "$1 $2" in
  'secretsmanager get-secret-value') exec cat "$SCALINGTIER_ROOT/secret.json" ;;
  'ssm get-parameter') exec cat "$SCALINGTIER_ROOT/pointer" ;;
esac
exit 2`;

/** Makes the folder that stands for its root, before anything runs there. */
export function makeRoot(): string {
  const root = mkdtempSync(join(tmpdir(), 'st-move-'));
  // The databases' own users pass through it.
  chmodSync(root, 0o755);
  for (const folder of ['commands', 'srv/data', 'root']) mkdirSync(join(root, folder), { recursive: true });
  return root;
}

/** Starts it in its folder. */
export async function startMachine(root: string, databases: Databases): Promise<Machine> {
  const { engine, scripts, port, source, target, version, position } = databases;
  const commands = join(root, 'commands');
  const replaceCommand = (name: string, body: string): void => {
    writeFileSync(join(commands, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  };
  replaceCommand('aws', AWS);
  const secret = JSON.stringify({ username: MASTER.name, password: MASTER.password, engine });
  writeFileSync(join(root, 'secret.json'), JSON.stringify({ Name: 'db', SecretString: secret }));
  const setPointer = (host: string): void => writeFileSync(join(root, 'pointer'), `${host}\n`);
  const metadata = await startMetadata();
  const environment = plainEnvironment({
    PATH: [commands, source.tools, process.env.PATH ?? ''].join(delimiter),
    SCALINGTIER_ROOT: root,
    AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.endpoint,
    ...databases.environment,
  });
  const steps = stepsOf(scripts);
  const start: Machine['start'] = (step, options = {}) => {
    const operation = options.operation ?? createHash('sha256').update(randomUUID()).digest('hex');
    const script = compose({
      step: `database.${step}`,
      operation,
      library: scripts.LIBRARY,
      script: steps[step],
      ...(options.undo === undefined ? {} : { undo: options.undo }),
      arguments: {
        ...{ DATABASE: 'app', PORT: port, SCRATCH: '/srv/data/scratch', POINTER: '/app/db/writer' },
        ...{ SOURCE_HOST: source.host, PATIENCE: 60, SECONDS_ALLOWED: 600, SECONDS_BESIDES: 10, POSITION: position },
        ...{ RDS_HOST: target.host, RDS_PORT: port, RDS_VERSION: version, SECRET_ARN: 'arn:db' },
        ...options.arguments,
      },
    });
    const file = join(root, `${randomUUID()}.sh`);
    writeFileSync(file, script);
    const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
    const child = spawn('sh', [file], { env: environment, cwd: '/', detached: true, stdio });
    const ran = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]).then(
      ([stdout, stderr, [code]]): Ran => ({ code, operation, said: stdout + stderr, answer: answerOf(stdout) }),
    );
    return { child, ran };
  };
  return {
    ...{ root, start, setPointer, setNetwork: metadata.say, replaceCommand, close: metadata.close },
    run: (step, options) => start(step, options).ran,
    restoreCommand: (name) => rmSync(join(commands, name)),
    forget() {
      setPointer('localhost');
      metadata.say(LOOPBACK);
      rmSync(join(root, 'var'), { recursive: true, force: true });
    },
  };
}

function answerOf(stdout: string): Ran['answer'] {
  const line = stdout.trimEnd().split('\n').at(-1) ?? '';
  return line.startsWith('{') ? (JSON.parse(line) as Ran['answer']) : undefined;
}

/** What a run answered; the run must have succeeded. */
export function answered({ code, answer, said }: Ran): Readonly<Record<string, unknown>> {
  if (code !== 0 || answer === undefined) throw new Error(`the step ended with ${code}: ${said}`);
  return answer;
}

/** Why a run failed; it must have. */
export function failure({ code, answer, said }: Ran): string {
  if (code !== 1 || typeof answer?.failed !== 'string')
    throw new Error(`the step did not fail, but ended with ${code}: ${said}`);
  return answer.failed;
}

/** Whether the folder of dumps is gone. */
export function isTidy({ root }: Pick<Machine, 'root'>): boolean {
  return !existsSync(join(root, 'srv/data/scratch/scalingtier-app'));
}

/** What `aws` was asked. */
export function awsLog({ root }: Pick<Machine, 'root'>): string {
  return readFileSync(join(root, 'aws.log'), 'utf8');
}

/** A server with a database on RDS. */
interface Moving extends Machine {
  readonly target: { readonly host: string };
}

/** Freezes a side; answers with what copy and comparison are told. */
async function frozen(ground: Moving, step: 'freeze' | 'freeze-return'): Promise<RunOptions> {
  const { position = '' } = answered(await ground.run(step));
  return { arguments: { POSITION: String(position) } };
}

/** Freezes RDS; answers with what copy and comparison are told. */
export const freezeRds = (ground: Moving): Promise<RunOptions> => frozen(ground, 'freeze-return');

/** Moves the database as the steps of the move do it, until both sides were found equal; answers with what the comparison said. */
export async function move(ground: Moving): Promise<Readonly<Record<string, unknown>>> {
  const options = await frozen(ground, 'freeze');
  answered(await ground.run('copy', options));
  return answered(await ground.run('compare', options));
}

/** Moves it, and sends the app there. */
export async function moveUp(ground: Moving): Promise<void> {
  await move(ground);
  ground.setPointer(ground.target.host);
}

/** Brings it back until both sides were found equal; answers with what the comparison said. */
export async function comeBack(ground: Moving): Promise<Readonly<Record<string, unknown>>> {
  answered(await ground.run('inspect-return'));
  answered(await ground.run('rehearse-return'));
  const options = await freezeRds(ground);
  answered(await ground.run('copy-return', options));
  return answered(await ground.run('compare-return', options));
}

/** Sends the app to the server, and opens the copy there. */
export async function openServer(ground: Moving): Promise<void> {
  ground.setPointer('localhost');
  answered(await ground.run('open-return'));
}
