/** A load balancer as AWS echoes it, and what is said to it: lists that are replaced whole, attributes that are texts. */
import type { LoadBalancer as Description } from '@aws-sdk/client-elastic-load-balancing-v2';
import { allOf } from '../../../src/aws/pages.ts';
import { diffSpec } from '../../../src/core/diff.ts';
import { LoadBalancer, type LoadBalancerSpec } from '../../../src/resources/elb/load-balancer.ts';
import { awsError, recordingAws, self, tagsOf } from '../recording.ts';

const node = 'elb.load-balancer/main';
const ARN =
  'arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/st-web-00000000-main/0123456789abcdef';

const SPEC: LoadBalancerSpec = {
  name: 'st-web-00000000-main',
  scheme: 'internet-facing',
  subnetIds: ['subnet-a', 'subnet-b'],
  securityGroupIds: ['sg-1', 'sg-2'],
  ipAddressType: 'ipv4',
  attributes: { 'deletion_protection.enabled': 'true', 'idle_timeout.timeout_seconds': '60' },
};

const shown: Description = {
  LoadBalancerArn: ARN,
  LoadBalancerName: SPEC.name,
  DNSName: 'ST-Web-00000000-Main-1.us-east-1.elb.amazonaws.com',
  CanonicalHostedZoneId: 'Z1',
  Scheme: 'internet-facing',
  IpAddressType: 'ipv4',
  State: { Code: 'active' },
  AvailabilityZones: [
    { ZoneName: 'us-east-1b', SubnetId: 'subnet-b', LoadBalancerAddresses: [] },
    { ZoneName: 'us-east-1a', SubnetId: 'subnet-a', LoadBalancerAddresses: [] },
  ],
  SecurityGroups: ['sg-2', 'sg-1'],
};

const ATTRIBUTES = [
  { Key: 'deletion_protection.enabled', Value: 'True' },
  { Key: 'idle_timeout.timeout_seconds', Value: '60' },
  { Key: 'routing.http2.enabled', Value: 'false' },
];

async function read(other: Partial<Description> = {}, Attributes = ATTRIBUTES) {
  const fake = recordingAws({
    DescribeLoadBalancers: { LoadBalancers: [{ ...shown, ...other }] },
    DescribeLoadBalancerAttributes: { Attributes },
    DescribeTags: {
      TagDescriptions: [{ ResourceArn: ARN, Tags: tagsOf(node, { 'aws:cloudformation:stack-id': '1' }) }],
    },
  });
  const [seen] = await allOf(LoadBalancer.observe(fake.aws, { by: 'ids', ids: [ARN] }));
  if (!seen) throw new Error('the load balancer was not read');
  return { ...fake, live: { ...seen, self: self(node) } };
}

async function differences(other: Partial<Description>, wanted: Partial<LoadBalancerSpec> = {}, given = ATTRIBUTES) {
  const { live } = await read(other, given);
  return diffSpec(LoadBalancer, { ...SPEC, ...wanted }, live).map(({ path, impact }) => `${path} ${impact}`);
}

test('subnets and security groups are sets, whatever order AWS answers in', async () => {
  expect(await differences({})).toEqual([]);
  expect(await differences({ SecurityGroups: ['sg-1'] })).toEqual(['securityGroupIds online']);
  expect(await differences({}, { subnetIds: ['subnet-a', 'subnet-c'] })).toEqual(['subnetIds online']);
});

test('attributes are texts, and those that nobody named are no difference', async () => {
  const given = [{ Key: 'deletion_protection.enabled', Value: 'false' }, ...ATTRIBUTES.slice(1)];
  expect(await differences({}, {}, given)).toEqual(['attributes.deletion_protection.enabled online']);
});

test("AWS's own tags are none of a load balancer's", async () => {
  expect((await read()).live.tags).toEqual(self(node).tags);
});

test('the case in which AWS writes a DNS name says nothing', async () => {
  expect((await read()).live.attributes.dnsName).toBe('st-web-00000000-main-1.us-east-1.elb.amazonaws.com');
});

test('SetSubnets and SetSecurityGroups replace whole lists: all that is wanted is said, not what is new alone', async () => {
  const { aws, live, writes } = await read({ SecurityGroups: ['sg-1'] });
  const wanted: LoadBalancerSpec = { ...SPEC, subnetIds: ['subnet-a', 'subnet-b', 'subnet-c'] };
  await LoadBalancer.update(aws, live, wanted, diffSpec(LoadBalancer, wanted, live));
  expect(writes()).toEqual([
    { operation: 'SetSecurityGroups', input: { LoadBalancerArn: ARN, SecurityGroups: ['sg-1', 'sg-2'] } },
    { operation: 'SetSubnets', input: { LoadBalancerArn: ARN, Subnets: ['subnet-a', 'subnet-b', 'subnet-c'] } },
  ]);
});

test.each([
  ['provisioning', 'warming'],
  ['active', 'ready'],
  ['active_impaired', 'ready'],
  ['failed', 'failed'],
] as const)('one that is %s is %s', async (Code, phase) => {
  expect((await read({ State: { Code } })).live.health).toMatchObject({ state: Code, phase });
});

test('its tags are in the call that makes it, and no refusal of its attributes loses it', async () => {
  const { aws, callOf } = recordingAws({
    CreateLoadBalancer: { LoadBalancers: [shown] },
    ModifyLoadBalancerAttributes: awsError('LoadBalancerNotFoundException'),
  });
  expect(await LoadBalancer.create(aws, self(node), SPEC)).toMatchObject({ id: ARN });
  expect(callOf('CreateLoadBalancer')).toMatchObject({ Name: SPEC.name, Type: 'application', Tags: tagsOf(node) });
});

test('protection goes before the load balancer does', async () => {
  const { aws, live, writes } = await read();
  await LoadBalancer.delete(aws, live);
  expect(writes()).toEqual([
    {
      operation: 'ModifyLoadBalancerAttributes',
      input: { LoadBalancerArn: ARN, Attributes: [{ Key: 'deletion_protection.enabled', Value: 'false' }] },
    },
    { operation: 'DeleteLoadBalancer', input: { LoadBalancerArn: ARN } },
  ]);
});
