import { type ScalingMetric, specOf, trackingOf } from '../../../src/resources/autoscaling/policy-spec.ts';

const spec = (metric: ScalingMetric) => ({ groupName: 'st-web', metric, target: 50, disableScaleIn: true });

const METRICS: readonly ScalingMetric[] = [
  { type: 'cpu' },
  { type: 'requestCountPerTarget', resourceLabel: 'app/web/1/targetgroup/web/2' },
  {
    type: 'custom',
    namespace: 'shop',
    metricName: 'Depth',
    dimensions: { queue: 'orders' },
    statistic: 'Maximum',
    unit: 'Count',
  },
];

test.each(METRICS)('what is written is what is read: $type', (metric) => {
  const written = { AutoScalingGroupName: 'st-web', TargetTrackingConfiguration: trackingOf(spec(metric)) };
  const alarms = [{ AlarmName: 'TargetTracking-st-web-AlarmHigh-1', AlarmARN: 'arn:alarm' }];
  expect(specOf({ ...written, Alarms: alarms })).toEqual(spec(metric));
});

test('a policy that tracks nothing we could have asked for differs from everything', () => {
  expect(specOf({ AutoScalingGroupName: 'st-web', PolicyType: 'StepScaling' })).toEqual({
    groupName: 'st-web',
    metric: null,
    target: null,
    disableScaleIn: false,
  });
  const network = {
    PredefinedMetricSpecification: { PredefinedMetricType: 'ASGAverageNetworkIn' },
    TargetValue: 1,
  } as const;
  expect(specOf({ AutoScalingGroupName: 'st-web', TargetTrackingConfiguration: network }).metric).toBeNull();
});
