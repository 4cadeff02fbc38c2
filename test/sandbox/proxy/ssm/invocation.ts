/**
 * One command on one instance (Systems Manager User Guide, "Understanding command statuses"; agent: output is cut at its
 * beginning's 24,000 and 8,000 characters, a script that fails adds how to its errors, one that is killed has code 137).
 */
import { now } from '../clock.ts';
import type { Machine } from '../machines/machine.ts';
import { type Ending, type RunningScript, runScript, type Script } from '../machines/process.ts';

/** What became of it: AWS's coarse word and its fine one. */
export interface Outcome {
  readonly status: 'Pending' | 'InProgress' | 'Cancelling' | 'Success' | 'Cancelled' | 'Failed' | 'TimedOut';
  readonly details: string;
  /** -1 until there is one. */
  readonly code: number;
}

/** One command on one instance. */
export interface Invocation {
  readonly instanceId: string;
  outcome(): Outcome;
  /** Milliseconds since 1970, as far as it has come. */
  times(): { readonly started?: number; readonly ended?: number };
  output(): string;
  errors(): string;
  /** Runs the script that `prepare` makes, unless it has ended before. */
  begin(machine: Machine, prepare: () => Promise<Omit<Script, 'kept'>>): Promise<void>;
  /** It could not be begun. */
  fail(words: string): void;
  cancel(): void;
  /** The instance has gone. */
  halted(): Promise<void>;
}

const OUTPUT = 24_000;
const ERRORS = 8_000;
const CUT = '--output truncated--';
const KILLED = 137;

/** As the agent cuts: at the limit a text is cut too, and says so within the limit. */
function cut(text: string, most: number): string {
  return text.length < most ? text : text.slice(0, most - CUT.length) + CUT;
}

/** Whether an outcome is the last one. */
export const isOver = ({ status }: Outcome): boolean => !['Pending', 'InProgress', 'Cancelling'].includes(status);

/** Outcomes with the same word twice. */
const plainly = (status: Outcome['status'], code = -1): Outcome => ({ status, details: status, code });

function outcomeOf({ code, late }: Ending, why: Outcome | undefined): Outcome {
  if (why) return why;
  if (late) return { status: 'TimedOut', details: 'ExecutionTimedOut', code: KILLED };
  return code === 0 ? plainly('Success', 0) : plainly('Failed', code ?? -1);
}

function complaint({ status, code }: Outcome): string {
  if (status !== 'Failed') return '';
  return `failed to run commands: ${code === -1 ? 'signal: killed' : `exit status ${code}`}`;
}

/** A command that has not reached its instance yet. */
export function createInvocation(instanceId: string): Invocation {
  let outcome: Outcome = plainly('Pending');
  let times: ReturnType<Invocation['times']> = {};
  let script: RunningScript | undefined;
  let why: Outcome | undefined;
  let done: Promise<void> | undefined;
  let words = '';

  /** Ends what runs with this outcome; what does not run has it at once. */
  async function end(before: Outcome, during: Outcome): Promise<void> {
    if (isOver(outcome)) return;
    if (!script) {
      outcome = before;
      return;
    }
    why ??= during;
    script.kill();
    await done;
  }

  async function finish(running: RunningScript): Promise<void> {
    outcome = outcomeOf(await running.ended, why);
    words = complaint(outcome);
    times = { ...times, ended: now() };
  }

  const invocation: Invocation = {
    instanceId,
    outcome: () => outcome,
    times: () => times,
    // AWS shows what was said when all of it has been said.
    output: () => (isOver(outcome) && script ? cut(script.output(), OUTPUT) : ''),
    errors: () => (isOver(outcome) ? cut((script?.errors() ?? '') + words, ERRORS) : ''),
    async begin(machine, prepare) {
      try {
        const prepared = await prepare();
        if (isOver(outcome)) return;
        script = runScript(machine.run, { ...prepared, kept: [OUTPUT, ERRORS] });
        times = { started: now() };
        outcome = plainly('InProgress');
        done = finish(script);
        await done;
      } finally {
        machine.work.delete(invocation);
      }
    },
    fail(because) {
      if (isOver(outcome)) return;
      words = because;
      outcome = plainly('Failed', 1);
    },
    cancel() {
      if (script && !isOver(outcome)) outcome = plainly('Cancelling');
      end(plainly('Cancelled'), plainly('Cancelled', KILLED)).catch(() => {});
    },
    halted: () =>
      end({ ...plainly('Failed'), details: 'Undeliverable' }, { ...plainly('Failed'), details: 'Terminated' }),
  };
  return invocation;
}
