/**
 * One server. Its data is on volumes that outlive it, so it can be replaced; what it is made of comes from a version of the
 * launch template. Its root volume carries our tags without a role: it is the server's, not a volume of its own.
 */
import { RunInstancesCommand, type Tag, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { type Identity, resource } from '../../aws/driver.ts';
import { TAG } from '../../aws/ownership.ts';
import { allOf } from '../../aws/pages.ts';
import { tagList } from '../tag-changes.ts';
import { change, keepDataVolumes, setProtection } from './instance-changes.ts';
import { readInstances } from './instance-reading.ts';
import { type InstanceAttributes, type InstanceSpec, USER_DATA_TAG } from './instance-spec.ts';
import { gone } from './tagging.ts';

export type { InstanceAttributes, InstanceSpec } from './instance-spec.ts';

const HOURS_PER_MONTH = 730;

function rootVolumeTags({ tags }: Identity): Tag[] {
  const { [TAG.role]: _role, [TAG.incarnation]: _incarnation, ...others } = tags;
  return tagList({ ...others, Name: `${tags.Name ?? ''} root` });
}

export const Instance = resource<InstanceSpec, InstanceAttributes>({
  type: 'ec2.instance',
  rules: {
    launchTemplateId: 'ignore',
    launchTemplateVersion: 'ignore',
    subnetId: 'replace',
    imageId: 'replace',
    instanceType: 'restart',
    userDataHash: 'replace',
    securityGroupIds: 'unordered',
    rootVolumeSizeGiB: 'growOnly',
  },
  settle: 3,
  replace: 'deleteFirst',
  cost: ({ instanceType, rootVolumeSizeGiB }) => [
    { rate: `ec2/${instanceType}`, quantity: HOURS_PER_MONTH },
    { rate: 'ebs/gp3-gb-month', quantity: rootVolumeSizeGiB },
  ],

  observe: readInstances,

  async create(aws, self, spec) {
    const { Instances } = await aws.ec2.send(
      new RunInstancesCommand({
        ClientToken: self.token,
        MinCount: 1,
        MaxCount: 1,
        LaunchTemplate: { LaunchTemplateId: spec.launchTemplateId, Version: spec.launchTemplateVersion },
        SubnetId: spec.subnetId,
        DisableApiTermination: spec.terminationProtection,
        InstanceInitiatedShutdownBehavior: 'stop',
        TagSpecifications: [
          { ResourceType: 'instance', Tags: tagList({ ...self.tags, [USER_DATA_TAG]: spec.userDataHash }) },
          { ResourceType: 'volume', Tags: rootVolumeTags(self) },
        ],
      }),
    );
    const made = Instances?.[0];
    const instanceId = made?.InstanceId ?? '';
    const zoneName = made?.Placement?.AvailabilityZone ?? '';
    return {
      id: instanceId,
      attributes: { instanceId, privateIp: made?.PrivateIpAddress ?? '', zoneName, rootVolumeId: '' },
    };
  },

  update: change,

  async delete(aws, live) {
    // What was observed may be old, and a data volume that has been set to go with the server since would be lost.
    const [now] = await allOf(readInstances(aws, { by: 'ids', ids: [live.id] }));
    if (now && now.health.phase !== 'deleting') {
      await keepDataVolumes(aws, live.id, now.spec.dataVolumes ?? {});
      await gone(setProtection(aws, live.id, false));
    }
    await gone(aws.ec2.send(new TerminateInstancesCommand({ InstanceIds: [live.id] })));
  },
});
