/**
 * The steps by which a database comes back from RDS to the server, whatever its engine is. Decisions and the window are those of the move
 * up. What changes something before the switch can be taken back; on RDS nothing is deleted by them.
 */
import type { Script, StepDefinition } from '../step/definition.ts';
import { BRIEF, WHOLE } from './times.ts';
import { RESULTS } from './up-steps.ts';
import { rehearsed } from './words.ts';

/** What an engine does in them; the library comes before each. */
export interface DownScripts {
  readonly LIBRARY: string;
  readonly INSPECT_RETURN: string;
  readonly SLEEP_RETURN: string;
  readonly REHEARSE_RETURN: string;
  readonly FREEZE_RETURN: string;
  readonly THAW_RETURN: string;
  readonly COPY_RETURN: string;
  readonly PUT_BACK: string;
  readonly COMPARE_RETURN: string;
  readonly OPEN_RETURN: string;
  readonly DISCARD_RETURN: string;
}

/** What is an engine's own about them. */
export interface DownEngine {
  /** What its steps are called by, before the dot. */
  readonly name: string;
  readonly scripts: DownScripts;
  /** The script that leaves both sides as they were before a rehearsal. */
  readonly unrehearse: string;
}

/** What every engine must be able to do on the way back, and what it answers. */
export interface DownSteps {
  /** Looks whether the database can come back; starts a server that the move up has stopped, which its undo stops again. */
  readonly inspectReturn: StepDefinition<{ bytes: number; tables: number }>;
  /** Does all of it once, beside the running database, and measures. */
  readonly rehearseReturn: StepDefinition<{ seconds: number }>;
  /** Closes the database on RDS to the app; its undo opens it, unless the app is sent to the server already. */
  readonly freezeReturn: StepDefinition<{ position: string }>;
  /** Copies what the closed database holds; its undo gives the old database of the server its place again. */
  readonly copyReturn: StepDefinition<{ completed: string }>;
  /** Compares both sides, object by object and row by row. */
  readonly compareReturn: StepDefinition<{ fingerprint: string }>;
  /** Opens the copy on the server, once the app is sent there. */
  readonly openReturn: StepDefinition<{ opened: boolean }>;
  /** Drops what the move up had left on the server, when the window is over. */
  readonly discardReturn: StepDefinition<{ discarded: boolean }>;
}

/** The steps of one engine. */
export function downSteps({ name, scripts, unrehearse }: DownEngine): DownSteps {
  const nameOf = (step: string): string => `${name}.${step}-return`;
  const script = (text: string, seconds: number): Script => ({ library: scripts.LIBRARY, text, seconds });
  return {
    inspectReturn: {
      name: nameOf('inspect'),
      script: script(scripts.INSPECT_RETURN, BRIEF),
      undo: script(scripts.SLEEP_RETURN, BRIEF),
      result: RESULTS.inspected,
    },
    rehearseReturn: {
      name: nameOf('rehearse'),
      script: script(scripts.REHEARSE_RETURN, WHOLE),
      undo: script(unrehearse, BRIEF),
      result: rehearsed,
    },
    freezeReturn: {
      name: nameOf('freeze'),
      script: script(scripts.FREEZE_RETURN, BRIEF),
      undo: script(scripts.THAW_RETURN, BRIEF),
      result: RESULTS.frozen,
    },
    copyReturn: {
      name: nameOf('copy'),
      script: script(scripts.COPY_RETURN, WHOLE),
      undo: script(scripts.PUT_BACK, BRIEF),
      result: RESULTS.copied,
    },
    compareReturn: {
      name: nameOf('compare'),
      script: script(scripts.COMPARE_RETURN, WHOLE),
      result: RESULTS.compared,
    },
    openReturn: { name: nameOf('open'), script: script(scripts.OPEN_RETURN, BRIEF), again: true },
    discardReturn: { name: nameOf('discard'), script: script(scripts.DISCARD_RETURN, BRIEF), again: true },
  };
}
