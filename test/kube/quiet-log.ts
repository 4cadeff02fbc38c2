/** A logger whose lines a test can read. */
import { createLog, type Log } from '../../src/ops/log.ts';

/** A logger and its lines. */
export function createQuietLog(level = 'trace'): { readonly log: Log; readonly lines: string[] } {
  const lines: string[] = [];
  const log = createLog({
    level,
    destination: {
      write: (line: string) => {
        lines.push(line);
      },
    },
  });
  return { log, lines };
}
