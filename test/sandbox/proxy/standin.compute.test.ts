/** The contract of the stand-in behind the proxy for servers: launches, templates, changes in place. By the real SDK. */
import {
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  DeleteLaunchTemplateVersionsCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeSecurityGroupsCommand,
  DescribeVolumesCommand,
  ModifyInstanceAttributeCommand,
  ModifyInstanceMetadataOptionsCommand,
  MonitorInstancesCommand,
  StopInstancesCommand,
  UnmonitorInstancesCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Account, type Aws, openAccount, openAws } from './account.ts';
import { image, makeNetwork, type Network, runServer, server } from './ground.ts';

let aws: Aws;
let account: Account;
let network: Network;

beforeAll(async () => {
  aws = await openAws();
  account = await openAccount(aws);
  network = await makeNetwork(account);
});

afterAll(() => aws.close());

test('a launch takes from the template what the request leaves out', async () => {
  const UserData = Buffer.from('#!/bin/sh').toString('base64');
  const { LaunchTemplate } = await account.ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: 'server',
      LaunchTemplateData: {
        ...{ ImageId: await image(account), InstanceType: 't4g.small', UserData, SecurityGroupIds: [network.groupId] },
        ...{ DisableApiTermination: true, InstanceInitiatedShutdownBehavior: 'stop', Monitoring: { Enabled: true } },
        MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 2 },
        BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 20, VolumeType: 'gp3', Encrypted: true } }],
        TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'from', Value: 'template' }] }],
      },
    }),
  );
  const { InstanceId = '' } = await runServer(account, network, {
    ...{ ImageId: undefined, InstanceType: undefined, SecurityGroupIds: undefined },
    LaunchTemplate: { LaunchTemplateId: LaunchTemplate?.LaunchTemplateId, Version: '1' },
    TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'of', Value: 'request' }] }],
  });
  const found = await server(account, InstanceId);
  expect(found).toMatchObject({
    ...{
      State: { Name: 'running' },
      InstanceType: 't4g.small',
      Monitoring: { State: 'enabled' },
      RootDeviceName: '/dev/xvda',
    },
    MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 2 },
    SecurityGroups: [{ GroupId: network.groupId }],
    BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { DeleteOnTermination: true } }],
  });
  expect(found.Tags).toContainEqual({ Key: 'from', Value: 'template' });
  expect(found.PublicIpAddress).toBeUndefined();
  const VolumeIds = [found.BlockDeviceMappings?.[0]?.Ebs?.VolumeId ?? ''];
  const { Volumes } = await account.ec2.send(new DescribeVolumesCommand({ VolumeIds }));
  expect(Volumes).toMatchObject([
    { Size: 20, VolumeType: 'gp3', Encrypted: true, Tags: [{ Key: 'of', Value: 'request' }] },
  ]);
  const attribute = async (Attribute: 'userData' | 'disableApiTermination' | 'instanceInitiatedShutdownBehavior') =>
    account.ec2.send(new DescribeInstanceAttributeCommand({ InstanceId, Attribute }));
  expect((await attribute('userData')).UserData?.Value).toBe(UserData);
  expect((await attribute('disableApiTermination')).DisableApiTermination?.Value).toBe(true);
  expect((await attribute('instanceInitiatedShutdownBehavior')).InstanceInitiatedShutdownBehavior?.Value).toBe('stop');
});

test("both architectures' images can be run", async () => {
  const { Architecture } = await runServer(account, network, {
    ImageId: await image(account, 'x86_64'),
    InstanceType: 't3.small',
  });
  expect(Architecture).toBe('x86_64');
});

test('an instance changes in place: groups, metadata options, monitoring, protection', async () => {
  const { InstanceId = '' } = await runServer(account, network, { MetadataOptions: { HttpTokens: 'required' } });
  const group =
    (
      await account.ec2.send(
        new DescribeSecurityGroupsCommand({
          Filters: [
            { Name: 'vpc-id', Values: [network.vpcId] },
            { Name: 'group-name', Values: ['default'] },
          ],
        }),
      )
    ).SecurityGroups?.[0]?.GroupId ?? '';
  await account.ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, Groups: [group] }));
  await account.ec2.send(new ModifyInstanceMetadataOptionsCommand({ InstanceId, HttpPutResponseHopLimit: 2 }));
  const monitored = await account.ec2.send(new MonitorInstancesCommand({ InstanceIds: [InstanceId] }));
  expect(monitored.InstanceMonitorings).toMatchObject([{ InstanceId, Monitoring: { State: 'pending' } }]);
  expect(await server(account, InstanceId)).toMatchObject({
    SecurityGroups: [{ GroupId: group }],
    NetworkInterfaces: [{ Groups: [{ GroupId: group }] }],
    MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 2, HttpEndpoint: 'enabled' },
    Monitoring: { State: 'enabled' },
  });
  await account.ec2.send(new UnmonitorInstancesCommand({ InstanceIds: [InstanceId] }));
  expect(await server(account, InstanceId)).toMatchObject({ Monitoring: { State: 'disabled' } });
  await account.ec2.send(new StopInstancesCommand({ InstanceIds: [InstanceId] }));
  await account.ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, UserData: { Value: Buffer.from('new') } }));
  const { UserData } = await account.ec2.send(
    new DescribeInstanceAttributeCommand({ InstanceId, Attribute: 'userData' }),
  );
  expect(Buffer.from(UserData?.Value ?? '', 'base64').toString()).toBe('new');
});

test('an instance is found by the client token that launched it', async () => {
  const { InstanceId } = await runServer(account, network, { ClientToken: 'by-token' });
  const find = async (token: string) =>
    (await account.ec2.send(new DescribeInstancesCommand({ Filters: [{ Name: 'client-token', Values: [token] }] })))
      .Reservations ?? [];
  expect((await find('by-token')).flatMap((one) => one.Instances ?? []).map((one) => one.InstanceId)).toEqual([
    InstanceId,
  ]);
  expect(await find('no-token')).toEqual([]);
});

test('versions of a template: latest of all templates in one call, deleted ones are gone', async () => {
  const made = await account.ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: 'versions',
      LaunchTemplateData: { InstanceType: 't4g.small' },
    }),
  );
  const LaunchTemplateId = made.LaunchTemplate?.LaunchTemplateId;
  await account.ec2.send(
    new CreateLaunchTemplateVersionCommand({ LaunchTemplateId, LaunchTemplateData: { InstanceType: 't4g.medium' } }),
  );
  await account.ec2.send(
    new CreateLaunchTemplateVersionCommand({ LaunchTemplateId, LaunchTemplateData: { InstanceType: 't4g.large' } }),
  );
  const { LaunchTemplateVersions = [] } = await account.ec2.send(
    new DescribeLaunchTemplateVersionsCommand({ Versions: ['$Latest'] }),
  );
  expect(LaunchTemplateVersions.find((one) => one.LaunchTemplateId === LaunchTemplateId)).toMatchObject({
    VersionNumber: 3,
  });
  const deleted = await account.ec2.send(
    new DeleteLaunchTemplateVersionsCommand({ LaunchTemplateId, Versions: ['1', '2', '9'] }),
  );
  expect(deleted.SuccessfullyDeletedLaunchTemplateVersions).toMatchObject([{ VersionNumber: 2 }]);
  expect(deleted.UnsuccessfullyDeletedLaunchTemplateVersions).toMatchObject([
    { VersionNumber: 1 },
    { VersionNumber: 9 },
  ]);
  const left = await account.ec2.send(new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId }));
  expect(left.LaunchTemplateVersions?.map((one) => one.VersionNumber)).toEqual([1, 3]);
});
