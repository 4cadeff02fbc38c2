/**
 * The way from a test file, or any other process, to the sandbox that runs already: the path of its state file comes by
 * the environment. It must not start or stop anything.
 */
import { readJson } from './files.ts';
import type { SandboxState } from './sandbox.ts';

/** The variable with the path of the state file. */
export const stateVariable = 'SANDBOX_STATE';

/** The sandbox that the environment names. */
export function attachSandbox(environment: NodeJS.ProcessEnv = process.env): SandboxState {
  const file = environment[stateVariable] ?? '';
  if (file === '')
    throw new Error(`attaching to a sandbox: ${stateVariable} is not set; is the global setup configured?`);
  const state = readJson<SandboxState>(file);
  if (state === undefined) throw new Error(`attaching to a sandbox: no state file at "${file}"; has it been stopped?`);
  return state;
}
