/** What load balancers stand on, built with the kinds themselves, and the few calls that tests make past them. */
import { RemoveTagsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { UploadServerCertificateCommand } from '@aws-sdk/client-iam';
import { uniqueName } from '../../src/aws/ownership.ts';
import { Subnet } from '../../src/resources/ec2/subnet.ts';
import { fixedResponse } from '../../src/resources/elb/action.ts';
import { Listener, type ListenerSpec } from '../../src/resources/elb/listener.ts';
import { LoadBalancer, type LoadBalancerSpec } from '../../src/resources/elb/load-balancer.ts';
import { TARGET_GROUP_NAME, TargetGroup, type TargetGroupSpec } from '../../src/resources/elb/target-group.ts';
import { anySecurityGroup, anyVpc } from './ground.ts';
import type { World } from './world.ts';

/** An ARN in AWS's form. */
export const arnOf = (resource: string): string => `arn:aws:elasticloadbalancing:us-east-1:123456789012:${resource}`;

/** Takes every tag of ours off. */
export async function stripBalancingTags({ aws, identity }: World, arn: string): Promise<void> {
  const TagKeys = Object.keys(identity('elb.load-balancer/any').tags);
  await aws.elb.send(new RemoveTagsCommand({ ResourceArns: [arn], TagKeys }));
}

const ZONES = ['use1-az1', 'use1-az2', 'use1-az4'];

/** A VPC with subnets in three zones and two security groups. */
export async function balancingGround(world: World) {
  const { vpcId } = await anyVpc(world);
  const subnets = await Promise.all(
    ZONES.map((zoneId, index) =>
      world.build(Subnet, `zone-${index}`, {
        ...{ vpcId, zoneId, cidr: `10.42.${index}.0/24`, mapPublicIpOnLaunch: false },
      }),
    ),
  );
  const [group, other] = await Promise.all(['ground', 'other'].map((name) => anySecurityGroup(world, vpcId, name)));
  return {
    world,
    vpcId,
    subnetIds: subnets.map(({ id }) => id),
    groupId: group?.groupId ?? '',
    otherGroupId: other?.groupId ?? '',
  };
}

type Ground = Awaited<ReturnType<typeof balancingGround>>;

/** A load balancer's spec on that ground, in two of its zones. */
export function balancerSpec({ world, subnetIds, groupId }: Ground, suffix = 'alb'): LoadBalancerSpec {
  return {
    name: uniqueName(world.owner, suffix, 32),
    scheme: 'internal',
    subnetIds: subnetIds.slice(0, 2),
    securityGroupIds: [groupId],
    ipAddressType: 'ipv4',
    attributes: {
      'deletion_protection.enabled': 'true',
      'idle_timeout.timeout_seconds': '60',
      'routing.http.drop_invalid_header_fields.enabled': 'true',
    },
  };
}

/** A target group's spec on that ground. */
export function groupSpec({ world, vpcId }: Ground, suffix = 'web'): TargetGroupSpec {
  return {
    name: uniqueName(world.owner, suffix, TARGET_GROUP_NAME),
    port: 8080,
    protocol: 'HTTP',
    protocolVersion: 'HTTP1',
    vpcId,
    targetType: 'instance',
    healthCheck: {
      protocol: 'HTTP',
      path: '/healthz',
      port: 'traffic-port',
      intervalSeconds: 15,
      timeoutSeconds: 5,
      healthyThreshold: 2,
      unhealthyThreshold: 2,
      matcher: '200-299',
    },
    attributes: { 'deregistration_delay.timeout_seconds': '60', 'stickiness.enabled': 'false' },
  };
}

/** A load balancer with two target groups. */
export async function listenerGround(world: World) {
  const ground = await balancingGround(world);
  const [balancer, one, two] = await Promise.all([
    world.build(LoadBalancer, 'ground', balancerSpec(ground)),
    world.build(TargetGroup, 'one', groupSpec(ground, 'one')),
    world.build(TargetGroup, 'two', groupSpec(ground, 'two')),
  ]);
  return {
    ...ground,
    loadBalancerArn: balancer.attributes.loadBalancerArn,
    one: one.attributes.targetGroupArn,
    two: two.attributes.targetGroupArn,
  };
}

type ListenerGround = Awaited<ReturnType<typeof listenerGround>>;

/** A listener's spec on that ground. */
export const listenerSpec = ({ loadBalancerArn, one }: ListenerGround, port = 80): ListenerSpec => ({
  loadBalancerArn,
  port,
  protocol: 'HTTP',
  certificateArns: [],
  defaultAction: { type: 'forward', targetGroupArn: one },
});

/** A load balancer with a listener that answers by itself, for rules. */
export async function ruleGround(world: World) {
  const ground = await listenerGround(world);
  const spec = { ...listenerSpec(ground), defaultAction: fixedResponse({ statusCode: '404' }) };
  const { attributes } = await world.build(Listener, '80', spec);
  return { ...ground, ...attributes };
}

/** A certificate of the account; IAM looks at none of its parts here. */
export async function anyCertificate({ aws, owner }: World, name: string): Promise<string> {
  const { ServerCertificateMetadata } = await aws.iam.send(
    new UploadServerCertificateCommand({
      ServerCertificateName: `${name}-${owner.uid.slice(0, 8)}`,
      CertificateBody: 'certificate',
      PrivateKey: 'key',
    }),
  );
  return ServerCertificateMetadata?.Arn ?? '';
}
