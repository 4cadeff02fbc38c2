/**
 * Volumes and snapshots (EBS User Guide): creating → available; attaching → attached; detaching → available;
 * modifying → optimizing → completed; snapshots pending, with progress, → completed. A volume of an instance that shuts
 * down stays in use until the instance is terminated.
 */
import { text } from '../../call.ts';
import { begin, progress, type Stage, stageLeft } from '../../lifecycle.ts';
import { child, copy, descend, type Element, itemsOf, leaf, setText, textAt } from '../../xml.ts';
import { type Transition, transition } from '../transition.ts';
import { look, type Scene } from '../view.ts';
import { attachmentOf, heldAttachments, holdOf, modificationOf } from '../views/storage.ts';

const CREATING: Stage = { state: 'creating', seconds: [1, 5] };
const ATTACHING: Stage = { state: 'attaching', seconds: [2, 6] };
const DETACHING: Stage = { state: 'detaching', seconds: [3, 10] };
const MODIFYING: readonly Stage[] = [
  { state: 'modifying', seconds: [5, 20] },
  { state: 'optimizing', seconds: [60, 180] },
];
const SNAPSHOT: Stage = { state: 'pending', seconds: [30, 120] };

function hold(scene: Scene, volume: Element, stage: Stage): void {
  const id = textAt(volume, 'volumeId') ?? '';
  const attachment = itemsOf(volume, 'attachmentSet')[0];
  if (!attachment) return;
  heldAttachments(scene).set(id, copy(attachment));
  begin(scene.world, scene.call, holdOf(id), [stage]);
}

/** Keeps volumes in use for as long as the instances that they are attached to shut down. */
export function holdVolumes(scene: Scene, volumes: readonly Element[]): void {
  for (const volume of volumes) {
    const instance = textAt(itemsOf(volume, 'attachmentSet')[0], 'instanceId') ?? '';
    if (progress(scene.world, scene.call, instance)?.state !== 'shutting-down') continue;
    const least = stageLeft(scene.world, scene.call, instance) / 1000;
    hold(scene, volume, { state: 'attached', seconds: [0, 0], least });
  }
}

function beginSnapshot({ world, call }: Scene, record: Element): void {
  begin(world, call, textAt(record, 'snapshotId') ?? '', [SNAPSHOT]);
  setText(record, 'status', 'pending');
  setText(record, 'progress', '0%');
}

/** Everything that sets volumes and snapshots in motion. */
export const storageTransitions: readonly Transition[] = [
  transition({
    operation: 'CreateVolume',
    after({ world, call }, answer) {
      begin(world, call, textAt(answer, 'volumeId') ?? '', [CREATING]);
      setText(answer, 'status', 'creating');
    },
  }),
  transition({
    operation: 'AttachVolume',
    after({ world, call }, answer) {
      begin(world, call, attachmentOf(text(call.params, 'VolumeId') ?? ''), [ATTACHING]);
      setText(answer, 'status', 'attaching');
    },
  }),
  transition({
    operation: 'DetachVolume',
    before: (scene) => look(scene, 'DescribeVolumes', { VolumeId: [text(scene.call.params, 'VolumeId')] }),
    after(scene, answer, volumes) {
      for (const volume of volumes) hold(scene, volume, DETACHING);
      setText(answer, 'status', 'detaching');
    },
  }),
  transition({
    operation: 'ModifyVolume',
    after({ world, call }, answer) {
      begin(world, call, modificationOf(text(call.params, 'VolumeId') ?? ''), MODIFYING);
      const record = child(answer, 'volumeModification');
      if (!record) return;
      setText(record, 'modificationState', 'modifying');
      setText(record, 'progress', '0');
      record.children = record.children.filter(({ name }) => name !== 'endTime');
    },
  }),
  transition({ operation: 'CreateSnapshot', after: beginSnapshot }),
  transition({
    operation: 'CreateSnapshots',
    after(scene, answer) {
      for (const item of descend(answer, 'snapshotSet')?.children ?? []) {
        beginSnapshot(scene, item);
        item.children = item.children.filter(({ name }) => name !== 'status');
        item.children.push(leaf('state', 'pending'));
      }
    },
  }),
];
