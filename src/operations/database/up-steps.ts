/**
 * The steps by which a database moves from a server to RDS, whatever its engine is: the same steps with the same answers. What each does
 * is its engine's script; how far it is, its record.
 */
import type { Script, StepDefinition } from '../step/definition.ts';
import { BESIDE, BRIEF, CLOSED, WHOLE } from './times.ts';
import { type Answer, count, mebibytes, rehearsed } from './words.ts';

/** What an engine does in them; the library comes before each. */
export interface UpScripts {
  readonly LIBRARY: string;
  readonly INSPECT: string;
  readonly REHEARSE: string;
  readonly INSPECT_REPLICATION: string;
  readonly REPLICATE: string;
  readonly STOP_REPLICATION: string;
  readonly FOLLOW: string;
  readonly VERIFY: string;
  readonly CUT_OVER: string;
  readonly FREEZE: string;
  readonly THAW: string;
  readonly COPY: string;
  readonly COMPARE: string;
  readonly RETIRE: string;
}

/** What is an engine's own about them. */
export interface UpEngine {
  /** What its steps are called by, before the dot. */
  readonly name: string;
  readonly scripts: UpScripts;
  /** For how long the beginning of a replication may take, in seconds. */
  readonly replicateSeconds: number;
  /** What came of that, for people. */
  readonly replicated: (answer: Answer) => string;
  /** Where a replicated database was closed, for people, and that all of it has arrived. */
  readonly closed: (answer: Answer) => string;
}

/** What every engine must be able to do on the way up, and what it answers. */
export interface UpSteps {
  /** Looks whether the database can move at all; changes nothing. */
  readonly inspectDatabase: StepDefinition<{ bytes: number; tables: number }>;
  /** Does all of it once, beside the running database, and measures. */
  readonly rehearseCopy: StepDefinition<{ seconds: number }>;
  /** Looks whether the server can be replicated to RDS; changes nothing. */
  readonly inspectReplication: StepDefinition<{ tables: number }>;
  /** Begins to copy beside the running database; its undo leaves no copy on RDS. */
  readonly replicateDatabase: StepDefinition<{ schema: string }>;
  /** Waits until RDS has all rows and keeps up. */
  readonly followReplication: StepDefinition<{ completed: string }>;
  /** Compares all rows while the app writes on. What it leaves to the freeze grows until then, so nothing slow may come in between. */
  readonly verifyReplication: StepDefinition<{ completed: string }>;
  /** Closes a replicated database, makes its copy whole, ends the replication and compares; its undo opens the database. */
  readonly cutOverDatabase: StepDefinition<{ position: string; completed: string; fingerprint: string }>;
  /** Closes the database to the app; its undo opens it, unless the app is sent elsewhere already. */
  readonly freezeDatabase: StepDefinition<{ position: string }>;
  /** Copies what the closed database holds. */
  readonly copyDatabase: StepDefinition<{ completed: string }>;
  /** Compares both sides, object by object and row by row. */
  readonly compareDatabases: StepDefinition<{ fingerprint: string }>;
  /** Stops the old database; its files stay. */
  readonly retireDatabase: StepDefinition<{ stopped: boolean }>;
}

const rowsOf = ({ rowsSource, rowsTarget }: Answer): string =>
  `${count(rowsSource, 'row')} here, ${count(rowsTarget, 'row')} there`;

/** What came of steps that go both ways. */
export const RESULTS = {
  inspected: ({ bytes, tables, rows }: Answer) =>
    `${mebibytes(bytes)}, ${count(tables, 'table')}, about ${count(rows, 'row')}`,
  frozen: ({ position }: Answer) => `closed at ${String(position)}`,
  copied: ({ seconds, bytes }: Answer) => `${mebibytes(bytes)} in ${count(seconds, 'second')}`,
  compared: (answer: Answer) =>
    `${count(answer.tables, 'table')}, ${rowsOf(answer)}, ${count(answer.checksums, 'checksum')} equal`,
} as const;

/** The steps of one engine. */
export function upSteps(engine: UpEngine): UpSteps {
  const { scripts, closed, replicated } = engine;
  const name = (step: string): string => `${engine.name}.${step}`;
  const script = (text: string, seconds: number): Script => ({ library: scripts.LIBRARY, text, seconds });
  const thaw = script(scripts.THAW, BRIEF);
  return {
    inspectDatabase: {
      name: name('inspect'),
      script: script(scripts.INSPECT, BRIEF),
      result: RESULTS.inspected,
    },
    rehearseCopy: { name: name('rehearse'), script: script(scripts.REHEARSE, WHOLE), result: rehearsed },
    inspectReplication: {
      name: name('inspect-replication'),
      script: script(scripts.INSPECT_REPLICATION, BRIEF),
      result: ({ tables, withoutKey, tls }) =>
        `${count(tables, 'table')}, ${Number(withoutKey ?? 0)} without a key, ${tls === true ? 'with' : 'without'} TLS`,
    },
    replicateDatabase: {
      name: name('replicate'),
      script: script(scripts.REPLICATE, engine.replicateSeconds),
      undo: script(scripts.STOP_REPLICATION, BRIEF),
      result: replicated,
    },
    followReplication: {
      name: name('follow'),
      script: script(scripts.FOLLOW, BESIDE),
      result: ({ tables, seconds }) => `${count(tables, 'table')} in ${count(seconds, 'second')}`,
    },
    verifyReplication: {
      name: name('verify'),
      script: script(scripts.VERIFY, BESIDE),
      result: ({ tables, rows }) => `${count(tables, 'table')}, ${count(rows, 'row')} equal`,
    },
    cutOverDatabase: {
      name: name('cut-over'),
      script: script(scripts.CUT_OVER, CLOSED),
      undo: thaw,
      result: (answer) =>
        `${closed(answer)}; ${count(answer.tables, 'table')} read as a whole with ${rowsOf(answer)}, in ${count(answer.seconds, 'second')}`,
    },
    freezeDatabase: {
      name: name('freeze'),
      script: script(scripts.FREEZE, BRIEF),
      undo: thaw,
      result: RESULTS.frozen,
    },
    copyDatabase: { name: name('copy'), script: script(scripts.COPY, WHOLE), result: RESULTS.copied },
    compareDatabases: { name: name('compare'), script: script(scripts.COMPARE, WHOLE), result: RESULTS.compared },
    retireDatabase: { name: name('retire'), script: script(scripts.RETIRE, BRIEF), again: true },
  };
}
