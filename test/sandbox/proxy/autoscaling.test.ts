/** Auto Scaling as the proxy does it in AWS's place, against the real stand-in: groups that launch, replace and refresh. */
import {
  AutoScalingClient,
  CancelInstanceRefreshCommand,
  CreateAutoScalingGroupCommand,
  type CreateAutoScalingGroupCommandInput,
  DeleteAutoScalingGroupCommand,
  DeletePolicyCommand,
  DescribeAutoScalingGroupsCommand,
  DescribeInstanceRefreshesCommand,
  DescribePoliciesCommand,
  DescribeScalingActivitiesCommand,
  type Instance,
  PutScalingPolicyCommand,
  RollbackInstanceRefreshCommand,
  SetDesiredCapacityCommand,
  SetInstanceHealthCommand,
  StartInstanceRefreshCommand,
  type StartInstanceRefreshCommandInput,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { CreateLaunchTemplateCommand, CreateLaunchTemplateVersionCommand } from '@aws-sdk/client-ec2';
import {
  CreateTargetGroupCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type Account, type Aws, codeOf, openAccount, openAws, REGION } from './account.ts';
import { eventually, image, makeNetwork, type Network, server } from './ground.ts';

/** Slow enough to see every state, fast enough to wait for the next. */
const FACTOR = 150;
/** So slow that nothing passes during a test. */
const STILL = 0.001;

let aws: Aws;
let account: Account;
let groups: AutoScalingClient;
let balancing: ElasticLoadBalancingV2Client;
let network: Network;
let template: string;
let count = 0;
let name: string;

beforeAll(async () => {
  aws = await openAws();
  account = await openAccount(aws);
  const { credentials } = account.ec2.config;
  const options = { endpoint: aws.endpoint, region: REGION, maxAttempts: 1, credentials };
  groups = new AutoScalingClient(options);
  balancing = new ElasticLoadBalancingV2Client(options);
  network = await makeNetwork(account);
  const LaunchTemplateData = {
    ...{ ImageId: await image(account), InstanceType: 't4g.small' as const },
    ...{ SecurityGroupIds: [network.groupId], DisableApiTermination: true },
  };
  const made = await account.ec2.send(
    new CreateLaunchTemplateCommand({ LaunchTemplateName: 'fleet', LaunchTemplateData }),
  );
  template = made.LaunchTemplate?.LaunchTemplateId ?? '';
  for (const InstanceType of ['t4g.medium', 't4g.large'] as const) {
    await account.ec2.send(
      new CreateLaunchTemplateVersionCommand({
        LaunchTemplateId: template,
        LaunchTemplateData: { ...LaunchTemplateData, InstanceType },
      }),
    );
  }
});

beforeEach(async () => {
  await pace(0);
  count += 1;
  name = `fleet-${count}`;
});

afterAll(() => aws.close());

const pace = (factor: number) => aws.control.configure({ factor }, account.id);

const create = (more: Partial<CreateAutoScalingGroupCommandInput> = {}) =>
  groups.send(
    new CreateAutoScalingGroupCommand({
      ...{ AutoScalingGroupName: name, MinSize: 2, MaxSize: 4, VPCZoneIdentifier: network.subnetId },
      ...{ LaunchTemplate: { LaunchTemplateId: template, Version: '1' }, ...more },
    }),
  );

const group = async () =>
  (await groups.send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] }))).AutoScalingGroups?.[0];

const instances = async (): Promise<readonly Instance[]> => (await group())?.Instances ?? [];

const inService = async (): Promise<number> =>
  (await instances()).filter(({ LifecycleState }) => LifecycleState === 'InService').length;

const activities = async () =>
  (await groups.send(new DescribeScalingActivitiesCommand({ AutoScalingGroupName: name }))).Activities ?? [];

const refresh = (version: string, more: StartInstanceRefreshCommandInput['Preferences'] = {}) =>
  groups.send(
    new StartInstanceRefreshCommand({
      AutoScalingGroupName: name,
      DesiredConfiguration: { LaunchTemplate: { LaunchTemplateId: template, Version: version } },
      Preferences: {
        ...{ MinHealthyPercentage: 100, MaxHealthyPercentage: 120, SkipMatching: true, AutoRollback: true },
        ...more,
      },
    }),
  );

const refreshes = async () =>
  (await groups.send(new DescribeInstanceRefreshesCommand({ AutoScalingGroupName: name }))).InstanceRefreshes ?? [];

const statusOf = async () => (await refreshes())[0]?.Status;

const versions = async () =>
  (await instances())
    .filter(({ LifecycleState }) => LifecycleState !== 'Terminating')
    .map(({ LaunchTemplate }) => LaunchTemplate?.Version);

const endingOf = (operation: string, as: string) =>
  aws.control.addFaults({ match: { account: account.id, operation }, effect: { kind: 'ending', as }, count: 1 });

test('a group launches what it must have: pending first, in service when the instances run', async () => {
  await pace(STILL);
  await create({ Tags: [{ Key: 'team', Value: 'shop', PropagateAtLaunch: true }] });
  expect((await instances()).map(({ LifecycleState }) => LifecycleState)).toEqual(['Pending', 'Pending']);
  expect((await activities()).map(({ StatusCode }) => StatusCode)).toEqual(['InProgress', 'InProgress']);
  const id = (await instances())[0]?.InstanceId ?? '';
  expect(await server(account, id)).toMatchObject({ InstanceType: 't4g.small', SubnetId: network.subnetId });
  expect((await server(account, id)).Tags).toContainEqual({ Key: 'team', Value: 'shop' });
});

test('a group that has launched shows its instances in service, and its target groups get them', async () => {
  const { TargetGroups } = await balancing.send(
    new CreateTargetGroupCommand({ Name: 'web', Protocol: 'HTTP', Port: 80, VpcId: network.vpcId }),
  );
  const TargetGroupArn = TargetGroups?.[0]?.TargetGroupArn ?? '';
  await create({ TargetGroupARNs: [TargetGroupArn] });
  expect(await eventually(inService, 2)).toBe(2);
  const targets = async () =>
    ((await balancing.send(new DescribeTargetHealthCommand({ TargetGroupArn }))).TargetHealthDescriptions ?? []).length;
  expect(await eventually(targets, 2)).toBe(2);
  await groups.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: name, MinSize: 0, MaxSize: 0 }));
  expect(await eventually(async () => (await instances()).length, 0)).toBe(0);
});

test('what contradicts itself or is not there is refused, and so is a name that is taken', async () => {
  expect(await codeOf(create({ MinSize: 5 }))).toBe('ValidationError');
  expect(await codeOf(create({ DesiredCapacity: 9 }))).toBe('ValidationError');
  expect(await codeOf(create({ VPCZoneIdentifier: 'subnet-0123456789abcdef0' }))).toBe('ValidationError');
  expect(await codeOf(create({ LaunchTemplate: { LaunchTemplateId: template, Version: '9' } }))).toBe(
    'ValidationError',
  );
  expect(await group()).toBeUndefined();
  await create();
  expect(await codeOf(create())).toBe('AlreadyExists');
  const above = new SetDesiredCapacityCommand({ AutoScalingGroupName: name, DesiredCapacity: 9 });
  expect(await codeOf(groups.send(above))).toBe('ValidationError');
});

test('bounds move the wanted capacity along', async () => {
  await create({ MinSize: 1 });
  const update = (change: object) =>
    groups.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: name, ...change }));
  await update({ MinSize: 3 });
  expect((await group())?.DesiredCapacity).toBe(3);
  await update({ MinSize: 1, MaxSize: 2 });
  expect((await group())?.DesiredCapacity).toBe(2);
  expect(await eventually(inService, 2)).toBe(2);
});

test('a group with instances cannot be deleted; scaled to nothing it can, and its name is free again', async () => {
  await create();
  const remove = (more: object = {}) =>
    codeOf(groups.send(new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: name, ...more })));
  expect(await remove()).toBe('ResourceInUse');
  const empty = { MinSize: 0, MaxSize: 0, DesiredCapacity: 0, DeletionProtection: 'prevent-all-deletion' } as const;
  await groups.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: name, ...empty }));
  expect(await eventually(async () => (await instances()).length, 0)).toBe(0);
  expect(await remove({ ForceDelete: true })).toBe('ValidationError');
  const DeletionProtection = 'none';
  await groups.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: name, DeletionProtection }));
  expect(await remove()).toBe('accepted');
  expect(await group()).toBeUndefined();
  expect(await remove()).toBe('ValidationError');
  expect(await codeOf(create({ MinSize: 0 }))).toBe('accepted');
});

test('an instance that is not healthy is replaced', async () => {
  await create();
  expect(await eventually(inService, 2)).toBe(2);
  const id = (await instances())[0]?.InstanceId ?? '';
  await groups.send(new SetInstanceHealthCommand({ InstanceId: id, HealthStatus: 'Unhealthy' }));
  expect(await eventually(inService, 2)).toBe(2);
  expect(await eventually(async () => (await instances()).some(({ InstanceId }) => InstanceId === id), false)).toBe(
    false,
  );
  expect((await activities()).some(({ Cause }) => /health check/.test(Cause ?? ''))).toBe(true);
});

test('a group that cannot launch says so in its activities, until somebody changes something', async () => {
  await endingOf('CreateAutoScalingGroup', 'You have requested more vCPU capacity than allowed');
  await create();
  expect(await inService()).toBe(0);
  expect((await activities())[0]).toMatchObject({
    StatusCode: 'Failed',
    StatusMessage: 'You have requested more vCPU capacity than allowed. Launching EC2 instance failed.',
  });
  await groups.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: name, MaxSize: 3 }));
  expect(await eventually(inService, 2)).toBe(2);
});

test('a refresh replaces every instance of another version, and never has too few of them serve', async () => {
  await create();
  expect(await eventually(inService, 2)).toBe(2);
  await pace(FACTOR);
  await refresh('2');
  const least: number[] = [];
  await eventually(async () => {
    least.push(await inService());
    return statusOf();
  }, 'Successful');
  expect(Math.min(...least)).toBeGreaterThanOrEqual(2);
  expect(await versions()).toEqual(['2', '2']);
  expect((await group())?.LaunchTemplate?.Version).toBe('2');
  expect((await refreshes())[0]).toMatchObject({ PercentageComplete: 100, InstancesToUpdate: 0 });
});

test('a refresh to what all instances run already is over at once', async () => {
  await create();
  await refresh('1');
  expect(await eventually(statusOf, 'Successful')).toBe('Successful');
  expect((await activities()).length).toBe(2);
});

test('a refresh whose launches fail is rolled back when that was asked, and given up when not', async () => {
  await create();
  expect(await eventually(inService, 2)).toBe(2);
  await endingOf('StartInstanceRefresh', 'We do not have sufficient capacity');
  await refresh('2');
  expect(await eventually(statusOf, 'RollbackSuccessful')).toBe('RollbackSuccessful');
  expect((await refreshes())[0]?.RollbackDetails?.RollbackReason).toMatch(/sufficient capacity/);
  expect(await versions()).toEqual(['1', '1']);
  expect((await group())?.LaunchTemplate?.Version).toBe('1');
  await endingOf('StartInstanceRefresh', 'We do not have sufficient capacity');
  await refresh('2', { AutoRollback: false });
  expect(await eventually(statusOf, 'Failed')).toBe('Failed');
});

test('one refresh at a time; meanwhile the template cannot be changed; called off, it stops where it is', async () => {
  await create();
  expect(await eventually(inService, 2)).toBe(2);
  const AutoScalingGroupName = name;
  const cancel = () => codeOf(groups.send(new CancelInstanceRefreshCommand({ AutoScalingGroupName })));
  expect(await cancel()).toBe('ActiveInstanceRefreshNotFound');
  await pace(STILL);
  await refresh('2');
  expect(await codeOf(refresh('3'))).toBe('InstanceRefreshInProgress');
  const LaunchTemplate = { LaunchTemplateId: template, Version: '3' };
  const update = new UpdateAutoScalingGroupCommand({ AutoScalingGroupName, LaunchTemplate });
  expect(await codeOf(groups.send(update))).toBe('ValidationError');
  expect(await cancel()).toBe('accepted');
  expect(await statusOf()).toBe('Cancelling');
  await pace(0);
  expect((await group())?.LaunchTemplate?.Version).toBe('1');
});

test('a refresh is rolled back when a person says so', async () => {
  await create();
  expect(await eventually(inService, 2)).toBe(2);
  await pace(STILL);
  await refresh('2');
  await groups.send(new RollbackInstanceRefreshCommand({ AutoScalingGroupName: name }));
  expect(await statusOf()).toBe('RollbackInProgress');
});

test('what cannot be rolled back is not started with auto-rollback', async () => {
  await create();
  expect(await codeOf(refresh('$Latest'))).toBe('ValidationError');
  const Preferences = { AutoRollback: true };
  const without = new StartInstanceRefreshCommand({ AutoScalingGroupName: name, Preferences });
  expect(await codeOf(groups.send(without))).toBe('ValidationError');
});

test('a policy has two alarms of its own, one metric has one policy, and all go with the group', async () => {
  await create({ MinSize: 0 });
  const put = (PolicyName: string, PredefinedMetricSpecification: object, more: object = {}) =>
    groups.send(
      new PutScalingPolicyCommand({
        ...{ AutoScalingGroupName: name, PolicyName, PolicyType: 'TargetTrackingScaling' },
        TargetTrackingConfiguration: { TargetValue: 50, ...more, PredefinedMetricSpecification } as never,
      }),
    );
  const cpu = { PredefinedMetricType: 'ASGAverageCPUUtilization' };
  const first = await put('cpu', cpu);
  expect(first.Alarms).toHaveLength(2);
  expect(await codeOf(put('again', cpu))).toBe('ValidationError');
  expect((await put('cpu', cpu, { TargetValue: 60 })).PolicyARN).toBe(first.PolicyARN);
  const label = { PredefinedMetricType: 'ALBRequestCountPerTarget', ResourceLabel: 'app/a/1/targetgroup/b/2' };
  expect(await codeOf(put('requests', label))).toBe('ValidationError');
  const list = async () =>
    (await groups.send(new DescribePoliciesCommand({ AutoScalingGroupName: name }))).ScalingPolicies ?? [];
  expect(await list()).toMatchObject([{ PolicyName: 'cpu', TargetTrackingConfiguration: { TargetValue: 60 } }]);
  await groups.send(new DeletePolicyCommand({ AutoScalingGroupName: name, PolicyName: 'cpu' }));
  expect(await list()).toEqual([]);
});

test('lists come in pages, and what the proxy is told to forget leaves groups alone', async () => {
  await create({ MinSize: 0 });
  await aws.control.reset(account.id);
  await aws.control.configure({ factor: 0, throttle: false }, account.id);
  expect(await group()).toBeDefined();
  const first = await groups.send(new DescribeAutoScalingGroupsCommand({ MaxRecords: 1 }));
  expect(first.AutoScalingGroups).toHaveLength(1);
  expect(first.NextToken).toBeDefined();
  const next = await groups.send(new DescribeAutoScalingGroupsCommand({ MaxRecords: 1, NextToken: first.NextToken }));
  expect(next.AutoScalingGroups?.[0]?.AutoScalingGroupName).not.toBe(
    first.AutoScalingGroups?.[0]?.AutoScalingGroupName,
  );
});
