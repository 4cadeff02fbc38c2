/**
 * Runs the kubectl of the sandbox, never one from the PATH, against the sandbox's API server only. It must not read or
 * write the user's own ~/.kube.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { plainEnvironment } from './environment.ts';
import type { SandboxState } from './sandbox.ts';

/** How a kubectl ended and what it said. */
export interface KubectlResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to call kubectl. */
export interface KubectlOptions {
  /** Default: the administrator's. */
  readonly kubeconfig?: string;
  /** Standard input, for `-f -`. */
  readonly input?: string;
  /** Default 60. */
  readonly timeoutSeconds?: number;
}

/** Runs kubectl and answers with its result, whatever the exit code. */
export function tryKubectl(
  state: SandboxState,
  args: readonly string[],
  options: KubectlOptions = {},
): Promise<KubectlResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(state.kube.kubectl, args, {
      env: plainEnvironment({
        KUBECONFIG: options.kubeconfig ?? state.kube.adminKubeconfig,
        KUBECACHEDIR: path.join(state.folder, 'kubectl-cache'),
        KUBERC: 'off',
      }),
      timeout: (options.timeoutSeconds ?? 60) * 1000,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    // It may end before it has read all of its input; its exit code says so then.
    child.stdin.on('error', () => {});
    child.stdin.end(options.input ?? '');
    child.once('error', (error) => reject(new Error(`running kubectl ${args.join(' ')}`, { cause: error })));
    child.once('close', (code, signalName) => {
      const text = Buffer.concat(stderr).toString();
      const said = signalName === null ? text : `${text}\nended by ${signalName}`;
      resolve({ code: code ?? -1, stdout: Buffer.concat(stdout).toString(), stderr: said });
    });
  });
}

/** Runs kubectl and fails when it fails. */
export async function kubectl(
  state: SandboxState,
  args: readonly string[],
  options: KubectlOptions = {},
): Promise<KubectlResult> {
  const result = await tryKubectl(state, args, options);
  if (result.code === 0) return result;
  throw new Error(`running kubectl ${args.join(' ')}: exit code ${result.code}: ${result.stderr.trim()}`);
}

/** Runs kubectl with JSON output and parses it; the caller names the type it asked for. */
export async function kubectlJson<T>(
  state: SandboxState,
  args: readonly string[],
  options: KubectlOptions = {},
): Promise<T> {
  const { stdout } = await kubectl(state, [...args, '--output', 'json'], options);
  return JSON.parse(stdout) as T;
}
