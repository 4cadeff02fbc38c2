/**
 * The data volume of a server: it outlives the instance that it is attached to. Attaching is the instance's business, and
 * growing the file system that of the software on it. It never shrinks.
 */
import {
  CreateVolumeCommand,
  DeleteVolumeCommand,
  type Volume as Description,
  type Filter,
  type VolumeModification as Modification,
  ModifyVolumeCommand,
  paginateDescribeVolumes,
  paginateDescribeVolumesModifications,
  type VolumeType,
} from '@aws-sdk/client-ec2';
import { type Aws, resource } from '../../aws/driver.ts';
import { allOf } from '../../aws/pages.ts';
import type { Charge, Health, Owned } from '../../core/kind.ts';
import { claimed, fieldsOf, gone, isOfKind, PAGE, readPages, retag, tagSpecification } from './tagging.ts';

export interface VolumeSpec {
  /** `us-east-1a`. */
  readonly zoneName: string;
  readonly sizeGiB: number;
  readonly volumeType: VolumeType;
  /** Without them: what AWS includes with the type. */
  readonly iops?: number;
  /** MiB per second. */
  readonly throughput?: number;
  readonly encrypted: boolean;
  /** ARN, as AWS returns it; without it: the account's default key. */
  readonly kmsKeyId?: string;
}

export interface VolumeAttributes {
  readonly volumeId: string;
  readonly zoneName: string;
}

const TYPE = 'ec2.volume';

/** Included in the price of a gp3 volume. */
const BASELINE = { iops: 3000, throughput: 125 };

const PHASES: Readonly<Record<string, Health['phase']>> = {
  available: 'ready',
  'in-use': 'ready',
  error: 'failed',
  deleting: 'deleting',
};

function charges({
  volumeType,
  sizeGiB,
  iops = BASELINE.iops,
  throughput = BASELINE.throughput,
}: VolumeSpec): readonly Charge[] {
  const size = { rate: `ebs/${volumeType}-gb-month`, quantity: sizeGiB };
  if (volumeType !== 'gp3') return [size];
  return [
    size,
    { rate: 'ebs/gp3-iops-month', quantity: Math.max(0, iops - BASELINE.iops) },
    { rate: 'ebs/gp3-mbps-month', quantity: Math.max(0, throughput - BASELINE.throughput) },
  ].filter(({ quantity }) => quantity > 0);
}

/** Modifications that AWS has accepted and not finished, by volume: until then the volume itself shows the old values. */
async function pendingModifications(aws: Aws, ids: readonly string[]): Promise<ReadonlyMap<string, Modification>> {
  const pages = (Filters: Filter[]) =>
    paginateDescribeVolumesModifications(
      { client: aws.ec2, pageSize: PAGE },
      { Filters: [...Filters, { Name: 'modification-state', Values: ['modifying', 'optimizing'] }] },
    );
  const found = await allOf(readPages({ by: 'ids', ids }, 'volume-id', pages, (page) => page.VolumesModifications));
  return new Map(found.map((modification) => [modification.VolumeId ?? '', modification]));
}

/** Nothing of one that is gone or stands for another kind. */
function ownedOf(
  volume: Description,
  target: Modification | undefined,
): Owned<VolumeSpec, VolumeAttributes> | undefined {
  const { VolumeId: volumeId = '', AvailabilityZone: zoneName = '' } = volume;
  const state: string = volume.State ?? 'creating';
  const claim = claimed(volume.Tags);
  if (state === 'deleted' || !isOfKind(TYPE, claim)) return undefined;
  return {
    ...claim,
    id: volumeId,
    spec: {
      zoneName,
      sizeGiB: target?.TargetSize ?? volume.Size ?? null,
      volumeType: target?.TargetVolumeType ?? volume.VolumeType ?? null,
      iops: target?.TargetIops ?? volume.Iops ?? null,
      throughput: target?.TargetThroughput ?? volume.Throughput ?? null,
      encrypted: volume.Encrypted ?? false,
      kmsKeyId: volume.KmsKeyId ?? null,
    },
    attributes: { volumeId, zoneName },
    health: { state, phase: PHASES[state] ?? 'settling' },
  };
}

export const Volume = resource<VolumeSpec, VolumeAttributes>({
  type: TYPE,
  rules: { zoneName: 'replace', sizeGiB: 'growOnly', encrypted: 'replace', kmsKeyId: 'replace' },
  stateful: true,
  keeper: {
    type: 'ec2.snapshot',
    specOf: ({ volumeId }) => ({ volumeId, description: `final copy of ${String(volumeId)}` }),
  },
  cost: charges,

  observe(aws, scope) {
    return readPages(
      scope,
      'volume-id',
      (Filters) => paginateDescribeVolumes({ client: aws.ec2, pageSize: PAGE }, { Filters }),
      async ({ Volumes = [] }) => {
        const ids = Volumes.flatMap(({ VolumeId }) => VolumeId ?? []);
        const pending = await pendingModifications(aws, ids);
        return Volumes.flatMap((volume) => ownedOf(volume, pending.get(volume.VolumeId ?? '')) ?? []);
      },
    );
  },

  async create(aws, self, spec) {
    const made = await aws.ec2.send(
      new CreateVolumeCommand({
        AvailabilityZone: spec.zoneName,
        Size: spec.sizeGiB,
        VolumeType: spec.volumeType,
        Iops: spec.iops,
        Throughput: spec.throughput,
        Encrypted: spec.encrypted,
        KmsKeyId: spec.kmsKeyId,
        ClientToken: self.token,
        TagSpecifications: tagSpecification('volume', self),
      }),
    );
    const { VolumeId: volumeId = '', AvailabilityZone: zoneName = spec.zoneName } = made;
    return { id: volumeId, attributes: { volumeId, zoneName } };
  },

  // Only what differs is sent: the size that was asked may be less than the volume has.
  async update(aws, live, spec, changes) {
    await retag(aws, live.id, changes);
    const fields = new Set(fieldsOf(changes));
    if (fields.size === 0) return;
    await aws.ec2.send(
      new ModifyVolumeCommand({
        VolumeId: live.id,
        Size: fields.has('sizeGiB') ? spec.sizeGiB : undefined,
        VolumeType: fields.has('volumeType') ? spec.volumeType : undefined,
        Iops: fields.has('iops') ? spec.iops : undefined,
        Throughput: fields.has('throughput') ? spec.throughput : undefined,
      }),
    );
  },

  async delete(aws, live) {
    await gone(aws.ec2.send(new DeleteVolumeCommand({ VolumeId: live.id })));
  },
});
