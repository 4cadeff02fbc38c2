/** Launch templates and their versions: deleted versions are not shown, and tags are those of now. */
import { branch, type Element, leaf, textAt } from '../../xml.ts';
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

/** Tags of templates that were tagged or untagged after their creation, by template id. */
export const templateTagsOf = ({ world, call }: Scene): Map<string, Map<string, string>> =>
  world.memory(call).store('template tags');

/** Shows the tags that a template has now. */
export const showTemplateTags: View = (scene, record) => {
  const tags = templateTagsOf(scene).get(textAt(record, 'launchTemplateId') ?? '');
  if (!tags) return 'same';
  const items = [...tags].map(([key, value]) => branch('item', [leaf('key', key), leaf('value', value)]));
  record.children = [...record.children.filter(({ name }) => name !== 'tagSet'), branch('tagSet', items)];
  return 'changed';
};
