/** A version that AWS gave up is never asked for again, however long ago that was and whatever AWS remembers of it. */
import { allOf } from '../../../src/aws/pages.ts';
import { diffSpec } from '../../../src/core/diff.ts';
import { InstanceRefresh, type InstanceRefreshSpec } from '../../../src/resources/autoscaling/refresh.ts';
import { type Asked, recordingAws, self, tagsOf } from '../recording.ts';

const node = 'autoscaling.refresh/server';
const NAME = 'st-web-fleet';
const MARK = 'scalingtier.dev/instance-refresh';

const SPEC: InstanceRefreshSpec = {
  groupName: NAME,
  launchTemplateId: 'lt-1',
  launchTemplateVersion: '2',
  minHealthyPercentage: 100,
  maxHealthyPercentage: 120,
};

const template = (Version: string) => ({ LaunchTemplateId: 'lt-1', LaunchTemplateName: 'st-web', Version });

const ended = (version: string, Status = 'RollbackSuccessful') => ({
  Status,
  StatusReason: 'no capacity',
  DesiredConfiguration: { LaunchTemplate: template(version) },
});

/** A group that runs version 1, what AWS remembers of its refreshes, and a mark that is written and read like a tag. */
function fleet() {
  const state = { mark: '', history: [] as readonly object[], runs: '1' };
  const group = () => ({
    AutoScalingGroupName: NAME,
    LaunchTemplate: template(state.runs),
    Instances: [{ InstanceId: 'i-1', LifecycleState: 'InService', LaunchTemplate: template(state.runs) }],
    Tags: tagsOf('autoscaling.group/server', state.mark === '' ? {} : { [MARK]: state.mark }),
  });
  const fake = recordingAws({
    DescribeAutoScalingGroups: () => ({ AutoScalingGroups: [group()] }),
    DescribeInstanceRefreshes: () => ({ InstanceRefreshes: state.history }),
    CreateOrUpdateTags: ({ Tags }) => {
      state.mark = (Tags as readonly { readonly Value: string }[])[0]?.Value ?? '';
      return {};
    },
  });
  const seen = async () => {
    const [live] = await allOf(InstanceRefresh.observe(fake.aws, { by: 'ids', ids: [`${NAME}/refresh`] }));
    if (!live) throw new Error('the refresh is not seen');
    return { ...live, self: self(node) };
  };
  /** One pass: what differs is brought to the spec. The answer is the calls that it took. */
  const pass = async (launchTemplateVersion = '2'): Promise<readonly string[]> => {
    const spec = { ...SPEC, launchTemplateVersion };
    const before = fake.writes().length;
    const live = await seen();
    const changes = diffSpec(InstanceRefresh, spec, live);
    if (changes.length > 0) await InstanceRefresh.update(fake.aws, live, spec, changes);
    return fake
      .writes()
      .slice(before)
      .map(({ operation }: Asked) => operation);
  };
  return { state, fake, seen, pass, begin: () => InstanceRefresh.create(fake.aws, self(node), SPEC) };
}

test.each(['RollbackSuccessful', 'RollbackFailed', 'Failed', 'Cancelled'])(
  'that it ended as %s is noted, once, and counts when the history of AWS has lost it',
  async (status) => {
    const { state, pass, seen, begin } = fleet();
    await begin();
    state.history = [ended('2', status)];
    expect(await pass()).toEqual(['CreateOrUpdateTags']);
    expect(await pass()).toEqual([]);
    state.history = [];
    expect(await pass()).toEqual([]);
    expect((await seen()).health).toMatchObject({ state: status, phase: 'failed' });
  },
);

test('another version is tried, and what was noted of the one before does not count for it', async () => {
  const { state, pass, begin } = fleet();
  await begin();
  state.history = [ended('2')];
  await pass();
  expect(await pass('3')).toEqual(['CreateOrUpdateTags', 'StartInstanceRefresh']);
});

test('asked for again after another one, it is tried again', async () => {
  const { state, pass, begin } = fleet();
  await begin();
  state.history = [ended('2')];
  await pass();
  await pass('3');
  state.history = [ended('3'), ended('2')];
  await pass('3');
  expect(await pass('2')).toEqual(['CreateOrUpdateTags', 'StartInstanceRefresh']);
});

test('what a person began meanwhile is not called off for a note', async () => {
  const { state, pass, begin } = fleet();
  await begin();
  state.history = [{ ...ended('1'), Status: 'InProgress' }, ended('2')];
  expect(await pass()).toEqual(['CreateOrUpdateTags']);
});

test('a group that has changed hands keeps no note of its former owner', async () => {
  const { state, fake, pass, begin } = fleet();
  await begin();
  state.history = [ended('2')];
  await pass();
  const before = fake.writes().length;
  const former = self(node);
  const other = { ...former, owner: { ...former.owner, uid: 'another' }, token: 'f'.repeat(64) };
  await InstanceRefresh.create(fake.aws, other, SPEC);
  expect(
    fake
      .writes()
      .slice(before)
      .map(({ operation }) => operation),
  ).toEqual(['CreateOrUpdateTags', 'StartInstanceRefresh']);
});
