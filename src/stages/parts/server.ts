/**
 * One server with its data volume and its fixed address. The volume and the address are nodes of their own, so that a new
 * server can take both over.
 */
import type { TierSpec } from '../../api/types.ts';
import { hashOf } from '../../core/canonical.ts';
import type { DataCopy, Facts } from '../../core/facts.ts';
import type { End, GraphBuilder, Handle } from '../../core/graph.ts';
import { around } from '../../core/ref.ts';
import { userDataAround } from '../../operations/first-boot/user-data.ts';
import { Address, type AddressAttributes } from '../../resources/ec2/address.ts';
import { Instance, type InstanceAttributes } from '../../resources/ec2/instance.ts';
import { SnapshotSchedule } from '../../resources/ec2/snapshot-schedule.ts';
import { Volume, type VolumeAttributes } from '../../resources/ec2/volume.ts';
import type { InstanceProfileAttributes } from '../../resources/iam/instance-profile.ts';
import type { Group } from './firewall.ts';
import type { Network } from './network.ts';
import { serverTemplate } from './server-template.ts';

/** Where the data volume is attached; Nitro shows it under another name and the first boot finds it by its id. */
const DATA_DEVICE = '/dev/sdf';

/** A server's nodes. */
export interface Server {
  readonly instance: Handle<InstanceAttributes>;
  readonly address: Handle<AddressAttributes>;
  readonly volume: Handle<VolumeAttributes>;
  /** The newest copy of the volume. */
  readonly dataCopy: DataCopy;
}

/** What a server stands on. */
export interface ServerBase {
  readonly net: Network;
  readonly group: Group;
  readonly profile: Handle<InstanceProfileAttributes>;
  /** What happens to the data in the end. */
  readonly dataEnd: End;
}

/** Adds the server. */
export function server(g: GraphBuilder, spec: TierSpec, facts: Facts, base: ServerBase): Server {
  const { compute, database } = spec;
  const { dataVolume, rootVolume, kmsKeyARN } = compute;
  const zone = facts.zones[0];
  const subnetId = base.net.publicSubnetIds[0];
  if (!zone || subnetId === undefined) throw new Error('place the server: the network has no zone');

  const volume = g.add(
    Volume,
    'data',
    {
      zoneName: zone.name,
      sizeGiB: dataVolume.sizeGiB,
      volumeType: dataVolume.type,
      encrypted: true,
      ...(dataVolume.iops === undefined ? {} : { iops: dataVolume.iops }),
      ...(dataVolume.throughput === undefined ? {} : { throughput: dataVolume.throughput }),
      ...(kmsKeyARN === undefined ? {} : { kmsKeyId: kmsKeyARN }),
    },
    { end: base.dataEnd },
  );
  const boot = {
    mountPath: dataVolume.mountPath,
    ...(facts.userData === undefined ? {} : { userData: facts.userData }),
  };
  const template = serverTemplate(g, spec, facts, {
    name: 'server',
    groupId: base.group.id,
    profile: base.profile,
    userData: around(volume.ref('volumeId'), userDataAround({ ...boot, deviceName: DATA_DEVICE })),
  });
  const instance = g.add(Instance, 'server', {
    launchTemplateId: template.ref('launchTemplateId'),
    launchTemplateVersion: template.ref('latestVersion'),
    subnetId,
    imageId: facts.image.id,
    instanceType: compute.instanceType,
    // What the user asked for, not what we put around it: an upgrade of the operator must not replace servers.
    userDataHash: hashOf(boot),
    securityGroupIds: [base.group.id],
    instanceProfileArn: base.profile.ref('profileArn'),
    imdsHopLimit: compute.imdsHopLimit,
    httpTokens: 'required',
    monitoring: true,
    terminationProtection: true,
    running: true,
    rootVolumeSizeGiB: rootVolume.sizeGiB,
    dataVolumes: { [DATA_DEVICE]: { volumeId: volume.ref('volumeId'), deleteOnTermination: false } },
  });
  const address = g.add(Address, 'server', { instanceId: instance.ref('instanceId') });
  const snapshots = g.add(
    SnapshotSchedule,
    'data',
    { volumeId: volume.ref('volumeId'), keep: database.onInstance.snapshots.keep, due: false },
    { end: base.dataEnd },
  );
  const dataCopy = {
    id: snapshots.ref('latestCompletedSnapshotId'),
    time: snapshots.ref('latestCompletedSnapshotTime'),
  };
  return { instance, address, volume, dataCopy };
}
