/** What is said when a group is made: what AWS would assume otherwise, and whose it is. */
import { AutoScalingGroup, type AutoScalingGroupSpec } from '../../../src/resources/autoscaling/group.ts';
import { recordingAws, self } from '../recording.ts';

const node = 'autoscaling.group/server';

const SPEC: AutoScalingGroupSpec = {
  name: 'st-web-fleet',
  minSize: 2,
  maxSize: 4,
  subnetIds: ['subnet-1', 'subnet-2'],
  launchTemplateId: 'lt-1',
  launchTemplateVersion: '3',
  healthCheckType: 'ELB',
  healthCheckGracePeriod: 300,
  defaultInstanceWarmup: 120,
  targetGroupArns: ['arn:tg'],
  instanceMaintenancePolicy: { minHealthyPercentage: 100, maxHealthyPercentage: 120 },
  metrics: [],
  deletionProtection: 'prevent-force-deletion',
  instanceTags: { team: 'shop' },
};

async function made(spec: AutoScalingGroupSpec = SPEC) {
  const { aws, callOf } = recordingAws();
  await AutoScalingGroup.create(aws, self(node), spec);
  return callOf('CreateAutoScalingGroup');
}

test('its tags are in the call that makes it; servers get theirs and none that says whose the group is', async () => {
  const tags = Object.entries(self(node).tags).map(([Key, Value]) => ({ Key, Value, PropagateAtLaunch: false }));
  const input = await made();
  expect(input?.Tags).toHaveLength(tags.length + 1);
  expect(input?.Tags).toEqual(
    expect.arrayContaining([
      ...tags.map((tag) => expect.objectContaining(tag)),
      expect.objectContaining({ Key: 'team', Value: 'shop', PropagateAtLaunch: true }),
    ]),
  );
});

test('a group that nobody asked a number for begins as small as it may be, and its number is never said', async () => {
  expect(await made()).not.toHaveProperty('DesiredCapacity');
  expect(await made({ ...SPEC, desiredCapacity: 3 })).toHaveProperty('DesiredCapacity', 3);
});

test('everything is said that AWS would assume otherwise: time to boot, health as users see it, protection', async () => {
  expect(await made()).toMatchObject({
    HealthCheckType: 'ELB',
    HealthCheckGracePeriod: 300,
    DefaultInstanceWarmup: 120,
    InstanceMaintenancePolicy: { MinHealthyPercentage: 100, MaxHealthyPercentage: 120 },
    DeletionProtection: 'prevent-force-deletion',
    LaunchTemplate: { LaunchTemplateId: 'lt-1', Version: '3' },
  });
});
