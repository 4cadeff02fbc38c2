/**
 * The one logger: JSON lines, secrets taken out before a line is written. Whoever needs context makes a child; nobody
 * may write to standard output by another way.
 */
import { type DestinationStream, type Logger, pino } from 'pino';
import { describeError, redact, redactText } from './redact.ts';

/** A logger. */
export type Log = Logger;

/** What can be set about logging. */
export interface LogOptions {
  /** `trace`, `debug`, `info`, `warn`, `error` or `fatal`. */
  readonly level: string;
  /** Where lines go; standard output when absent. */
  readonly destination?: DestinationStream;
}

/** The root logger of a process. */
export function createLog(options: LogOptions): Log {
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }), log: redactFields },
      serializers: { err: redactValue, error: redactValue },
      hooks: { logMethod: redactArguments },
    },
    options.destination ?? process.stdout,
  );
}

/** A logger whose lines name one tier, as `namespace/name`. */
export function tierLog(log: Log, tier: string): Log {
  return log.child({ tier });
}

/** A logger whose lines name one node of a graph. */
export function nodeLog(log: Log, node: string): Log {
  return log.child({ node });
}

function redactFields(fields: Record<string, unknown>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    // An error under `err` is left to its serializer; everything else is scrubbed here, with its name.
    result[name] = value instanceof Error ? describeError(value) : (redact({ [name]: value }) as typeof result)[name];
  }
  return result;
}

function redactValue(value: unknown): unknown {
  return redact(value);
}

function redactArguments(this: Log, values: unknown[], method: (...values: unknown[]) => void): void {
  method.apply(
    this,
    values.map((value) => (typeof value === 'string' ? redactText(value) : value)),
  );
}
