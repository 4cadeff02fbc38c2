/** What is asked of AWS, call by call, and how its answers are taken. */
import { classify } from '../../../src/aws/errors.ts';
import { identify } from '../../../src/aws/ownership.ts';
import { allOf } from '../../../src/aws/pages.ts';
import { AutoScalingGroup, type AutoScalingGroupSpec } from '../../../src/resources/autoscaling/group.ts';
import { ScalingPolicy } from '../../../src/resources/autoscaling/policy.ts';
import { InstanceRefresh } from '../../../src/resources/autoscaling/refresh.ts';
import { NatGateway } from '../../../src/resources/ec2/nat-gateway.ts';
import { RouteTable } from '../../../src/resources/ec2/route-table.ts';
import { answering } from '../wire.ts';

const owner = { cluster: 'test', namespace: 'shop', name: 'web', uid: '5d1f' };
const self = identify(owner, 'autoscaling.group/app', 1, {});
const byIDs = (...ids: readonly string[]) => ({ by: 'ids', ids }) as const;

const spec: AutoScalingGroupSpec = {
  name: 'st-web-asg',
  minSize: 2,
  maxSize: 4,
  subnetIds: ['subnet-1', 'subnet-2'],
  launchTemplateId: 'lt-1',
  launchTemplateVersion: '3',
  healthCheckType: 'ELB',
  healthCheckGracePeriod: 300,
  defaultInstanceWarmup: 120,
  targetGroupArns: Array.from({ length: 11 }, (_, index) => `arn:tg/${index}`),
  instanceMaintenancePolicy: { minHealthyPercentage: 100, maxHealthyPercentage: 120 },
  metrics: ['GroupDesiredCapacity'],
  instanceTags: {},
};

const members = (name: string, ...items: readonly string[]): string =>
  `<${name}>${items.map((item) => `<member>${item}</member>`).join('')}</${name}>`;
const instance = (state: string, health = 'Healthy'): string =>
  `<InstanceId>i-1</InstanceId><LifecycleState>${state}</LifecycleState><HealthStatus>${health}</HealthStatus>`;
const group = (inner: string, sizes = [2, 4, 2]): string =>
  `<AutoScalingGroupName>st-web-asg</AutoScalingGroupName><MinSize>${sizes[0]}</MinSize><MaxSize>${sizes[1]}</MaxSize>` +
  `<DesiredCapacity>${sizes[2]}</DesiredCapacity>${inner}`;
const groups = (...items: readonly string[]): string =>
  `<DescribeAutoScalingGroupsResult>${members('AutoScalingGroups', ...items)}</DescribeAutoScalingGroupsResult>`;
const activities = (...items: readonly string[]): string =>
  `<DescribeScalingActivitiesResult>${members('Activities', ...items)}</DescribeScalingActivitiesResult>`;
const NOTHING = '<ResponseMetadata/>';

const healthOf = async (...answers: readonly string[]) => {
  const [seen] = await allOf(AutoScalingGroup.observe(answering(...answers).aws, byIDs('st-web-asg')));
  return seen?.health;
};

test('a group is made with everything that keeps it safe, a numbered version, and as many target groups as one call takes', async () => {
  const { aws, calls } = answering(NOTHING);
  await AutoScalingGroup.create(aws, self, spec);
  const sent = Object.fromEntries(calls[0] ?? []);
  expect(sent).toMatchObject({
    Action: 'CreateAutoScalingGroup',
    HealthCheckGracePeriod: '300',
    'LaunchTemplate.Version': '3',
    VPCZoneIdentifier: 'subnet-1,subnet-2',
    'InstanceMaintenancePolicy.MaxHealthyPercentage': '120',
    'TargetGroupARNs.member.10': 'arn:tg/9',
  });
  expect(sent).not.toHaveProperty('DesiredCapacity');
  expect(sent).not.toHaveProperty(['TargetGroupARNs.member.11']);
});

test('a group with enough healthy instances serves; one of them that is unhealthy does not count', async () => {
  const two = members('Instances', instance('InService'), instance('InService'));
  expect(await healthOf(groups(group(two)))).toEqual({ state: 'InService', phase: 'ready' });
  const sick = members('Instances', instance('InService'), instance('InService', 'Unhealthy'));
  expect(await healthOf(groups(group(sick)), activities())).toEqual({
    state: 'Pending',
    phase: 'warming',
    reason: '1 of 2 instances are in service',
  });
});

test('a group that fails to launch says so in the words of AWS', async () => {
  const failed =
    '<ActivityId>a</ActivityId><Description>Launching a new EC2 instance</Description><Cause>c</Cause>' +
    '<StatusCode>Failed</StatusCode><StatusMessage>no capacity. Launching EC2 instance failed.</StatusMessage>';
  expect((await healthOf(groups(group('')), activities(failed)))?.reason).toBe(
    '0 of 2 instances are in service; no capacity. Launching EC2 instance failed.',
  );
});

test('a group that is deleted, or emptied, is on its way out; an empty one of none is not', async () => {
  expect((await healthOf(groups(group('<Status>Delete in progress</Status>'))))?.phase).toBe('deleting');
  const one = members('Instances', instance('Terminating'));
  expect(await healthOf(groups(group(one, [0, 0, 0])))).toEqual({
    state: 'Emptying, 1 instances left',
    phase: 'deleting',
  });
  expect((await healthOf(groups(group('', [0, 0, 0]))))?.phase).toBe('ready');
});

const live = {
  owner,
  node: self.node,
  incarnation: 1,
  id: spec.name,
  spec,
  attributes: { name: spec.name },
  health: { state: 'InService', phase: 'ready' },
  self,
} as const;

test('to be deleted a group is emptied first, its protection ends with that, and force is never used', async () => {
  const shown = group(
    `${members('Instances', instance('InService'))}<DeletionProtection>prevent-force-deletion</DeletionProtection>`,
  );
  const first = answering(groups(shown), NOTHING);
  await AutoScalingGroup.delete(first.aws, live);
  expect(Object.fromEntries(first.calls[1] ?? [])).toMatchObject({
    ...{
      Action: 'UpdateAutoScalingGroup',
      MinSize: '0',
      MaxSize: '0',
      DesiredCapacity: '0',
      DeletionProtection: 'none',
    },
  });
  const second = answering(groups(group('', [0, 0, 0])), NOTHING);
  await AutoScalingGroup.delete(second.aws, live);
  expect(Object.fromEntries(second.calls[1] ?? [])).toMatchObject({
    Action: 'DeleteAutoScalingGroup',
    ForceDelete: 'false',
  });
  const gone = answering(groups());
  await AutoScalingGroup.delete(gone.aws, live);
  expect(gone.calls).toHaveLength(1);
});

/** Target groups as lists show them: those with load balancers may get requests. */
const targetGroups = (...groupsShown: readonly (readonly [arn: string, balancers: readonly string[]])[]): string => {
  const items = groupsShown.map(
    ([arn, balancers]) => `<TargetGroupArn>${arn}</TargetGroupArn>${members('LoadBalancerArns', ...balancers)}`,
  );
  return `<DescribeTargetGroupsResult>${members('TargetGroups', ...items)}</DescribeTargetGroupsResult>`;
};

const moved = (from: readonly string[], to: readonly string[]) => ({
  observed: { ...live, spec: { targetGroupArns: from } },
  wanted: { ...spec, targetGroupArns: to },
  changes: [{ path: 'targetGroupArns', from, to, impact: 'online' as const }],
});

test('target groups are attached before others are detached', async () => {
  const { aws, calls } = answering(NOTHING, targetGroups(['arn:tg/old', []]), NOTHING);
  const { observed, wanted, changes } = moved(['arn:tg/old'], ['arn:tg/new']);
  await AutoScalingGroup.update(aws, observed, wanted, changes);
  expect(calls.map((call) => [call.get('Action'), call.get('TargetGroupARNs.member.1')])).toEqual([
    ['AttachLoadBalancerTargetGroups', 'arn:tg/new'],
    ['DescribeTargetGroups', null],
    ['DetachLoadBalancerTargetGroups', 'arn:tg/old'],
  ]);
});

test('a target group to which requests may still be sent stays attached: that waits, and holds up nothing else', async () => {
  const shown = targetGroups(['arn:tg/used', ['arn:alb']], ['arn:tg/free', []]);
  const { aws, calls } = answering(NOTHING, NOTHING, NOTHING, shown, NOTHING);
  const { observed, wanted, changes } = moved(['arn:tg/used', 'arn:tg/free'], ['arn:tg/new']);
  const others = ['minSize', 'metrics'].map((path) => ({ path, from: null, to: null, impact: 'online' as const }));
  const waiting = AutoScalingGroup.update(aws, observed, wanted, [...changes, ...others]).catch(classify);
  expect(await waiting).toMatchObject({
    class: 'waiting',
    message: 'detach arn:tg/used from st-web-asg: requests may still be sent there',
  });
  expect(calls.map((call) => [call.get('Action'), call.get('TargetGroupARNs.member.1')])).toEqual([
    ['UpdateAutoScalingGroup', null],
    ['EnableMetricsCollection', null],
    ['AttachLoadBalancerTargetGroups', 'arn:tg/new'],
    ['DescribeTargetGroups', null],
    ['DetachLoadBalancerTargetGroups', 'arn:tg/free'],
  ]);
});

test('what was only added is not asked about', async () => {
  const { aws, calls } = answering(NOTHING);
  const { observed, wanted, changes } = moved(['arn:tg/a'], ['arn:tg/a', 'arn:tg/b']);
  await AutoScalingGroup.update(aws, observed, wanted, changes);
  expect(calls.map((call) => call.get('Action'))).toEqual(['AttachLoadBalancerTargetGroups']);
});

test('the sweep of policies and refreshes does not grow with tiers that have nothing under way', async () => {
  const scope = { by: 'cluster', cluster: 'test' } as const;
  const policies = answering('<DescribePoliciesResult><ScalingPolicies/></DescribePoliciesResult>');
  await allOf(ScalingPolicy.observe(policies.aws, scope));
  expect(policies.calls).toHaveLength(1);
  const refreshes = answering(groups(group(''), group('')));
  await allOf(InstanceRefresh.observe(refreshes.aws, scope));
  expect(refreshes.calls).toHaveLength(1);
});

test('a NAT gateway that is gone is not seen, one that failed says why', async () => {
  const gateway = (id: string, state: string, more = ''): string =>
    `<item><natGatewayId>${id}</natGatewayId><state>${state}</state>${more}</item>`;
  const failure = '<failureCode>Gateway.NotAttached</failureCode><failureMessage>no gateway</failureMessage>';
  const xml = `<natGatewaySet>${gateway('nat-1', 'deleted')}${gateway('nat-2', 'failed', failure)}</natGatewaySet>`;
  const seen = await allOf(NatGateway.observe(answering(xml).aws, byIDs('nat-1', 'nat-2')));
  expect(seen.map(({ id, health }) => [id, health.phase, health.reason])).toEqual([
    ['nat-2', 'failed', 'Gateway.NotAttached: no gateway'],
  ]);
});

test('a route to a NAT gateway names it as one', async () => {
  const table = '<routeTableSet><item><routeTableId>rtb-1</routeTableId><vpcId>vpc-1</vpcId></item></routeTableSet>';
  const { aws, calls } = answering(table, '<return>true</return>', '<routeTableSet/>');
  const wanted = { vpcId: 'vpc-1', routes: [{ cidr: '0.0.0.0/0', gatewayId: 'nat-1' }], subnetIds: [] };
  const observed = { ...live, id: 'rtb-1', spec: {}, attributes: { routeTableId: 'rtb-1' } };
  const changes = [{ path: 'routes', from: [], to: wanted.routes, impact: 'online' as const }];
  await RouteTable.update(aws, observed, wanted, changes);
  expect([calls[1]?.get('NatGatewayId'), calls[1]?.get('GatewayId')]).toEqual(['nat-1', null]);
});

test.each([
  ['ValidationError', 'AutoScalingGroup name not found - st-web', 'notFound'],
  ['ValidationError', 'The load balancer does not route traffic to the target group.', 'busy'],
  ['ValidationError', 'An active instance refresh with a desired configuration exists.', 'busy'],
  ['ValidationError', 'Invalid IAM Instance Profile ARN', 'propagating'],
  ['ValidationError', 'Max bound, 1, must be greater than or equal to min bound, 2', 'invalid'],
  ['ResourceInUse', 'there are instances', 'busy'],
  ['ScalingActivityInProgress', 'an activity', 'busy'],
  ['InstanceRefreshInProgress', 'one at a time', 'busy'],
  ['ActiveInstanceRefreshNotFound', 'none', 'notFound'],
  ['AlreadyExists', 'by this name', 'exists'],
  ['ResourceContention', 'pending', 'throttled'],
  ['ServiceLinkedRoleFailure', 'not ready for use', 'propagating'],
])('%s: %s is %s to us', (name, message, expected) => {
  expect(classify(Object.assign(new Error(message), { name })).class).toBe(expected);
});
