/** A target group as AWS echoes it, when it may go, and how its targets are looked at. */
import type { TargetGroup as Description } from '@aws-sdk/client-elastic-load-balancing-v2';
import { classify } from '../../../src/aws/errors.ts';
import { allOf } from '../../../src/aws/pages.ts';
import { diffSpec } from '../../../src/core/diff.ts';
import { TargetGroup, type TargetGroupSpec } from '../../../src/resources/elb/target-group.ts';
import { awsError, recordingAws, self, tagsOf } from '../recording.ts';

const node = 'elb.target-group/web';
const ARN = 'arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/st-web-00000000-web-1/0123456789abcdef';

const SPEC: TargetGroupSpec = {
  name: 'st-web-00000000-web',
  port: 8080,
  protocol: 'HTTP',
  protocolVersion: 'HTTP1',
  vpcId: 'vpc-1',
  targetType: 'instance',
  healthCheck: {
    protocol: 'HTTP',
    path: '/',
    port: 'traffic-port',
    intervalSeconds: 15,
    timeoutSeconds: 5,
    healthyThreshold: 2,
    unhealthyThreshold: 2,
    matcher: '200-299',
  },
  attributes: { 'deregistration_delay.timeout_seconds': '60' },
  minimumHealthy: 2,
};

const shown: Description = {
  TargetGroupArn: ARN,
  TargetGroupName: 'st-web-00000000-web-1',
  Port: 8080,
  Protocol: 'HTTP',
  ProtocolVersion: 'HTTP1',
  VpcId: 'vpc-1',
  TargetType: 'instance',
  HealthCheckEnabled: true,
  HealthCheckProtocol: 'HTTP',
  HealthCheckPath: '/',
  HealthCheckPort: 'traffic-port',
  HealthCheckIntervalSeconds: 15,
  HealthCheckTimeoutSeconds: 5,
  HealthyThresholdCount: 2,
  UnhealthyThresholdCount: 2,
  Matcher: { HttpCode: '200-299' },
  LoadBalancerArns: ['arn:of-some-load-balancer'],
};

const target = (id: string, State: string) => ({ Target: { Id: id, Port: 8080 }, TargetHealth: { State } });

async function read(answers: Parameters<typeof recordingAws>[0] = {}, other: Partial<Description> = {}) {
  const Tags = tagsOf(node, { 'scalingtier.dev/minimum-healthy': '2' });
  const fake = recordingAws({
    DescribeTargetGroups: { TargetGroups: [{ ...shown, ...other }] },
    DescribeTargetGroupAttributes: {
      Attributes: [
        { Key: 'deregistration_delay.timeout_seconds', Value: '60' },
        { Key: 'load_balancing.algorithm.type', Value: 'round_robin' },
      ],
    },
    DescribeTags: { TagDescriptions: [{ ResourceArn: ARN, Tags }] },
    ...answers,
  });
  const [seen] = await allOf(TargetGroup.observe(fake.aws, { by: 'ids', ids: [ARN] }));
  if (!seen) throw new Error('the group was not read');
  return { ...fake, live: { ...seen, self: self(node) } };
}

test('registered targets, load balancers and attributes that nobody named are no part of a group', async () => {
  const { live } = await read({ DescribeTargetHealth: { TargetHealthDescriptions: [target('i-1', 'healthy')] } });
  expect(diffSpec(TargetGroup, SPEC, live)).toEqual([]);
});

test('what AWS leaves out is what it documents as its default', async () => {
  const { live } = await read({}, {
    ProtocolVersion: undefined,
    HealthCheckProtocol: undefined,
    HealthCheckPath: undefined,
    HealthCheckPort: undefined,
  } as Partial<Description>);
  expect(diffSpec(TargetGroup, SPEC, live)).toEqual([]);
});

test('its tags, and how many targets have to be healthy, are in the call that makes it', async () => {
  const { aws, callOf } = recordingAws({
    CreateTargetGroup: { TargetGroups: [shown] },
    ModifyTargetGroupAttributes: awsError('TargetGroupNotFoundException'),
  });
  expect(await TargetGroup.create(aws, self(node), SPEC)).toMatchObject({ id: ARN });
  expect(callOf('CreateTargetGroup')).toMatchObject({
    Name: 'st-web-00000000-web-1',
    Tags: expect.arrayContaining(tagsOf(node, { 'scalingtier.dev/minimum-healthy': '2' })),
  });
});

describe('the zones of its targets', () => {
  const healthy = { TargetHealthDescriptions: [target('i-1', 'healthy'), target('i-2', 'healthy')] };
  const instance = (InstanceId: string, AvailabilityZone: string) => ({ InstanceId, Placement: { AvailabilityZone } });

  test('are asked for by filter: asked by id, one that is gone, or out of reach, would fail the whole answer', async () => {
    const Instances = [instance('i-1', 'us-east-1a'), instance('i-2', 'us-east-1b')];
    const { live, callOf } = await read({
      DescribeTargetHealth: healthy,
      DescribeInstances: { Reservations: [{ Instances }] },
    });
    expect(live.health.phase).toBe('ready');
    expect(callOf('DescribeInstances')).toMatchObject({
      Filters: [{ Name: 'instance-id', Values: ['i-1', 'i-2'] }],
    });
    expect(callOf('DescribeInstances')).not.toHaveProperty('InstanceIds');
  });

  test('that could not be read are a failure of the reading, not a group without zones', async () => {
    const reading = read({ DescribeTargetHealth: healthy, DescribeInstances: awsError('InternalError') });
    await expect(reading).rejects.toThrow('InternalError');
  });
});

describe('its end', () => {
  const ended = async (...states: readonly string[]) => {
    const fake = await read();
    const TargetHealthDescriptions = states.map((state, index) => target(`i-${index}`, state));
    const later = recordingAws({ DescribeTargetHealth: { TargetHealthDescriptions } });
    const outcome = await TargetGroup.delete(later.aws, fake.live).catch(classify);
    return { outcome, operations: later.writes().map(({ operation }) => operation) };
  };

  test.each(['draining', 'unhealthy.draining'])(
    'waits for targets that are %s: requests under way are answered first',
    async (state) => {
      const { outcome, operations } = await ended('unused', state);
      expect(outcome).toMatchObject({ class: 'waiting', message: expect.stringContaining('1 of its targets drain') });
      expect(operations).toEqual([]);
    },
  );

  test('waits for no others', async () => {
    expect((await ended('unused', 'unhealthy')).operations).toEqual(['DeleteTargetGroup']);
    expect((await ended()).operations).toEqual(['DeleteTargetGroup']);
  });

  test('of one that is gone already is nothing', async () => {
    const { live } = await read();
    const gone = recordingAws({
      DescribeTargetHealth: awsError('TargetGroupNotFoundException'),
      DeleteTargetGroup: awsError('TargetGroupNotFoundException'),
    });
    await expect(TargetGroup.delete(gone.aws, live)).resolves.toBeUndefined();
  });
});
