/** What a server stands on, built with the kinds themselves. */
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { uniqueName } from '../../src/aws/ownership.ts';
import { LaunchTemplate } from '../../src/resources/ec2/launch-template.ts';
import { Volume } from '../../src/resources/ec2/volume.ts';
import { InstanceProfile } from '../../src/resources/iam/instance-profile.ts';
import { Role } from '../../src/resources/iam/role.ts';
import { anySecurityGroup, anySubnet, anyVpc } from './ground.ts';
import type { World } from './world.ts';

export const SSM_CORE = 'arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore';

/** Lets EC2 take a role on. */
export const TRUST_EC2 = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
};

/** A policy of one statement. */
export function policyAllowing(Action: string) {
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] };
}

/** A role for servers. */
export async function anyRole(world: World, name: string) {
  const { attributes } = await world.build(Role, name, {
    region: 'us-east-1',
    trustPolicy: TRUST_EC2,
    managedPolicyArns: [SSM_CORE],
    inlinePolicy: policyAllowing('ssm:GetParameter'),
    permissionsBoundaryArn: null,
  });
  return attributes;
}

/** An instance profile with a role of its own. */
export async function anyProfile(world: World, name: string) {
  const { roleName } = await anyRole(world, name);
  const { attributes } = await world.build(InstanceProfile, name, { region: 'us-east-1', roleName });
  return attributes;
}

/** Amazon Linux for arm64, the image that a tier gets when it asks for none. */
export async function anyImage({ aws }: World): Promise<string> {
  const Name = '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64';
  const { Parameter } = await aws.ssm.send(new GetParameterCommand({ Name }));
  return Parameter?.Value ?? '';
}

async function groups(world: World) {
  const { vpcId } = await anyVpc(world);
  const [group, other] = await Promise.all(['ground', 'other'].map((name) => anySecurityGroup(world, vpcId, name)));
  return { vpcId, groupId: group?.groupId ?? '', otherGroupId: other?.groupId ?? '' };
}

/** One after the other: the stand-in trips over lists that are read while they grow. */
async function profiles(world: World) {
  return [await anyProfile(world, 'ground'), await anyProfile(world, 'other')] as const;
}

/** What a launch template refers to. Built at once where nothing waits for another, since every case builds it. */
export async function templateGround(world: World) {
  const [imageId, [profile, other], network] = await Promise.all([anyImage(world), profiles(world), groups(world)]);
  return {
    ...network,
    named: (suffix: string) => uniqueName(world.owner, suffix, 128),
    imageId,
    profileArn: profile.profileArn,
    otherProfileArn: other.profileArn,
  };
}

type TemplateGround = Awaited<ReturnType<typeof templateGround>>;

/** A launch template's spec on that ground. */
export function templateSpec({ named, imageId, profileArn, groupId }: TemplateGround, name = 'ground') {
  return {
    name: named(name),
    imageId,
    instanceType: 't4g.small',
    instanceProfileArn: profileArn,
    securityGroupIds: [groupId],
    imdsHopLimit: 1,
    rootVolume: { deviceName: '/dev/xvda', sizeGiB: 20, volumeType: 'gp3', encrypted: true, kmsKeyId: null },
    userData: '#!/bin/sh\necho "grüß dich" > /etc/motd\n',
  } as const;
}

/** What an instance refers to. */
export async function serverGround(world: World) {
  const ground = await templateGround(world);
  const [{ subnetId, zoneName }, { attributes }] = await Promise.all([
    anySubnet(world, ground.vpcId),
    world.build(LaunchTemplate, 'ground', templateSpec(ground)),
  ]);
  return { ...ground, ...attributes, subnetId, zoneName };
}

/** A volume where a server can have it. */
export async function volumeIn(world: World, zoneName: string, name = 'ground') {
  const spec = { zoneName, sizeGiB: 10, volumeType: 'gp3', encrypted: true } as const;
  const { attributes } = await world.build(Volume, name, spec);
  return attributes;
}
