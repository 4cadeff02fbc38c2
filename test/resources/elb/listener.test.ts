/** Listeners as AWS echoes them, and what is said in one call because it cannot be said in two. */
import type { Certificate, Listener as Description } from '@aws-sdk/client-elastic-load-balancing-v2';
import { allOf } from '../../../src/aws/pages.ts';
import { diffSpec } from '../../../src/core/diff.ts';
import { redirect } from '../../../src/resources/elb/action.ts';
import { Listener, type ListenerSpec } from '../../../src/resources/elb/listener.ts';
import { recordingAws, self, tagsOf } from '../recording.ts';

const node = 'elb.listener/https';
const BALANCER = 'arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/st-web/0123456789abcdef';
const ARN = BALANCER.replace(':loadbalancer/', ':listener/').concat('/0123456789abcdef');
const POLICY = 'ELBSecurityPolicy-TLS13-1-2-2021-06';

const SPEC: ListenerSpec = {
  loadBalancerArn: BALANCER,
  port: 443,
  protocol: 'HTTPS',
  sslPolicy: POLICY,
  certificateArns: ['arn:one', 'arn:two'],
  defaultAction: { type: 'forward', targetGroupArn: 'arn:group' },
};

const PLAIN: ListenerSpec = {
  loadBalancerArn: BALANCER,
  port: 80,
  protocol: 'HTTP',
  certificateArns: [],
  defaultAction: SPEC.defaultAction,
};

const FORWARD = { Type: 'forward', TargetGroupArn: 'arn:group' } as const;

const secure: Description = {
  ListenerArn: ARN,
  LoadBalancerArn: BALANCER,
  Port: 443,
  Protocol: 'HTTPS',
  SslPolicy: POLICY,
  Certificates: [{ CertificateArn: 'arn:one' }],
  DefaultActions: [{ ...FORWARD, ForwardConfig: { TargetGroups: [{ TargetGroupArn: 'arn:group', Weight: 1 }] } }],
};

const plain: Description = {
  ListenerArn: ARN,
  LoadBalancerArn: BALANCER,
  Port: 80,
  Protocol: 'HTTP',
  DefaultActions: [FORWARD],
};

/** The default certificate is listed twice when it was also added. */
const CERTIFICATES: readonly Certificate[] = [
  { CertificateArn: 'arn:two', IsDefault: false },
  { CertificateArn: 'arn:one', IsDefault: true },
  { CertificateArn: 'arn:one', IsDefault: false },
];

async function read(shown: Description, Certificates: readonly Certificate[] = CERTIFICATES) {
  const fake = recordingAws({
    DescribeListeners: { Listeners: [shown] },
    DescribeListenerCertificates: { Certificates },
    DescribeTags: { TagDescriptions: [{ ResourceArn: ARN, Tags: tagsOf(node) }] },
  });
  const [seen] = await allOf(Listener.observe(fake.aws, { by: 'ids', ids: [ARN] }));
  if (!seen) throw new Error('the listener was not read');
  return { ...fake, live: { ...seen, self: self(node) } };
}

async function updated(shown: Description, wanted: ListenerSpec, given: readonly Certificate[] = CERTIFICATES) {
  const { aws, live, writes } = await read(shown, given);
  await Listener.update(aws, live, wanted, diffSpec(Listener, wanted, live));
  return writes().map(({ operation, input: { ListenerArn, ...said } }) => ({ operation, ...said }));
}

test('certificates are a set, in which the default one is once however often it is listed', async () => {
  const { live } = await read(secure);
  expect(live.spec.certificateArns).toHaveLength(2);
  expect(diffSpec(Listener, SPEC, live)).toEqual([]);
  const reversed: ListenerSpec = { ...SPEC, certificateArns: ['arn:two', 'arn:one'] };
  expect(diffSpec(Listener, reversed, live)).toEqual([]);
});

test('a plain listener has no policy and no certificates, and is not asked for any', async () => {
  const { live, asked } = await read(plain);
  expect(diffSpec(Listener, PLAIN, live)).toEqual([]);
  expect(asked.map(({ operation }) => operation)).not.toContain('DescribeListenerCertificates');
});

test('HTTP to HTTPS needs policy and certificate in the same call', async () => {
  const standard = [{ CertificateArn: 'arn:one', IsDefault: true }];
  expect(await updated(plain, SPEC, standard)).toEqual([
    {
      operation: 'ModifyListener',
      Protocol: 'HTTPS',
      Port: 443,
      SslPolicy: POLICY,
      Certificates: [{ CertificateArn: 'arn:one' }],
    },
    { operation: 'AddListenerCertificates', Certificates: [{ CertificateArn: 'arn:two' }] },
  ]);
});

test('HTTPS to HTTP drops policy and certificates by itself: neither is said', async () => {
  expect(await updated(secure, PLAIN)).toEqual([{ operation: 'ModifyListener', Protocol: 'HTTP', Port: 80 }]);
});

test('a default certificate that is wanted no more is replaced, not taken off', async () => {
  expect(await updated(secure, { ...SPEC, certificateArns: ['arn:two'] })).toContainEqual({
    operation: 'ModifyListener',
    Certificates: [{ CertificateArn: 'arn:two' }],
  });
});

test('an action is said alone', async () => {
  const defaultAction = redirect({ protocol: 'HTTPS', port: '443' });
  expect(await updated(plain, { ...PLAIN, defaultAction })).toEqual([
    { operation: 'ModifyListener', DefaultActions: [expect.objectContaining({ Type: 'redirect' })] },
  ]);
});

test('its tags are in the call that makes it', async () => {
  const { aws, callOf } = recordingAws({ CreateListener: { Listeners: [secure] } });
  expect(await Listener.create(aws, self(node), SPEC)).toMatchObject({ id: ARN, attributes: { port: '443' } });
  expect(callOf('CreateListener')).toMatchObject({ SslPolicy: POLICY, Tags: tagsOf(node) });
});
