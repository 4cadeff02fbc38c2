/** What RDS's states mean: whether a database serves, whether it takes changes, whether waiting helps. */
import { healthOf } from '../../../src/resources/rds/instance-health.ts';
import { described } from './fake.ts';

const inState = (DBInstanceStatus: string) => healthOf(described({ DBInstanceStatus }), {});

test.each([
  'available',
  'backing-up',
  'storage-optimization',
  'configuring-log-exports',
  'configuring-enhanced-monitoring',
])('a database that is %s serves', (state) => {
  expect(inState(state).phase).toBe('ready');
});

test('storage optimization lasts for hours, and meanwhile everything but storage can be changed', () => {
  const { closed } = inState('storage-optimization');
  expect(closed).toEqual(expect.arrayContaining(['allocatedStorage', 'iops', 'storageThroughput', 'storageType']));
  expect(closed).not.toContain('instanceClass');
});

test('while RDS backs up nothing can be changed', () => {
  expect(inState('backing-up').closed).toEqual(
    expect.arrayContaining(['allocatedStorage', 'instanceClass', 'multiAz']),
  );
  expect(inState('available').closed).toBeUndefined();
});

test.each([
  ...['creating', 'modifying', 'upgrading', 'maintenance', 'rebooting', 'renaming', 'resetting-master-credentials'],
  ...['starting', 'stopping', 'a state that nobody knows yet'],
])('while it is %s nothing may touch it', (state) => {
  expect(inState(state).phase).toBe('settling');
});

test.each([
  ...['failed', 'incompatible-parameters', 'incompatible-network', 'incompatible-restore', 'insufficient-capacity'],
  ...['inaccessible-encryption-credentials', 'inaccessible-encryption-credentials-recoverable', 'restore-error'],
])('one that is %s does not get better by waiting', (state) => {
  expect(inState(state)).toMatchObject({ phase: 'failed', reason: expect.stringMatching(/./) });
});

test('full storage is mended by more of it', () => {
  expect(inState('storage-full')).toMatchObject({ phase: 'failed', reason: expect.stringContaining('raise its size') });
  expect(inState('storage-full').closed).toBeUndefined();
});

test('a stopped database starts by itself after seven days, and is no way to retain one', () => {
  expect(inState('stopped')).toMatchObject({ phase: 'failed', reason: expect.stringContaining('seven days') });
});

test.each(['deleting', 'delete-precheck'])('one that is %s is on its way out', (state) => {
  expect(inState(state).phase).toBe('deleting');
});

const pendingClass = described({ PendingModifiedValues: { DBInstanceClass: 'db.m7g.xlarge' } });

test('what was asked for at once and is shown as pending is about to begin', () => {
  const tags = { 'scalingtier.dev/applying': 'multiAz=true instanceClass=db.m7g.xlarge' };
  expect(healthOf(pendingClass, tags)).toMatchObject({
    phase: 'settling',
    reason: expect.stringContaining('instanceClass'),
  });
});

test.each([{}, { 'scalingtier.dev/applying': '-' }, { 'scalingtier.dev/applying': 'instanceClass=db.r7g.large' }])(
  'what nobody asked for at once waits for the window, and the database serves: %j',
  (tags) => {
    expect(healthOf(pendingClass, tags)).toEqual({
      state: 'available, pending changes',
      phase: 'ready',
      reason: 'pending until the maintenance window: instanceClass',
    });
  },
);

test('lists in which nothing is pending are not something that is', () => {
  const PendingModifiedValues = {
    ProcessorFeatures: [],
    PendingCloudwatchLogsExports: { LogTypesToEnable: [], LogTypesToDisable: [] },
  };
  expect(healthOf(described({ PendingModifiedValues }), {})).toEqual({ state: 'available', phase: 'ready' });
});

test('as long as a major version is pending, RDS takes no parameter group of its family', () => {
  const closedBy = (EngineVersion: string) =>
    healthOf(described({ PendingModifiedValues: { EngineVersion } }), {}).closed;
  expect(closedBy('18.1')).toEqual(['parameterGroupName']);
  expect(closedBy('17.5')).toBeUndefined();
});

test('parameters that wait for a reboot are said, and are no failure', () => {
  const DBParameterGroups = [{ DBParameterGroupName: 'st-web-postgres17', ParameterApplyStatus: 'pending-reboot' }];
  expect(healthOf(described({ DBParameterGroups }), {})).toMatchObject({
    phase: 'ready',
    reason: expect.stringContaining('pending-reboot'),
  });
});
