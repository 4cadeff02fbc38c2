/** Flags and environment: which wins, what is refused, and that a refusal names both. */
import { Command } from 'commander';
import { addConfigOptions, parseConfig } from '../src/config.ts';

function parse(args: readonly string[], environment: Record<string, string> = {}) {
  const command = addConfigOptions(new Command().exitOverride().configureOutput({ writeErr: () => {} }));
  command.parse([...args], { from: 'user' });
  return parseConfig(command.opts(), environment);
}

test('with a cluster id everything else has its default', () => {
  expect(parse(['--cluster-id', 'prod-1'])).toEqual({
    clusterID: 'prod-1',
    awsRatePercent: 50,
    watchNamespaces: [],
    leaderElect: true,
    leaseNamespace: 'scalingtier-system',
    leaseName: 'scalingtier-operator',
    leaseDurationSeconds: 15,
    renewDeadlineSeconds: 10,
    retryPeriodSeconds: 2,
    shards: 1,
    metricsAddress: '0.0.0.0:8080',
    workers: 8,
    sweepSeconds: 60,
    driftConfirmationSeconds: 30,
    absenceGraceSeconds: 120,
    deepLookSeconds: 3600,
    resyncSeconds: 86_400,
    logLevel: 'info',
  });
});

test('a flag wins over its variable, a variable over the default', () => {
  const environment = { SCALINGTIER_CLUSTER_ID: 'from-env', SCALINGTIER_WORKERS: '3', SCALINGTIER_LOG_LEVEL: 'debug' };
  const config = parse(['--workers', '5'], environment);
  expect([config.clusterID, config.workers, config.logLevel]).toEqual(['from-env', 5, 'debug']);
});

test.each([
  ['--lease-duration', '20', 'leaseDurationSeconds', 20],
  ['--renew-deadline', '12', 'renewDeadlineSeconds', 12],
  ['--retry-period', '3', 'retryPeriodSeconds', 3],
  ['--sweep-seconds', '7', 'sweepSeconds', 7],
  ['--drift-confirmation-seconds', '0', 'driftConfirmationSeconds', 0],
  ['--absence-grace-seconds', '9', 'absenceGraceSeconds', 9],
  ['--resync-seconds', '30', 'resyncSeconds', 30],
  ['--deep-look-seconds', '60', 'deepLookSeconds', 60],
  ['--metrics-address', '[::1]:0', 'metricsAddress', '[::1]:0'],
  ['--lease-namespace', 'ops', 'leaseNamespace', 'ops'],
  ['--lease-name', 'x.y', 'leaseName', 'x.y'],
  ['--shards', '16', 'shards', 16],
  ['--leader-elect', 'false', 'leaderElect', false],
  ['--watch-namespaces', 'b, a,,b', 'watchNamespaces', ['b', 'a']],
])('%s %s, as a flag and as a variable', (flag, value, key, expected) => {
  const variable = `SCALINGTIER_${flag.slice(2).toUpperCase().replaceAll('-', '_')}`;
  expect(parse(['--cluster-id', 'c', flag, value])).toHaveProperty(key, expected);
  expect(parse(['--cluster-id', 'c'], { [variable]: value })).toHaveProperty(key, expected);
});

test('a boolean flag alone means true', () => {
  expect(parse(['--cluster-id', 'c', '--leader-elect'], { SCALINGTIER_LEADER_ELECT: 'false' }).leaderElect).toBe(true);
});

test("the pod's namespace is where the lease is, unless told otherwise", () => {
  const environment = { POD_NAMESPACE: 'pod-ns' };
  expect(parse(['--cluster-id', 'c'], environment).leaseNamespace).toBe('pod-ns');
  expect(parse(['--cluster-id', 'c', '--lease-namespace', 'x'], environment).leaseNamespace).toBe('x');
});

test.each([
  [[], '--cluster-id (SCALINGTIER_CLUSTER_ID) is required'],
  [['--cluster-id', '-bad'], '--cluster-id (SCALINGTIER_CLUSTER_ID): expected 1 to 63 letters'],
  [['--cluster-id', 'a'.repeat(64)], '--cluster-id'],
  [
    ['--cluster-id', 'c', '--workers', '0'],
    '--workers (SCALINGTIER_WORKERS): expected a number between 1 and 256, got "0"',
  ],
  [['--cluster-id', 'c', '--workers', '2.5'], 'expected a whole number between 1 and 256, got "2.5"'],
  [['--cluster-id', 'c', '--workers', '1e9'], 'got "1e9"'],
  [
    ['--cluster-id', 'c', '--metrics-address', '8080'],
    '--metrics-address (SCALINGTIER_METRICS_ADDRESS): expected host:port',
  ],
  [['--cluster-id', 'c', '--watch-namespaces', 'Team_A'], '--watch-namespaces (SCALINGTIER_WATCH_NAMESPACES)'],
  [
    ['--cluster-id', 'c', '--leader-elect', 'maybe'],
    '--leader-elect (SCALINGTIER_LEADER_ELECT): expected true or false, got "maybe"',
  ],
  [
    ['--cluster-id', 'c', '--log-level', 'loud'],
    '--log-level (SCALINGTIER_LOG_LEVEL): expected a log level, got "loud"',
  ],
  [
    ['--cluster-id', 'c', '--lease-duration', '10'],
    '--lease-duration (SCALINGTIER_LEASE_DURATION): expected more than --renew-deadline',
  ],
  [
    ['--cluster-id', 'c', '--retry-period', '9'],
    '--renew-deadline (SCALINGTIER_RENEW_DEADLINE): expected more than 1.2 times --retry-period',
  ],
])('%j is refused, naming flag and variable', (args, message) => {
  expect(() => parse(args)).toThrow(message);
});

test('all mistakes are told at once', () => {
  expect(() => parse(['--workers', 'x', '--sweep-seconds', 'y'])).toThrow(
    /--cluster-id .*--workers .*--sweep-seconds /,
  );
});

test('the result cannot be changed', () => {
  const config = parse(['--cluster-id', 'c']);
  expect(Object.isFrozen(config) && Object.isFrozen(config.watchNamespaces)).toBe(true);
});

test('help names every variable', () => {
  const help = addConfigOptions(new Command()).helpInformation();
  expect(help.match(/SCALINGTIER_[A-Z_]+/g)).toHaveLength(18);
});
