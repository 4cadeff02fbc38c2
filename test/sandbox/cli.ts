/**
 * The sandbox at a prompt: `up` (until Ctrl-C, or `--detach`), `down`, `list`, `build`. It only starts, ends and tells;
 * what a sandbox is made of is written elsewhere.
 */
import { parseArgs } from 'node:util';
import { stateVariable } from './attach.ts';
import { databaseTools } from './databases/tools.ts';
import { readJson } from './files.ts';
import { stateFile } from './folders.ts';
import { isRunning, signal } from './identity.ts';
import { recordsOf, untilGone } from './processes.ts';
import { endRun, leftovers, listRuns, type Run } from './runs.ts';
import { prepareSandbox, type SandboxState, startSandbox } from './sandbox.ts';

const usage = `usage: node test/sandbox/cli.ts <command>
  build                                   build what a sandbox is made of, once
  up [--id NAME] [--detach] [--factor N]  start a sandbox; AWS's times are divided by N (20)
  down [--id NAME]                        end one sandbox, or all of this project
  list                                    tell what runs`;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

// Whoever read along may be gone (`up | head`); the sandbox must still be ended in order.
process.stdout.on('error', () => {});

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    id: { type: 'string' },
    detach: { type: 'boolean', default: false },
    factor: { type: 'string', default: '20' },
  },
});

const commands: Readonly<Record<string, () => Promise<void>>> = { build, up, down, list };

try {
  const command = commands[positionals[0] ?? ''];
  if (command === undefined || positionals.length !== 1) throw new Error(usage);
  await command();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function build(): Promise<void> {
  await prepareSandbox(say);
  await databaseTools(say);
  say('everything is built');
}

async function up(): Promise<void> {
  const factor = Number(values.factor);
  if (!Number.isFinite(factor) || factor < 0)
    throw new Error(`reading --factor: not a number from 0 up: "${values.factor}"`);
  // Asked for before the start, so that a Ctrl-C during the start is not lost.
  const asked = untilAsked();
  const sandbox = await startSandbox({ id: values.id ?? 'local', say, lifecycleFactor: factor });
  say(instructions(sandbox.state));
  if (values.detach) {
    await sandbox.detach();
    say('it runs until `node test/sandbox/cli.ts down`');
    process.exit();
  }
  say('it runs until Ctrl-C');
  const end = await Promise.race([asked, untilBroken(sandbox.state.folder)]);
  say(`stopping (${end.reason}) …`);
  await sandbox.stop();
  say('stopped');
  process.exit(end.exitCode);
}

async function down(): Promise<void> {
  const runs = listRuns().filter(({ owner }) => values.id === undefined || owner.id === values.id);
  if (runs.length === 0) say(values.id === undefined ? 'no sandbox runs' : `no sandbox "${values.id}" runs`);
  for (const run of runs) {
    await end(run);
    say(`ended sandbox "${run.owner.id}"`);
  }
}

async function end({ folder, owner }: Run): Promise<void> {
  if (!owner.detached && isRunning(owner.launcher)) {
    // Its launcher is told, so that whoever waits for it learns of the end.
    signal(owner.launcher, 'SIGTERM');
    await untilGone(owner.launcher, 30);
  }
  await endRun(folder);
}

async function list(): Promise<void> {
  const runs = listRuns();
  const abandoned = new Set(leftovers().map(({ folder }) => folder));
  if (runs.length === 0) say('no sandbox runs');
  for (const { folder, owner } of runs) {
    const state = readJson<SandboxState>(stateFile(folder));
    if (abandoned.has(folder)) say(`sandbox "${owner.id}" is what a killed launcher left behind; "down" ends it`);
    else say(state === undefined ? `sandbox "${owner.id}" is starting` : instructions(state));
  }
}

interface Ending {
  readonly reason: string;
  readonly exitCode: number;
}

function untilAsked(): Promise<Ending> {
  return new Promise((resolve) => {
    for (const reason of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(reason, () => resolve({ reason, exitCode: 0 }));
    }
  });
}

/** A sandbox that lost a server is of no use; also keeps this process alive, which waiting for a signal does not. */
function untilBroken(folder: string): Promise<Ending> {
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const lost = recordsOf(folder).find((record) => record.rank > 0 && !isRunning(record));
      if (lost === undefined) return;
      clearInterval(timer);
      resolve({ reason: `${lost.name} has ended, see its log`, exitCode: 1 });
    }, 1000);
  });
}

function instructions({ id, folder, kube, aws }: SandboxState): string {
  return `sandbox "${id}" is ready
  Kubernetes  export KUBECONFIG=${kube.adminKubeconfig}
              ${kube.kubectl} get namespaces
  AWS         export AWS_ACCESS_KEY_ID=sandbox AWS_SECRET_ACCESS_KEY=sandbox AWS_REGION=eu-central-1
              aws --endpoint-url ${aws.endpoint} ec2 describe-vpcs
  calls seen  curl ${aws.endpoint}/_sandbox/journal
  tests       export ${stateVariable}=${stateFile(folder)}
  logs        ${folder}/logs`;
}
