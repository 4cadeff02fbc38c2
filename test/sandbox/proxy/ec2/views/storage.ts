/** Volumes, their modifications and snapshots as AWS shows them while they change. */
import { progress } from '../../lifecycle.ts';
import { branch, copy, type Element, itemsOf, setText, textAt } from '../../xml.ts';
import type { Scene, View } from '../view.ts';

/** The course of a volume's attachment. */
export const attachmentOf = (volume: string): string => `${volume}/attachment`;

/** The course of an attachment that the stand-in has ended and AWS has not. */
export const holdOf = (volume: string): string => `${volume}/held`;

/** The course of a volume's latest modification. */
export const modificationOf = (volume: string): string => `${volume}/modification`;

/** Attachments that are held, by volume. */
export const heldAttachments = ({ world, call }: Scene): Map<string, Element> =>
  world.memory(call).store('held attachments');

function showHold(scene: Scene, record: Element, id: string): boolean {
  const hold = progress(scene.world, scene.call, holdOf(id));
  const attachment = heldAttachments(scene).get(id);
  if (!hold || !attachment) return false;
  setText(record, 'status', 'in-use');
  const item = copy(attachment);
  setText(item, 'status', hold.state);
  record.children = record.children.filter(({ name }) => name !== 'attachmentSet');
  record.children.push(branch('attachmentSet', [item]));
  return true;
}

/** Shows a volume's state and its attachments. */
export const showVolume: View = (scene, record) => {
  const { world, call } = scene;
  const id = textAt(record, 'volumeId') ?? '';
  const creating = progress(world, call, id);
  if (creating) {
    setText(record, 'status', creating.state);
    return 'changed';
  }
  if (showHold(scene, record, id)) return 'changed';
  const attaching = progress(world, call, attachmentOf(id));
  const items = itemsOf(record, 'attachmentSet');
  if (!attaching || items.length === 0) return 'same';
  for (const item of items) setText(item, 'status', attaching.state);
  return 'changed';
};

/** Shows how far a modification is. */
export const showModification: View = ({ world, call }, record) => {
  const at = progress(world, call, modificationOf(textAt(record, 'volumeId') ?? ''));
  if (!at) return 'same';
  setText(record, 'modificationState', at.state);
  setText(record, 'progress', String(at.state === 'modifying' ? 0 : Math.floor(at.share * 99)));
  record.children = record.children.filter(({ name }) => name !== 'endTime');
  return 'changed';
};

/** Shows how far a snapshot is. */
export const showSnapshot: View = ({ world, call }, record) => {
  const at = progress(world, call, textAt(record, 'snapshotId') ?? '');
  if (!at) return 'same';
  setText(record, 'status', at.state);
  setText(record, 'progress', `${Math.floor(at.share * 99)}%`);
  return 'changed';
};
