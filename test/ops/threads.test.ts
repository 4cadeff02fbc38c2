import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const HELPERS = 3;

/** Priorities of all threads of a process that has let its helpers give way, by name. */
const SCRIPT = `
import { readdirSync, readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { letHelpersGiveWay } from './src/ops/threads.ts';
const helpers = letHelpersGiveWay();
const tasks = '/proc/self/task';
const threads = readdirSync(tasks).map((thread) => [
  thread === String(process.pid) ? 'main' : readFileSync(tasks + '/' + thread + '/comm', 'utf8').trim(),
  getPriority(Number(thread)),
]);
console.log(JSON.stringify({ helpers, threads }));
`;

test('helper threads have less of a core than the main thread, and nothing else has', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    `--v8-pool-size=${HELPERS}`,
    '--input-type=module',
    '--eval',
    SCRIPT,
  ]);
  const { helpers, threads } = JSON.parse(stdout) as { helpers: number; threads: readonly [string, number][] };
  const lowered = threads.filter(([, priority]) => priority > 0);
  expect(helpers).toBe(HELPERS);
  expect(lowered).toHaveLength(HELPERS);
  expect(lowered.every(([name]) => name.startsWith('V8Worker'))).toBe(true);
  expect(threads).toContainEqual(['main', 0]);
});
