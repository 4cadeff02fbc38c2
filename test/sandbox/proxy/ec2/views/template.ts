/** Versions of launch templates: deleted ones are not shown. */
import { type Element, textAt } from '../../xml.ts';
import type { Scene, View } from '../view.ts';

/** Versions that were deleted, by `versionKey`. */
export const deletedVersions = ({ world, call }: Scene): Map<string, true> =>
  world.memory(call).store('deleted template versions');

/** What identifies a version. */
export const versionKey = (record: Element): string =>
  `${textAt(record, 'launchTemplateId')}/${textAt(record, 'versionNumber')}`;

/** Shows versions that were not deleted. */
export const showTemplateVersion: View = (scene, record) =>
  deletedVersions(scene).has(versionKey(record)) ? 'hidden' : 'same';
