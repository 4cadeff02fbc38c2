/** Tags of groups (API reference of each action): each says whether new instances get it. */
import { type Params, structures, text } from '../call.ts';
import { type Group, type GroupTag, invalid, regionOf, type Scene } from './store.ts';

/** Tags of a call, with the key that each has. */
export function tagsIn(params: Params): readonly (readonly [string, GroupTag])[] {
  return structures(params, 'Tags').map((tag) => {
    const key = text(tag, 'Key') ?? '';
    if (key.startsWith('aws:')) throw invalid("Tag keys starting with 'aws:' are reserved for internal use");
    return [key, { value: text(tag, 'Value') ?? '', propagate: text(tag, 'PropagateAtLaunch') === 'true' }] as const;
  });
}

function tagged(scene: Scene, tag: Params): Group {
  const name = text(tag, 'ResourceId') ?? '';
  const group = regionOf(scene).groups.get(name);
  if (!group) throw invalid(`AutoScalingGroup name not found - ${name}`);
  return group;
}

/** CreateOrUpdateTags. */
export function createTags(scene: Scene) {
  const given = structures(scene.call.params, 'Tags');
  for (const [index, [key, tag]] of tagsIn(scene.call.params).entries())
    tagged(scene, given[index] ?? {}).tags.set(key, tag);
  return {};
}

/** DeleteTags. */
export function deleteTags(scene: Scene) {
  for (const tag of structures(scene.call.params, 'Tags')) tagged(scene, tag).tags.delete(text(tag, 'Key') ?? '');
  return {};
}
