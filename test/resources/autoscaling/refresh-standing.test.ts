import type { AutoScalingGroup as Description, InstanceRefresh } from '@aws-sdk/client-auto-scaling';
import {
  markOf,
  markText,
  otherVersion,
  runningVersion,
  standingOf,
} from '../../../src/resources/autoscaling/refresh-standing.ts';

const version = (launchTemplateVersion: string) => ({ launchTemplateId: 'lt-1', launchTemplateVersion });
const template = (Version: string) => ({ LaunchTemplateId: 'lt-1', LaunchTemplateName: 'st-web', Version });

const group = (own: string, ...instances: readonly (readonly [version: string, state: string])[]) =>
  ({
    AutoScalingGroupName: 'st-web',
    LaunchTemplate: template(own),
    Instances: instances.map(([Version, LifecycleState]) => ({ LaunchTemplate: template(Version), LifecycleState })),
  }) as Description;

const refresh = (Version: string, Status: string, more: Partial<InstanceRefresh> = {}) =>
  ({ Status, DesiredConfiguration: { LaunchTemplate: template(Version) }, ...more }) as InstanceRefresh;

test('a mark is read as it was written, and what is no mark is none', () => {
  const mark = { ...version('3'), node: 'autoscaling.refresh/app', incarnation: 2, proof: '00ff' } as const;
  expect(markOf(markText(mark))).toEqual(mark);
  const noted = { ...mark, ended: 'RollbackSuccessful' };
  expect(markOf(markText(noted))).toEqual(noted);
  expect(markText(noted).length).toBeLessThanOrEqual(256);
  for (const text of [undefined, '', 'autoscaling.refresh/app 1 lt-1', 'by hand']) expect(markOf(text)).toBeUndefined();
});

test('a group whose instances all run what was asked is done, and needs no history', () => {
  const done = group('2', ['2', 'InService'], ['1', 'Terminating']);
  expect(otherVersion(done, version('2'))).toBeUndefined();
  expect(standingOf(done, version('2'), [])).toEqual({
    version: version('2'),
    health: { state: 'Successful', phase: 'ready' },
  });
});

test('a new launch template version does nothing by itself: an instance that stays behind is seen', () => {
  expect(otherVersion(group('2', ['2', 'InService'], ['1', 'InService']), version('2'))).toEqual(version('1'));
  expect(runningVersion(group('2', ['2', 'InService'], ['1', 'Pending']))).toEqual(version('1'));
});

test('a version that nobody tried is seen as missing, so that it is tried', () => {
  expect(standingOf(group('1', ['1', 'InService']), version('2'), []).version).toEqual(version('1'));
});

test('a refresh under way counts as done, and tells how far it is', () => {
  const half = refresh('2', 'InProgress', { PercentageComplete: 50, InstancesToUpdate: 1 });
  expect(standingOf(group('1', ['1', 'InService'], ['2', 'InService']), version('2'), [half])).toEqual({
    version: version('2'),
    health: { state: 'InProgress', phase: 'warming', reason: 'version 2: 50% complete, 1 instances to update' },
  });
});

const ENDS = ['RollbackSuccessful', 'RollbackFailed', 'Failed', 'Cancelled'] as const;

test.each(ENDS)(
  'rollback then re-apply loop: a version that ended as %s is not tried again once that is noted, and that is said',
  (status) => {
    const given = refresh('2', status, { StatusReason: 'no capacity' });
    const noted = { ...version('2'), ended: status };
    const { version: seen, health } = standingOf(group('1', ['1', 'InService']), noted, [given]);
    expect(seen).toEqual(version('2'));
    expect(health).toMatchObject({ state: status, phase: 'failed', reason: expect.stringMatching(/no capacity/) });
  },
);

test.each(ENDS)(
  'a version that ended as %s is seen as missing until that is noted, and as failed already',
  (status) => {
    const given = refresh('2', status, { StatusReason: 'no capacity' });
    const { version: seen, health } = standingOf(group('1', ['1', 'InService']), version('2'), [given]);
    expect(seen).toEqual(version('1'));
    expect(health).toMatchObject({ state: status, phase: 'failed' });
  },
);

test('what was noted outlives the history of AWS', () => {
  const noted = { ...version('2'), ended: 'RollbackSuccessful' };
  const { version: seen, health } = standingOf(group('1', ['1', 'InService']), noted, []);
  expect(seen).toEqual(version('2'));
  expect(health).toEqual({
    state: 'RollbackSuccessful',
    phase: 'failed',
    reason:
      'version 2 ended as RollbackSuccessful and is not tried again: AWS does not say why; the group runs the version before it; change the spec to try another',
  });
});

test('what was noted is over when somebody brought the group to that version all the same', () => {
  const noted = { ...version('2'), ended: 'RollbackSuccessful' };
  expect(standingOf(group('2', ['2', 'InService']), noted, []).health.phase).toBe('ready');
  const tried = [refresh('2', 'InProgress'), refresh('2', 'RollbackSuccessful')];
  expect(standingOf(group('1', ['1', 'InService']), noted, tried).health.phase).toBe('warming');
  const undone = [refresh('2', 'Successful'), refresh('2', 'RollbackSuccessful')];
  expect(standingOf(group('1', ['1', 'InService']), noted, undone).version).toEqual(version('1'));
});

test('a rolled-back version says nothing about the next one', () => {
  const history = [refresh('2', 'RollbackSuccessful')];
  expect(standingOf(group('1', ['1', 'InService']), version('3'), history).version).toEqual(version('1'));
});

test('what AWS is taking back is left to AWS', () => {
  const back = refresh('2', 'RollbackInProgress', { RollbackDetails: { RollbackReason: 'an alarm' } });
  expect(standingOf(group('1', ['2', 'InService']), version('2'), [back]).health).toEqual({
    state: 'RollbackInProgress',
    phase: 'settling',
    reason: 'version 2 is given up: an alarm',
  });
});

test('what somebody undid after it was done is seen, and an earlier failure of the same version does not hide it', () => {
  const history = [refresh('2', 'Successful'), refresh('2', 'Failed')];
  expect(standingOf(group('1', ['2', 'InService']), version('2'), history).version).toEqual(version('1'));
});

test('a refresh to another version is shown for as long as it is in the way', () => {
  const { version: seen, health } = standingOf(group('1', ['1', 'InService']), version('3'), [
    refresh('2', 'Cancelling'),
  ]);
  expect(seen).toEqual(version('1'));
  expect(health.phase).toBe('settling');
});
