/** A folder that stands for a server, a bucket, and the AWS command line that reaches the sandbox. It must not know what a script does. */
import { execFileSync, spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { compose } from '../../../src/operations/remote/compose.ts';
import * as scripts from '../../../src/operations/uploads/scripts.ts';
import { type Account, enterAccount } from '../../sandbox/account.ts';
import { attachSandbox } from '../../sandbox/attach.ts';
import { databaseTools } from '../../sandbox/databases/tools.ts';
import { plainEnvironment } from '../../sandbox/environment.ts';

const REGION = 'us-east-1';
const DIRECTORY = '/srv/data/uploads';

/** The steps by their names. */
const STEPS = {
  ...{ copy: scripts.COPY, settle: scripts.SETTLE, return: scripts.RETURN },
  ...{ inspect: scripts.INSPECT, fetch: scripts.FETCH, bring: scripts.BRING },
} as const;

/** How a run of a step ended. */
export interface Ran {
  readonly code: number | null;
  readonly answer: Readonly<Record<string, unknown>>;
  readonly said: string;
}

/** What a run may have otherwise. */
export interface RunOptions {
  readonly operation?: string;
  readonly undo?: number;
  readonly arguments?: Readonly<Record<string, string>>;
}

/** The server. */
export interface Ground {
  readonly account: Account;
  readonly bucket: string;
  readonly pointer: string;
  readonly root: string;
  run(step: keyof typeof STEPS, options?: RunOptions): Promise<Ran>;
  write(name: string, content: string): void;
  read(name: string): string;
  has(name: string): boolean;
  pathOf(name: string): string;
  /** Has each call of the AWS command line do this first, with its arguments in `$*`, and noted; answers with what is noted. */
  watchCalls(body?: string): () => readonly string[];
  /** Puts an executable before a program of the server's. */
  replaceCommand(name: string, body: string): void;
  restoreCommand(name: string): void;
  end(): void;
}

/** Another operation each time. */
export const newOperation = (): string => createHash('sha256').update(randomUUID()).digest('hex');

/** An empty bucket, and a server with an empty directory. */
export async function makeGround(accountID: string): Promise<Ground> {
  const tools = await databaseTools();
  const { endpoint } = attachSandbox().aws;
  const account = await enterAccount(endpoint, accountID, REGION);
  const bucket = `uploads-${randomUUID()}`;
  await account.s3.send(new CreateBucketCommand({ Bucket: bucket }));
  const pointer = `/uploads-${randomUUID()}/storage/bucket`;
  const root = mkdtempSync(join(tmpdir(), 'st-uploads-'));
  chmodSync(root, 0o755);
  const pathOf = (name: string): string => join(root, DIRECTORY, name);
  const commands = join(root, 'commands');
  for (const folder of [commands, pathOf('')]) mkdirSync(folder, { recursive: true });
  const { accessKeyId, secretAccessKey, sessionToken = '' } = await account.s3.config.credentials();
  const environment = plainEnvironment({
    PATH: [commands, tools, process.env.PATH ?? ''].join(delimiter),
    SCALINGTIER_ROOT: root,
    ...{
      AWS_REGION: REGION,
      AWS_DEFAULT_REGION: REGION,
      AWS_ENDPOINT_URL: endpoint,
      AWS_EC2_METADATA_DISABLED: 'true',
    },
    ...{ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken },
  });

  async function run(step: keyof typeof STEPS, options: RunOptions = {}): Promise<Ran> {
    const script = compose({
      step: `uploads.${step}`,
      operation: options.operation ?? newOperation(),
      library: scripts.LIBRARY,
      script: STEPS[step],
      ...(options.undo === undefined ? {} : { undo: options.undo }),
      arguments: {
        ...{ DIRECTORY, BUCKET: bucket, PREFIX: 'uploads/', KEY: '', RELOAD: '', POINTER: pointer },
        ...options.arguments,
      },
    });
    const file = join(root, `${randomUUID()}.sh`);
    writeFileSync(file, script);
    const child = spawn('sh', [file], { env: environment, cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
    const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    const last = stdout.trimEnd().split('\n').at(-1) ?? '';
    if (!last.startsWith('{')) throw new Error(`the step ended with ${code}: ${stdout}${stderr}`);
    return { code, answer: JSON.parse(last) as Ran['answer'], said: stdout + stderr };
  }

  const replaceCommand = (name: string, body: string): void =>
    writeFileSync(join(commands, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });

  return {
    ...{ account, bucket, pointer, root, run, pathOf, replaceCommand },
    watchCalls(body = ':') {
      const notes = join(root, 'calls');
      // Where python3 is a shim it puts other programs first for whatever it runs.
      const python = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
      replaceCommand('python3', `exec '${python}' "$@"`);
      replaceCommand('aws', `PATH=\${PATH#*:}; echo "$*" >>'${notes}'; ${body}; exec aws "$@"`);
      return () => readFileSync(notes, 'utf8').trimEnd().split('\n');
    },
    write(name, content) {
      mkdirSync(dirname(pathOf(name)), { recursive: true });
      writeFileSync(pathOf(name), content);
    },
    read: (name) => readFileSync(pathOf(name), 'utf8'),
    has: (name) => existsSync(pathOf(name)),
    restoreCommand: (name) => rmSync(join(commands, name)),
    end() {
      account.close();
      rmSync(root, { recursive: true });
    },
  };
}
