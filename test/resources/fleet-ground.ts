/** What fleets stand on, built with the kinds themselves, and a look at what AWS has started for them. */
import {
  DescribeAutoScalingGroupsCommand,
  type AutoScalingGroup as Description,
  type Instance,
} from '@aws-sdk/client-auto-scaling';
import { CreateTargetGroupCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { AutoScalingGroup, type AutoScalingGroupSpec } from '../../src/resources/autoscaling/group.ts';
import { LaunchTemplate } from '../../src/resources/ec2/launch-template.ts';
import { listenerGround } from './elb-ground.ts';
import { anySubnet } from './ground.ts';
import { serverGround, templateGround, templateSpec } from './server-ground.ts';
import type { World } from './world.ts';

/** A launch template with two versions, and two subnets. */
export async function fleetGround(world: World) {
  const ground = await serverGround(world);
  const other = await anySubnet(world, ground.vpcId, 1);
  return { ...ground, otherSubnetId: other.subnetId };
}

export type FleetGround = Awaited<ReturnType<typeof fleetGround>>;

/** A load balancer's listener with two target groups, and what a fleet behind it stands on. */
export async function balancedGround(world: World) {
  const balancing = await listenerGround(world);
  const place = await templateGround(world);
  const { attributes } = await world.build(LaunchTemplate, 'ground', templateSpec(place));
  const [subnetId = '', otherSubnetId = ''] = balancing.subnetIds;
  return { ...balancing, ...place, ...attributes, subnetId, otherSubnetId };
}

/** Another version of the template: its number. */
export async function nextVersion(world: World, ground: FleetGround, hops: 2 | 3 = 2): Promise<string> {
  const spec = { ...templateSpec(ground), imdsHopLimit: hops };
  const { attributes } = await world.build(LaunchTemplate, 'ground', spec);
  return attributes.latestVersion;
}

/** A target group of nobody's. */
export async function anyTargetGroup(world: World, vpcId: string): Promise<string> {
  const Name = `tg-${world.owner.uid.slice(0, 8)}`;
  const { TargetGroups } = await world.aws.elb.send(
    new CreateTargetGroupCommand({ Name, VpcId: vpcId, Protocol: 'HTTP', Port: 8080, TargetType: 'instance' }),
  );
  return TargetGroups?.[0]?.TargetGroupArn ?? '';
}

/** What a group is made of, wherever that stands. */
type GroupGround = Pick<FleetGround, 'named' | 'subnetId' | 'launchTemplateId' | 'latestVersion'>;

/** A group on that ground. */
export function groupSpec(ground: GroupGround, name = 'fleet', minSize = 1): AutoScalingGroupSpec {
  return {
    name: ground.named(name),
    minSize,
    maxSize: 4,
    subnetIds: [ground.subnetId],
    launchTemplateId: ground.launchTemplateId,
    launchTemplateVersion: ground.latestVersion,
    healthCheckType: 'EC2',
    healthCheckGracePeriod: 300,
    defaultInstanceWarmup: 120,
    targetGroupArns: [],
    instanceMaintenancePolicy: { minHealthyPercentage: 100, maxHealthyPercentage: 120 },
    metrics: ['GroupInServiceInstances', 'GroupDesiredCapacity'],
    deletionProtection: 'prevent-force-deletion',
    instanceTags: { team: 'shop' },
  };
}

/** A group that stands. */
export async function anyGroup(world: World, ground: FleetGround, name: string, minSize = 1) {
  return world.build(AutoScalingGroup, name, groupSpec(ground, name, minSize));
}

/** A group as AWS shows it now. */
export async function shownGroup({ aws }: World, name: string): Promise<Description | undefined> {
  const answer = await aws.autoScaling.send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] }));
  return answer.AutoScalingGroups?.[0];
}

/** A group's instances as AWS shows them now. */
export async function instancesOf(world: World, name: string): Promise<readonly Instance[]> {
  return (await shownGroup(world, name))?.Instances ?? [];
}
