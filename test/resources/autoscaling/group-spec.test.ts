import type { AutoScalingGroup as Description } from '@aws-sdk/client-auto-scaling';
import { identify } from '../../../src/aws/ownership.ts';
import { diffSpec } from '../../../src/core/diff.ts';
import { AutoScalingGroup } from '../../../src/resources/autoscaling/group.ts';
import {
  type AutoScalingGroupSpec,
  groupTags,
  numbered,
  settingsOf,
  specOf,
} from '../../../src/resources/autoscaling/group-spec.ts';

const spec: AutoScalingGroupSpec = {
  name: 'st-web-00000000-asg',
  minSize: 2,
  maxSize: 6,
  subnetIds: ['subnet-1', 'subnet-2'],
  launchTemplateId: 'lt-1',
  launchTemplateVersion: '3',
  healthCheckType: 'ELB',
  healthCheckGracePeriod: 300,
  defaultInstanceWarmup: 120,
  targetGroupArns: ['arn:tg/1', 'arn:tg/2'],
  instanceMaintenancePolicy: { minHealthyPercentage: 100, maxHealthyPercentage: 120 },
  metrics: ['GroupDesiredCapacity', 'GroupInServiceInstances'],
  deletionProtection: 'prevent-force-deletion',
  instanceTags: { team: 'shop' },
};

/** A group as AWS shows it when it is as asked, with everything that AWS adds by itself. */
const shown = {
  AutoScalingGroupName: spec.name,
  MinSize: 2,
  MaxSize: 6,
  DesiredCapacity: 4,
  PredictedCapacity: 5,
  DefaultCooldown: 300,
  AvailabilityZones: ['us-east-1b', 'us-east-1a'],
  VPCZoneIdentifier: 'subnet-2, subnet-1',
  LaunchTemplate: { LaunchTemplateId: 'lt-1', LaunchTemplateName: 'st-web', Version: '2' },
  HealthCheckType: 'ELB',
  HealthCheckGracePeriod: 300,
  DefaultInstanceWarmup: 120,
  TargetGroupARNs: ['arn:tg/2', 'arn:tg/1'],
  InstanceMaintenancePolicy: { MinHealthyPercentage: 100, MaxHealthyPercentage: 120 },
  EnabledMetrics: [
    { Metric: 'GroupInServiceInstances', Granularity: '1Minute' },
    { Metric: 'GroupDesiredCapacity', Granularity: '1Minute' },
  ],
  DeletionProtection: 'prevent-force-deletion',
  TerminationPolicies: ['Default'],
  ServiceLinkedRoleARN: 'arn:aws:iam::123456789012:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRole',
  CapacityReservationSpecification: { CapacityReservationPreference: 'default' },
  AvailabilityZoneDistribution: { CapacityDistributionStrategy: 'balanced-best-effort' },
  SuspendedProcesses: [{ ProcessName: 'AZRebalance', SuspensionReason: 'by hand' }],
  CreatedTime: new Date(0),
  Tags: [
    { Key: 'team', Value: 'shop', PropagateAtLaunch: true },
    { Key: 'aws:cloudformation:stack-name', Value: 'x', PropagateAtLaunch: true },
  ],
} satisfies Description;

const differing = (changes: Partial<Description> = {}, wanted: AutoScalingGroupSpec = spec): readonly string[] =>
  diffSpec(AutoScalingGroup, wanted, {
    owner: undefined,
    node: undefined,
    incarnation: 1,
    id: spec.name,
    spec: specOf({ ...shown, ...changes }),
    attributes: { name: spec.name },
    health: { state: 'InService', phase: 'ready' },
  }).map(({ path }) => path);

test('what AWS adds, moves or orders by itself is no difference', () => {
  expect(differing()).toEqual([]);
});

test('DesiredCapacity is of Auto Scaling: it is neither compared nor sent unless a person asks for a number', () => {
  expect(differing({ DesiredCapacity: 1 })).toEqual([]);
  expect(settingsOf(spec)).not.toHaveProperty('DesiredCapacity');
  expect(differing({}, { ...spec, desiredCapacity: 3 })).toEqual(['desiredCapacity']);
});

test('a capacity that was asked once is remembered on the group, whatever the capacity is since', () => {
  const Tags = [...shown.Tags, { Key: 'scalingtier.dev/desired-capacity', Value: '3', PropagateAtLaunch: false }];
  expect(differing({ Tags, DesiredCapacity: 5 }, { ...spec, desiredCapacity: 3 })).toEqual([]);
  expect(differing({ Tags, DesiredCapacity: 3 }, { ...spec, desiredCapacity: 4 })).toEqual(['desiredCapacity']);
});

test('changing min or max moves DesiredCapacity, so that one is sent without the other', () => {
  expect(settingsOf(spec, new Set(['minSize', 'maxSize']))).toEqual({ MinSize: 2, MaxSize: 6 });
});

test('grace period default 0 with ELB health checks: ours is always sent, and a missing one is 0', () => {
  expect(settingsOf(spec)).toMatchObject({ HealthCheckType: 'ELB', HealthCheckGracePeriod: 300 });
  const { HealthCheckGracePeriod: _period, ...without } = shown;
  expect(specOf(without).healthCheckGracePeriod).toBe(0);
});

test('absent is what the documentation says it is: HealthCheckType EC2, no protection', () => {
  const { HealthCheckType: _type, DeletionProtection: _protection, ...without } = shown;
  expect(specOf(without as Description)).toMatchObject({ healthCheckType: 'EC2', deletionProtection: 'none' });
});

test('several health checks that AWS names at once count as the one that was asked', () => {
  expect(differing({ HealthCheckType: 'EC2,EBS,ELB' })).toEqual([]);
  expect(differing({ HealthCheckType: 'EC2,EBS' })).toEqual(['healthCheckType']);
});

test('subnets, target groups and metrics are sets', () => {
  expect(differing({ VPCZoneIdentifier: 'subnet-2' })).toEqual(['subnetIds']);
  expect(differing({ TargetGroupARNs: ['arn:tg/1'] })).toEqual(['targetGroupArns']);
  expect(differing({ EnabledMetrics: [] })).toEqual(['metrics']);
});

test('a maintenance policy that was taken off differs from the one that was asked', () => {
  const policy = { MinHealthyPercentage: -1, MaxHealthyPercentage: -1 };
  expect(differing({ InstanceMaintenancePolicy: policy })).toEqual(['instanceMaintenancePolicy']);
});

test('a new launch template version does nothing to running instances, so the version is left to the refresh', () => {
  expect(differing({ LaunchTemplate: { LaunchTemplateId: 'lt-1', Version: '1' } })).toEqual([]);
  expect(settingsOf(spec)).not.toHaveProperty('LaunchTemplate');
});

test('auto-rollback is impossible with $Latest and $Default, so versions are numbers', () => {
  expect(numbered('12')).toBe('12');
  for (const version of ['$Latest', '$Default', '', 'resolve:ssm:/x'])
    expect(() => numbered(version)).toThrow(/number/);
});

test('instances get the tags that are theirs, and never those that say who owns the group', () => {
  const owner = { cluster: 'test', namespace: 'shop', name: 'web', uid: '5d1f' };
  const self = identify(owner, 'autoscaling.group/app', 1, { team: 'shop' });
  const greedy = { ...spec, instanceTags: { team: 'shop', part: 'web', 'scalingtier.dev/cluster': 'test' } };
  const tags = groupTags(self, greedy);
  const reaching = tags.filter(({ PropagateAtLaunch }) => PropagateAtLaunch).map(({ Key }) => Key);
  expect(reaching.toSorted()).toEqual(['part', 'team']);
  expect(tags).toContainEqual(expect.objectContaining({ Key: 'scalingtier.dev/uid', Value: '5d1f' }));
});
