/**
 * Runs the real operator as a child process against a sandbox, as it runs in a pod: configured by flags and environment
 * only, ended by signals. The child belongs to the sandbox's run, so it ends with it at the latest.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { plainEnvironment } from './environment.ts';
import { projectFolder } from './folders.ts';
import { type ProcessIdentity, signal } from './identity.ts';
import { nodeProgram } from './node.ts';
import { claimPorts } from './ports.ts';
import { endProcess, forgetProcess, startProcess } from './processes.ts';
import type { SandboxState } from './sandbox.ts';

/** How to start an operator. */
export interface OperatorOptions {
  /** Usually from `serviceAccountKubeconfig`. */
  readonly kubeconfig: string;
  /** Flags after `run`. */
  readonly args?: readonly string[];
  /** Variables besides, or instead of, those that a sandbox needs. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: `src/main.ts`. */
  readonly script?: string;
  /** Flags of Node itself. */
  readonly nodeFlags?: readonly string[];
}

/** An operator that runs, or has run. */
export interface OperatorProcess {
  readonly pid: number;
  /** For signals of any kind, by `identity.ts`. */
  readonly identity: ProcessIdentity;
  readonly logFile: string;
  /** Address of its metrics and probes, `http://127.0.0.1:port`, unless `env` or `args` say otherwise. */
  readonly metrics: string;
  /** Settles with how it ended: `exit code 0`, `SIGKILL` … */
  readonly exited: Promise<string>;
  /** Everything it wrote so far. */
  logs(): string;
  /** SIGTERM, then SIGKILL after 12 s; answers with how it ended. */
  stop(): Promise<string>;
  /** SIGKILL at once; answers when it is gone. */
  kill(): Promise<string>;
}

const graceSeconds = 12;

/** Starts an operator; it may not be ready yet, nor stay alive. */
export async function startOperator(state: SandboxState, options: OperatorOptions): Promise<OperatorProcess> {
  const claim = await claimPorts(1);
  const address = `127.0.0.1:${claim.ports[0]}`;
  const name = `operator-${randomBytes(3).toString('hex')}`;
  const { record, logFile, child, exited } = await startProcess(state.folder, {
    name,
    command: nodeProgram(),
    args: [
      ...(options.nodeFlags ?? []),
      options.script ?? path.join(projectFolder, 'src', 'main.ts'),
      'run',
      ...(options.args ?? []),
    ],
    env: operatorEnvironment(state, options, address),
    rank: 0,
    graceSeconds,
  });
  const gone = exited.finally(async () => {
    forgetProcess(state.folder, name);
    await claim.release();
  });
  return {
    pid: record.pid,
    identity: record,
    logFile,
    metrics: `http://${address}`,
    exited: gone,
    logs: () => readFileSync(logFile, 'utf8'),
    async stop() {
      // Children do not keep the caller alive, except while it waits for their end.
      child.ref();
      await endProcess(record);
      return gone;
    },
    kill() {
      child.ref();
      signal(record, 'SIGKILL');
      return gone;
    },
  };
}

function operatorEnvironment(state: SandboxState, options: OperatorOptions, address: string): Record<string, string> {
  return plainEnvironment({
    KUBECONFIG: options.kubeconfig,
    AWS_ENDPOINT_URL: state.aws.endpoint,
    AWS_ACCESS_KEY_ID: 'sandbox',
    AWS_SECRET_ACCESS_KEY: 'sandbox',
    AWS_EC2_METADATA_DISABLED: 'true',
    SCALINGTIER_CLUSTER_ID: 'sandbox',
    SCALINGTIER_METRICS_ADDRESS: address,
    ...options.env,
  });
}
