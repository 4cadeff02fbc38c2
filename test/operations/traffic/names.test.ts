/** Where names lead before a move, and whether the load balancer may go when it is called off. Only resolver and AWS are played. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { compose } from '../../../src/operations/remote/compose.ts';
import { LEAVE_BALANCER, NAMES } from '../../../src/operations/traffic/scripts.ts';
import { plainEnvironment } from '../../sandbox/environment.ts';

const BALANCER = 'st-shop-web.us-east-1.elb.amazonaws.com';
const ADDRESS = '198.51.100.7';
const BALANCED = { [BALANCER]: ['203.0.113.1', '203.0.113.2'] };

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'st-names-'));
  mkdirSync(join(root, 'commands'));
  stageIs('SeparateDatabase');
});

afterEach(() => rmSync(root, { recursive: true }));

const command = (name: string, text: string): void =>
  writeFileSync(join(root, 'commands', name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });

/** What the Parameter Store says of the stage; nothing where there is no such parameter. */
const stageIs = (stage: string | undefined): void =>
  command('aws', stage === undefined ? 'echo ParameterNotFound >&2; exit 254' : `echo ${stage}`);

/** What a script says when names have these addresses. */
function run(script: string, addresses: Readonly<Record<string, readonly string[]>>, names: readonly string[]) {
  const cases = Object.entries(addresses).map(([name, list]) => `${name}) printf '%s STREAM\\n' ${list.join(' ')} ;;`);
  command('getent', `case $2 in\n${cases.join('\n')}\n*) exit 2 ;;\nesac`);
  command('sleep', 'exit 0');
  const text = compose({
    step: 'traffic.names',
    operation: 'a'.repeat(64),
    script,
    arguments: { NAMES: names.join(' '), BALANCER, ADDRESS, POINTER: '/shop/stage', STAGE: 'SeparateDatabase' },
  });
  const path = [join(root, 'commands'), process.env.PATH ?? ''].join(delimiter);
  const env = plainEnvironment({ PATH: path, SCALINGTIER_ROOT: root });
  const { stdout } = spawnSync('sh', ['-c', text], { env, encoding: 'utf8' });
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Readonly<Record<string, unknown>>;
}

test('it says where each name leads', () => {
  const names = { 'a.example.com': [ADDRESS], 'b.example.com': ['203.0.113.9', '203.0.113.8'] };
  expect(run(NAMES, names, [...Object.keys(names), 'c.example.com'])).toEqual({
    leading: `a.example.com to ${ADDRESS}, b.example.com to 203.0.113.8 203.0.113.9, c.example.com to nowhere`,
  });
});

test('a load balancer stays as long as a name leads there, also to it among others, and it is said what to make of it', () => {
  for (const addresses of [['203.0.113.2'], [ADDRESS, '203.0.113.1']]) {
    const { failed } = run(LEAVE_BALANCER, { ...BALANCED, 'a.example.com': addresses }, ['a.example.com']);
    expect(failed).toBe(
      `a.example.com leads to the load balancer, which goes: make it an A record of ${ADDRESS}, with a short time to live`,
    );
    rmSync(join(root, 'var'), { recursive: true });
  }
});

test.each([
  ['leads to the server', [ADDRESS]],
  ['leads to what stands before both', ['192.0.2.4']],
])('it may go when a name %s', (_, addresses) => {
  expect(run(LEAVE_BALANCER, { ...BALANCED, 'a.example.com': addresses }, ['a.example.com'])).toEqual({ names: 1 });
});

test('it may go when nobody knows a name, and when nobody knows its own', () => {
  expect(run(LEAVE_BALANCER, BALANCED, ['a.example.com'])).toEqual({ names: 1 });
  rmSync(join(root, 'var'), { recursive: true });
  expect(run(LEAVE_BALANCER, { 'a.example.com': ['203.0.113.2'] }, ['a.example.com'])).toEqual({ names: 0 });
});

test.each([
  ['the move is over', 'LoadBalanced'],
  ['the tier is deleted', undefined],
])('nobody waits for names when %s', (_, stage) => {
  stageIs(stage);
  expect(run(LEAVE_BALANCER, { ...BALANCED, 'a.example.com': ['203.0.113.1'] }, ['a.example.com'])).toEqual({
    kept: true,
  });
});
