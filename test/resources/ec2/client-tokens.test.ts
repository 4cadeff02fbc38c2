/** The SDK makes up a new token for each call that takes one: a repeated call would make a second resource. Ours is said instead. */
import { LaunchTemplate, type LaunchTemplateSpec } from '../../../src/resources/ec2/launch-template.ts';
import { NatGateway } from '../../../src/resources/ec2/nat-gateway.ts';
import { recordingAws, self, tagsOf } from '../recording.ts';

const TEMPLATE: LaunchTemplateSpec = {
  name: 'st-web-00000000-server',
  imageId: 'ami-1',
  instanceType: 't4g.small',
  instanceProfileArn: 'arn:aws:iam::123456789012:instance-profile/p',
  securityGroupIds: ['sg-1'],
  imdsHopLimit: 1,
  rootVolume: { deviceName: '/dev/xvda', sizeGiB: 20, volumeType: 'gp3', encrypted: true, kmsKeyId: null },
  userData: '#!/bin/sh\n',
};

const GATEWAY = { subnetId: 'subnet-1', allocationId: 'eipalloc-1', connectivityType: 'public' } as const;

const gateway = async (incarnation: number) => {
  const { aws, callOf } = recordingAws();
  await NatGateway.create(aws, self('ec2.nat-gateway/a', incarnation), GATEWAY);
  return callOf('CreateNatGateway');
};

const template = async (incarnation: number) => {
  const { aws, callOf } = recordingAws();
  await LaunchTemplate.create(aws, self('ec2.launch-template/server', incarnation), TEMPLATE);
  return callOf('CreateLaunchTemplate');
};

test.each([
  ['ec2.nat-gateway/a', 'natgateway', gateway],
  ['ec2.launch-template/server', 'launch-template', template],
] as const)('%s is made with a token and tags of its own, in one call', async (node, ResourceType, made) => {
  expect(await made(1)).toMatchObject({
    ClientToken: self(node).token,
    TagSpecifications: [{ ResourceType, Tags: tagsOf(node) }],
  });
});

test.each([
  ['a NAT gateway', gateway],
  ['a launch template', template],
] as const)(
  'after the end of %s, its token would bring back the old one: the next has another',
  async (_what, made) => {
    const [first, again, next] = [await made(1), await made(1), await made(2)];
    expect(first?.ClientToken).toBe(again?.ClientToken);
    expect(first?.ClientToken).not.toBe(next?.ClientToken);
  },
);

describe('a version of a launch template', () => {
  const versionOf = async (userData: string, latestVersion: string) => {
    const { aws, callOf } = recordingAws({
      CreateLaunchTemplateVersion: { LaunchTemplateVersion: { VersionNumber: 4 } },
    });
    const live = {
      ...{ owner: undefined, node: undefined, incarnation: 1, id: 'lt-1', spec: {} },
      attributes: { launchTemplateId: 'lt-1', latestVersion },
      health: { state: 'active', phase: 'ready' as const },
      self: self('ec2.launch-template/server'),
    };
    const changes = [{ path: 'userData', from: '', to: '', impact: 'online' as const }];
    await LaunchTemplate.update(aws, live, { ...TEMPLATE, userData }, changes);
    return callOf('CreateLaunchTemplateVersion');
  };

  test('has the token of its content and of the version before it, whoever asks how often', async () => {
    const first = await versionOf('one', '3');
    expect(first?.ClientToken).toMatch(/^[0-9a-f]{64}$/);
    expect((await versionOf('one', '3'))?.ClientToken).toBe(first?.ClientToken);
    expect((await versionOf('two', '3'))?.ClientToken).not.toBe(first?.ClientToken);
    expect((await versionOf('one', '4'))?.ClientToken).not.toBe(first?.ClientToken);
  });

  test('pins the image by id, never by an alias that moves', async () => {
    expect((await versionOf('one', '3'))?.LaunchTemplateData).toMatchObject({ ImageId: 'ami-1' });
  });
});
