/**
 * One sandbox for a whole test run. A sandbox that the environment names already is used as it is, and left as it is:
 * with `up` at one prompt, tests at another start at once.
 */
import { attachSandbox, stateVariable } from './attach.ts';
import { stateFile } from './folders.ts';
import { type Sandbox, startSandbox } from './sandbox.ts';

let started: Sandbox | undefined;

/** Starts the sandbox, or looks whether the given one is there. */
export default async function setUp(): Promise<void> {
  if ((process.env[stateVariable] ?? '') !== '') {
    attachSandbox();
    return;
  }
  started = await startSandbox({ id: `test-${process.pid}` });
  process.env[stateVariable] = stateFile(started.state.folder);
}

/** Stops what `setUp` started, and nothing else. */
export async function tearDown(): Promise<void> {
  await started?.stop();
  started = undefined;
}
