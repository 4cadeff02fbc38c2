/** How an instance refresh is asked for: once for each version, so that somebody serves meanwhile and there is a way back. */
import { classify } from '../../../src/aws/errors.ts';
import { InstanceRefresh, type InstanceRefreshSpec } from '../../../src/resources/autoscaling/refresh.ts';
import { recordingAws, self } from '../recording.ts';

const node = 'autoscaling.refresh/server';

const SPEC: InstanceRefreshSpec = {
  groupName: 'st-web-fleet',
  launchTemplateId: 'lt-1',
  launchTemplateVersion: '2',
  minHealthyPercentage: 100,
  maxHealthyPercentage: 120,
};

const template = (Version: string) => ({ LaunchTemplateId: 'lt-1', LaunchTemplateName: 'st-web', Version });

const running = (Version: string) => ({
  AutoScalingGroupName: SPEC.groupName,
  LaunchTemplate: template(Version),
  Instances: [{ InstanceId: 'i-1', LifecycleState: 'InService', LaunchTemplate: template(Version) }],
});

async function asked(spec: InstanceRefreshSpec, version: string, InstanceRefreshes: readonly object[] = []) {
  const fake = recordingAws({
    DescribeAutoScalingGroups: { AutoScalingGroups: [running(version)] },
    DescribeInstanceRefreshes: { InstanceRefreshes },
  });
  const outcome = await InstanceRefresh.create(fake.aws, self(node), spec).catch(classify);
  return { ...fake, outcome, operations: fake.writes().map(({ operation }) => operation) };
}

test('a refresh leaves alone what matches, starts new servers before old ones go, and can be rolled back', async () => {
  const { callOf } = await asked(SPEC, '1');
  expect(callOf('StartInstanceRefresh')).toEqual({
    AutoScalingGroupName: SPEC.groupName,
    Strategy: 'Rolling',
    DesiredConfiguration: { LaunchTemplate: { LaunchTemplateId: 'lt-1', Version: '2' } },
    Preferences: { SkipMatching: true, AutoRollback: true, MinHealthyPercentage: 100, MaxHealthyPercentage: 120 },
  });
});

test('which version was asked for is noted before the refresh is started', async () => {
  expect((await asked(SPEC, '1')).operations).toEqual(['CreateOrUpdateTags', 'StartInstanceRefresh']);
});

test('a group that runs the version already is noted and not refreshed', async () => {
  expect((await asked(SPEC, '2')).operations).toEqual(['CreateOrUpdateTags']);
});

test('a refresh to the same version that is under way is not started again', async () => {
  const active = { Status: 'InProgress', DesiredConfiguration: { LaunchTemplate: template('2') } };
  expect((await asked(SPEC, '1', [active])).operations).toEqual(['CreateOrUpdateTags']);
});

test('one to another version is called off first: a group has one at a time', async () => {
  const active = { Status: 'InProgress', DesiredConfiguration: { LaunchTemplate: template('3') } };
  expect((await asked(SPEC, '1', [active])).operations).toEqual(['CancelInstanceRefresh']);
});

test.each(['$Latest', '$Default', 'resolve:ssm:/image'])(
  'auto-rollback is impossible with %s, which is refused before anything is asked for',
  async (launchTemplateVersion) => {
    const { outcome, operations } = await asked({ ...SPEC, launchTemplateVersion }, '1');
    expect(outcome).toMatchObject({ class: 'invalid' });
    expect(operations).toEqual([]);
  },
);
