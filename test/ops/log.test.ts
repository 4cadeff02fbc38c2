/** What must never get into a log line, and what must. */
import { nodeLog, tierLog } from '../../src/ops/log.ts';
import { createQuietLog } from '../kube/quiet-log.ts';

const CANARY = 'canary-5f2c';

test.each([
  ['a password', { password: CANARY }],
  ['a password in a deeper object', { request: { input: { MasterUserPassword: CANARY } } }],
  ['user data', { userData: CANARY }],
  ['an external ID', { assume: { externalID: CANARY } }],
  ['an external id as the SDK spells it', { ExternalId: CANARY }],
  ['a session token', { credentials: { sessionToken: CANARY } }],
  ['an access key', { SecretAccessKey: CANARY, accessKeyId: CANARY }],
  ['a header', { headers: { Authorization: `Bearer ${CANARY}` } }],
  ['a token in a list', { items: [{ token: CANARY }] }],
  ['a bearer token inside text', { text: `header was Bearer ${CANARY}` }],
  ['a password inside an address', { text: `postgres://app:${CANARY}@db:5432/app` }],
  ['a signature inside an address', { text: `https://x/?X-Amz-Signature=${CANARY}&a=b` }],
  ['an error that holds a request', { err: Object.assign(new Error('failed'), { config: { password: CANARY } }) }],
  ['the message of an error', { err: new Error(`sent Bearer ${CANARY}`) }],
  ['the cause of an error', { err: new Error('outer', { cause: new Error(`Bearer ${CANARY}`) }) }],
])('%s is taken out', (_, fields) => {
  const { log, lines } = createQuietLog();
  log.info(fields, `message with Bearer ${CANARY}`);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('redacted');
  expect(lines[0]).not.toContain(CANARY);
});

test('what helps stays: references to secrets, numbers, messages, stacks, codes', () => {
  const { log, lines } = createQuietLog();
  const err = Object.assign(new TypeError('cannot read', { cause: new Error('inner') }), {
    code: 404,
    reason: 'NotFound',
  });
  log.warn({ secretKeyRef: { name: 'boot' }, tokenCount: 3, err }, 'pass failed');
  const line = JSON.parse(lines[0] ?? '{}');
  expect(line).toMatchObject({
    level: 'warn',
    msg: 'pass failed',
    secretKeyRef: { name: 'boot' },
    tokenCount: 3,
    err: { type: 'TypeError', message: 'cannot read', code: 404, reason: 'NotFound', cause: { message: 'inner' } },
  });
  expect(line.err.stack).toContain('log.test.ts');
});

test('a line is bounded, whatever is thrown at it', () => {
  const { log, lines } = createQuietLog();
  const circular: Record<string, unknown> = { big: 1n, list: Array.from({ length: 10_000 }, (_, index) => index) };
  circular.self = circular;
  log.info({ circular, text: 'x'.repeat(1_000_000) }, 'odd');
  expect(lines[0]?.length).toBeLessThan(60_000);
  expect(() => JSON.parse(lines[0] ?? '')).not.toThrow();
});

test('children name tier and node, and the level holds', () => {
  const { log, lines } = createQuietLog('info');
  nodeLog(tierLog(log, 'team-a/shop'), 'ec2.vpc/main').info('created');
  log.debug('quiet');
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '{}')).toMatchObject({ tier: 'team-a/shop', node: 'ec2.vpc/main', msg: 'created' });
});
