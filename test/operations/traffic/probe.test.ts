/** The proof that servers keep nothing: which servers the user's command is given, and what people are told when it fails. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { compose } from '../../../src/operations/remote/compose.ts';
import { PROBE } from '../../../src/operations/traffic/scripts.ts';
import { probeServers } from '../../../src/operations/traffic/steps.ts';
import { plainEnvironment } from '../../sandbox/environment.ts';

const OWN = '10.0.1.7';
const SERVERS = ['10.0.1.7:8080', '10.0.1.70:8080', '10.0.2.9:8080'];

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'st-probe-'));
});

afterEach(() => rmSync(root, { recursive: true }));

/** What the step answers when the command is this one. */
function probe(command: string, targets: readonly string[] = SERVERS, seconds = 20) {
  const text = compose({
    step: 'traffic.probe',
    operation: 'b'.repeat(64),
    script: PROBE,
    arguments: { COMMAND: command, TARGETS: targets.join(' '), OWN, SECONDS_ALLOWED: seconds },
  });
  const env = plainEnvironment({ PATH: process.env.PATH ?? '', SCALINGTIER_ROOT: root });
  const { stdout } = spawnSync('sh', ['-c', text], { env, encoding: 'utf8' });
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Readonly<Record<string, unknown>>;
}

const SAY = 'echo "$TARGET_A $TARGET_B" >>"$SCALINGTIER_ROOT/given"';
const given = (): string => readFileSync(join(root, 'given'), 'utf8');

test('two servers are tried, of which none is the old one as long as there are two others', () => {
  expect(probe(SAY)).toEqual({ probed: '10.0.1.70:8080 and 10.0.2.9:8080' });
  expect(given()).toBe('10.0.1.70:8080 10.0.2.9:8080\n');
});

test('the old server is the second one where there is one other only', () => {
  probe(SAY, SERVERS.slice(0, 2));
  expect(given()).toBe('10.0.1.70:8080 10.0.1.7:8080\n');
});

test.each([
  [[], 'none'],
  [SERVERS.slice(0, 1), '10.0.1.7:8080'],
])('with fewer than two servers (%j) nothing is tried', (targets, words) => {
  expect(probe(SAY, targets).failed).toBe(`two healthy servers are needed, and there are only: ${words}`);
  expect(given).toThrow('ENOENT');
});

test('a command that fails is quoted, with how it ended and the last lines of what it printed', () => {
  const { failed } = probe('seq 1 9; echo "a session of A is unknown to \\"B\\"" >&2; exit 3');
  expect(failed).toContain('ended with code 3 with TARGET_A=10.0.1.70:8080 and TARGET_B=10.0.2.9:8080: 6\n7\n8\n9\na');
  expect(failed).toMatch(/a session of A is unknown to "B"$/);
});

test('of very long lines only the end is quoted', () => {
  const { failed } = probe("printf '%09999d' 0; printf 'at last'; false");
  expect(failed).toHaveLength(String(failed).indexOf('0000') + 400);
  expect(failed).toMatch(/0at last$/);
});

test('a command that does not end is ended', () => {
  expect(probe('echo tries; sleep 600', SERVERS, 1).failed).toMatch(/took longer than 1 s .*: tries$/);
});

test('run twice it is tried once, and answers the same', () => {
  expect(probe(SAY)).toEqual(probe(SAY));
  expect(given().split('\n')).toHaveLength(2);
});

test('what came of it is said, and that nothing did where there was no command', () => {
  expect(probeServers.result?.({ probed: 'a:1 and b:2' })).toBe('proven with a:1 and b:2');
  expect(probeServers.result?.({ SETTLED: '2026-01-01T00:00:00Z' })).toContain('not proven');
});
