/**
 * Tags of launch templates: the stand-in keeps showing those of the creation, whatever CreateTags and DeleteTags did since
 * (API reference: both act on launch templates as on every other resource). Later tags are kept here and shown instead.
 */
import { type Call, type Params, type Step, structures, succeeded, text, texts } from '../call.ts';
import type { World } from '../world.ts';
import type { Collection } from './collections.ts';
import { tagsOf } from './records.ts';
import { look } from './view.ts';
import { templateTagsOf } from './views/template.ts';

/** Whether tag filters on this collection must be answered here. */
export function retagged(world: World, call: Call, { operation }: Collection): boolean {
  return operation === 'DescribeLaunchTemplates' && templateTagsOf({ world, call }).size > 0;
}

function change(tags: Map<string, string>, operation: string, tag: Params): void {
  const key = text(tag, 'Key') ?? '';
  if (operation === 'CreateTags') tags.set(key, text(tag, 'Value') ?? '');
  else tags.delete(key);
}

/** Follows CreateTags and DeleteTags. */
export function templateTags(world: World): Step {
  return async (call, next) => {
    const answer = await next(call);
    if (!/^(Create|Delete)Tags$/.test(call.operation) || !succeeded(answer)) return answer;
    for (const id of texts(call.params, 'ResourceId').filter((one) => one.startsWith('lt-'))) {
      const [record] = await look({ world, call }, 'DescribeLaunchTemplates', { LaunchTemplateId: [id] });
      const tags = new Map(record ? tagsOf(record) : []);
      const given = structures(call.params, 'Tag');
      if (call.operation === 'DeleteTags' && given.length === 0) tags.clear();
      for (const tag of given) change(tags, call.operation, tag);
      templateTagsOf({ world, call }).set(id, tags);
    }
    return answer;
  };
}
