/** A policy that counts requests names its load balancer and its target group by ids, which change when either is replaced. */
import { classify } from '../../../src/aws/errors.ts';
import { allOf } from '../../../src/aws/pages.ts';
import { diffSpec } from '../../../src/core/diff.ts';
import { ScalingPolicy, type ScalingPolicySpec } from '../../../src/resources/autoscaling/policy.ts';
import { awsError, recordingAws, self } from '../recording.ts';

const node = 'autoscaling.policy/requests';
const NAME = '/scalingtier.dev/test/shop/web/requests/1';

const countedBy = (resourceLabel: string): ScalingPolicySpec => ({
  groupName: 'st-web-fleet',
  metric: { type: 'requestCountPerTarget', resourceLabel },
  target: 500,
  disableScaleIn: false,
});

const OLD = 'app/st-web-main/1111/targetgroup/st-web-web-1/aaaa';

const shown = {
  AutoScalingGroupName: 'st-web-fleet',
  PolicyName: NAME,
  PolicyType: 'TargetTrackingScaling',
  TargetTrackingConfiguration: {
    PredefinedMetricSpecification: { PredefinedMetricType: 'ALBRequestCountPerTarget', ResourceLabel: OLD },
    TargetValue: 500,
    DisableScaleIn: false,
  },
  Alarms: [{ AlarmName: 'TargetTracking-st-web-fleet-AlarmHigh-1', AlarmARN: 'arn:alarm' }],
};

async function read(answers: Parameters<typeof recordingAws>[0] = {}) {
  const fake = recordingAws({ DescribePolicies: { ScalingPolicies: [shown] }, ...answers });
  const [seen] = await allOf(ScalingPolicy.observe(fake.aws, { by: 'cluster', cluster: 'test' }));
  if (!seen) throw new Error('the policy was not read');
  return { ...fake, live: { ...seen, self: self(node) } };
}

test.each([
  ['load balancer', OLD.replace('1111', '2222')],
  ['target group', OLD.replace('web-1/aaaa', 'web-2/bbbb')],
])('when its %s is replaced, the policy is put again, under its name', async (_what, label) => {
  const { aws, live, writes } = await read();
  const wanted = countedBy(label);
  expect(diffSpec(ScalingPolicy, countedBy(OLD), live)).toEqual([]);
  await ScalingPolicy.update(aws, live, wanted, diffSpec(ScalingPolicy, wanted, live));
  const [put, ...more] = writes();
  expect(more).toEqual([]);
  expect(put).toMatchObject({
    operation: 'PutScalingPolicy',
    input: {
      PolicyName: NAME,
      TargetTrackingConfiguration: { PredefinedMetricSpecification: { ResourceLabel: label } },
    },
  });
});

test('the label needs the attachment first: until the group serves the target group, it is a matter of time', async () => {
  const message = 'The load balancer does not route traffic to the target group.';
  const { aws } = recordingAws({ PutScalingPolicy: awsError('ValidationError', message) });
  const outcome = await ScalingPolicy.create(aws, self(node), countedBy(OLD)).catch(classify);
  expect(outcome).toMatchObject({ class: 'busy' });
});

test('the two alarms that AWS made for it go with it, and nobody else touches them', async () => {
  const { aws, live, writes } = await read();
  await ScalingPolicy.delete(aws, live);
  expect(writes()).toEqual([
    { operation: 'DeletePolicy', input: { AutoScalingGroupName: 'st-web-fleet', PolicyName: NAME } },
  ]);
});
