/** Whether names lead to the load balancer: every answer of a resolver, and what people are told. Only the resolver is played. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { compose } from '../../../src/operations/remote/compose.ts';
import { FOLLOW } from '../../../src/operations/traffic/scripts.ts';
import { plainEnvironment } from '../../sandbox/environment.ts';

const ADDRESS = 'st-shop-web.us-east-1.elb.amazonaws.com';
const HOSTS = 'case $2 in';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'st-follow-'));
  mkdirSync(join(root, 'commands'));
});

afterEach(() => rmSync(root, { recursive: true }));

/** What the step says when names have these addresses. */
function follow(addresses: Readonly<Record<string, readonly string[]>>, names: readonly string[]) {
  const cases = Object.entries(addresses).map(([name, list]) => `${name}) printf '%s STREAM\\n' ${list.join(' ')} ;;`);
  const resolver = `#!/bin/sh\n${HOSTS}\n${cases.join('\n')}\n*) exit 2 ;;\nesac\n`;
  writeFileSync(join(root, 'commands/getent'), resolver, { mode: 0o755 });
  const text = compose({
    step: 'traffic.follow',
    operation: 'a'.repeat(64),
    script: FOLLOW,
    arguments: { NAMES: names.join(' '), ADDRESS },
  });
  const env = plainEnvironment({
    PATH: [join(root, 'commands'), process.env.PATH ?? ''].join(delimiter),
    SCALINGTIER_ROOT: root,
  });
  const { stdout } = spawnSync('sh', ['-c', text], { env, encoding: 'utf8' });
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Readonly<Record<string, unknown>>;
}

const BALANCER = { [ADDRESS]: ['203.0.113.1', '203.0.113.2'] };

test('names that lead to the load balancer, and to nothing else, will do', () => {
  const names = { 'a.example.com': ['203.0.113.2'], 'b.example.com': ['203.0.113.1', '203.0.113.2'] };
  expect(follow({ ...BALANCER, ...names }, Object.keys(names))).toEqual({ names: 2 });
});

test('without names nothing is looked up but the load balancer', () => {
  expect(follow(BALANCER, [])).toEqual({ names: 0 });
});

test.each([
  ['to the old server', ['198.51.100.7'], 'a.example.com leads to 198.51.100.7 and not'],
  ['to both', ['203.0.113.1', '198.51.100.7'], 'a.example.com leads to 198.51.100.7 and not'],
])('a name that leads %s is named, with what to make of it', (_, addresses, words) => {
  const { failed } = follow({ ...BALANCER, 'a.example.com': addresses }, ['a.example.com']);
  expect(failed).toContain(words);
  expect(failed).toContain(`make it an alias or a CNAME of ${ADDRESS}`);
  expect(failed).toContain('spec.transition.traffic.hostNames');
});

test('a name that nobody knows leads nowhere', () => {
  expect(follow(BALANCER, ['a.example.com']).failed).toContain('a.example.com leads to nowhere and not');
});

test('a load balancer whose name is not known yet is waited for', () => {
  expect(follow({}, ['a.example.com']).failed).toContain(`${ADDRESS}, is not known to the server's resolver yet`);
});
