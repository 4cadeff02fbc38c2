/** The final copy of a volume. It has nothing that would keep its own data, so it is never deleted but retained. */
import {
  CreateSnapshotCommand,
  DeleteSnapshotCommand,
  type Snapshot as Description,
  paginateDescribeSnapshots,
} from '@aws-sdk/client-ec2';
import { resource } from '../../aws/driver.ts';
import type { Health, Owned } from '../../core/kind.ts';
import { claimed, gone, isOfKind, PAGE, readPages, retag, tagSpecification } from './tagging.ts';

export interface SnapshotSpec {
  readonly volumeId: string;
  readonly description: string;
}

export interface SnapshotAttributes {
  readonly snapshotId: string;
}

const TYPE = 'ec2.snapshot';

const PHASES: Readonly<Record<string, Health['phase']>> = { completed: 'ready', error: 'failed' };

/** Nothing of one that stands for another kind. */
function ownedOf(snapshot: Description): Owned<SnapshotSpec, SnapshotAttributes> | undefined {
  const { SnapshotId: snapshotId = '', State: state = 'pending', StateMessage: message } = snapshot;
  const claim = claimed(snapshot.Tags);
  if (!isOfKind(TYPE, claim)) return undefined;
  return {
    ...claim,
    id: snapshotId,
    spec: { volumeId: snapshot.VolumeId ?? null, description: snapshot.Description ?? null },
    attributes: { snapshotId },
    health: { state, phase: PHASES[state] ?? 'settling', ...(message ? { reason: message } : {}) },
  };
}

export const Snapshot = resource<SnapshotSpec, SnapshotAttributes>({
  type: TYPE,
  rules: { volumeId: 'replace', description: 'replace' },
  anonymous: true,
  stateful: true,
  settle: 15,

  observe(aws, scope) {
    return readPages(
      scope,
      'snapshot-id',
      // Without an owner AWS searches everybody's public snapshots too.
      (Filters) => paginateDescribeSnapshots({ client: aws.ec2, pageSize: PAGE }, { Filters, OwnerIds: ['self'] }),
      (page) => page.Snapshots?.flatMap((snapshot) => ownedOf(snapshot) ?? []),
    );
  },

  async create(aws, self, spec) {
    const { SnapshotId: snapshotId = '' } = await aws.ec2.send(
      new CreateSnapshotCommand({
        VolumeId: spec.volumeId,
        Description: spec.description,
        TagSpecifications: tagSpecification('snapshot', self),
      }),
    );
    return { id: snapshotId, attributes: { snapshotId } };
  },

  async update(aws, live, _spec, changes) {
    await retag(aws, live.id, changes);
  },

  async delete(aws, live) {
    await gone(aws.ec2.send(new DeleteSnapshotCommand({ SnapshotId: live.id })));
  },
});
