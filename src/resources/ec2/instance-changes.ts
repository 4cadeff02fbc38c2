/**
 * How a server that exists is brought to its spec. Each pass does what AWS allows in the state that was observed and leaves
 * the rest to the next one: another type needs it stopped, then changed, then started. It must not wait.
 */
import {
  AssociateIamInstanceProfileCommand,
  AttachVolumeCommand,
  DescribeIamInstanceProfileAssociationsCommand,
  DetachVolumeCommand,
  ModifyInstanceAttributeCommand,
  ModifyInstanceMetadataOptionsCommand,
  ModifyVolumeCommand,
  MonitorInstancesCommand,
  ReplaceIamInstanceProfileAssociationCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  UnmonitorInstancesCommand,
} from '@aws-sdk/client-ec2';
import type { Aws, Live } from '../../aws/driver.ts';
import { TAG } from '../../aws/ownership.ts';
import type { Change } from '../../core/kind.ts';
import { fieldsChanged } from '../tag-changes.ts';
import { type DataVolume, type InstanceAttributes, type InstanceSpec, USER_DATA_TAG } from './instance-spec.ts';
import { gone, retag } from './tagging.ts';

type LiveInstance = Live<InstanceSpec, InstanceAttributes>;
type Setter = (aws: Aws, live: LiveInstance, spec: InstanceSpec) => Promise<unknown>;

async function setProfile(aws: Aws, { id }: LiveInstance, { instanceProfileArn: Arn }: InstanceSpec): Promise<void> {
  const Filters = [{ Name: 'instance-id', Values: [id] }];
  const answer = await aws.ec2.send(new DescribeIamInstanceProfileAssociationsCommand({ Filters }));
  const current = answer.IamInstanceProfileAssociations?.find(
    ({ State }) => State === 'associated' || State === 'associating',
  );
  const IamInstanceProfile = { Arn };
  if (!current) await aws.ec2.send(new AssociateIamInstanceProfileCommand({ InstanceId: id, IamInstanceProfile }));
  else {
    const { AssociationId } = current;
    await aws.ec2.send(new ReplaceIamInstanceProfileAssociationCommand({ AssociationId, IamInstanceProfile }));
  }
}

const setImds: Setter = (aws, { id }, spec) =>
  aws.ec2.send(
    new ModifyInstanceMetadataOptionsCommand({
      InstanceId: id,
      HttpEndpoint: 'enabled',
      HttpTokens: spec.httpTokens,
      HttpPutResponseHopLimit: spec.imdsHopLimit,
    }),
  );

/** Changes that a running server does not notice. AWS takes one attribute in each call. */
const ONLINE: readonly (readonly [fields: readonly (keyof InstanceSpec)[], set: Setter])[] = [
  [
    ['securityGroupIds'],
    (aws, { id }, spec) =>
      aws.ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: id, Groups: [...spec.securityGroupIds] })),
  ],
  [['httpTokens', 'imdsHopLimit'], setImds],
  [['terminationProtection'], (aws, { id }, spec) => setProtection(aws, id, spec.terminationProtection)],
  [['instanceProfileArn'], setProfile],
  [
    ['monitoring'],
    (aws, { id }, { monitoring }) =>
      monitoring
        ? aws.ec2.send(new MonitorInstancesCommand({ InstanceIds: [id] }))
        : aws.ec2.send(new UnmonitorInstancesCommand({ InstanceIds: [id] })),
  ],
];

/** Switches protection against termination. */
export async function setProtection(aws: Aws, InstanceId: string, Value: boolean): Promise<void> {
  await aws.ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, DisableApiTermination: { Value } }));
}

/** Makes sure that the data volumes of a server outlive it. */
export async function keepDataVolumes(
  aws: Aws,
  id: string,
  volumes: Readonly<Record<string, DataVolume>>,
): Promise<void> {
  const BlockDeviceMappings = Object.entries(volumes)
    .filter(([, { deleteOnTermination }]) => deleteOnTermination)
    .map(([DeviceName]) => ({ DeviceName, Ebs: { DeleteOnTermination: false } }));
  if (BlockDeviceMappings.length === 0) return;
  await aws.ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: id, BlockDeviceMappings }));
}

async function retagAll(aws: Aws, live: LiveInstance, spec: InstanceSpec, changes: readonly Change[]): Promise<void> {
  if (!changes.some(({ path }) => path.startsWith('tags.'))) return;
  const ofDisk = changes.filter(
    (change) => ![TAG.role, TAG.incarnation, 'Name'].some((key) => change.path === `tags.${key}`),
  );
  // The disk first: as long as the server's own tags differ, a next pass does whatever of this was not done.
  if (live.attributes.rootVolumeId !== '') await retag(aws, live.attributes.rootVolumeId, ofDisk);
  // Taken off together with the others; nothing else remembers what it said.
  const path = `tags.${USER_DATA_TAG}`;
  const lost: readonly Change[] =
    live.spec.userDataHash === undefined ? [{ path, from: null, to: spec.userDataHash, impact: 'online' }] : [];
  await retag(aws, live.id, [...changes, ...lost]);
}

/** What must happen while the server is stopped: its type, and taking off a volume that stands where another belongs. */
async function changeStopped(
  aws: Aws,
  live: LiveInstance,
  spec: InstanceSpec,
  wrong: readonly DataVolume[],
): Promise<void> {
  if (live.spec.instanceType !== spec.instanceType) {
    const InstanceType = { Value: spec.instanceType };
    await aws.ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: live.id, InstanceType }));
  }
  for (const { volumeId: VolumeId } of wrong) {
    await gone(aws.ec2.send(new DetachVolumeCommand({ VolumeId, InstanceId: live.id })));
  }
}

async function attachMissing(aws: Aws, live: LiveInstance, spec: InstanceSpec): Promise<void> {
  for (const [Device, { volumeId: VolumeId }] of Object.entries(spec.dataVolumes)) {
    if (live.spec.dataVolumes?.[Device]) continue;
    await aws.ec2.send(new AttachVolumeCommand({ InstanceId: live.id, VolumeId, Device }));
  }
}

async function setRunning(aws: Aws, { id }: LiveInstance, { running }: InstanceSpec): Promise<void> {
  const InstanceIds = [id];
  if (running) await aws.ec2.send(new StartInstancesCommand({ InstanceIds }));
  else await aws.ec2.send(new StopInstancesCommand({ InstanceIds }));
}

/** Brings a server as far towards its spec as its state allows. */
export async function change(
  aws: Aws,
  live: LiveInstance,
  spec: InstanceSpec,
  changes: readonly Change[],
): Promise<void> {
  const fields = fieldsChanged(changes);
  await retagAll(aws, live, spec, changes);
  for (const [of, set] of ONLINE) if (of.some((field) => fields.has(field))) await set(aws, live, spec);
  if (fields.has('dataVolumes')) {
    const ours = Object.entries(live.spec.dataVolumes ?? {}).filter(([device]) => device in spec.dataVolumes);
    await keepDataVolumes(aws, live.id, Object.fromEntries(ours));
  }
  if (fields.has('rootVolumeSizeGiB') && live.attributes.rootVolumeId !== '') {
    await aws.ec2.send(
      new ModifyVolumeCommand({ VolumeId: live.attributes.rootVolumeId, Size: spec.rootVolumeSizeGiB }),
    );
  }

  const wrong = Object.entries(spec.dataVolumes).flatMap(([device, { volumeId }]) => {
    const there = live.spec.dataVolumes?.[device];
    return there && there.volumeId !== volumeId ? [there] : [];
  });
  if (fields.has('instanceType') || wrong.length > 0) {
    if (live.health.state === 'running') await aws.ec2.send(new StopInstancesCommand({ InstanceIds: [live.id] }));
    if (live.health.state === 'stopped') await changeStopped(aws, live, spec, wrong);
    return;
  }
  if (fields.has('dataVolumes')) await attachMissing(aws, live, spec);
  if (fields.has('running')) await setRunning(aws, live, spec);
}
