/**
 * Pages of IAM's lists (IAM API reference, `MaxItems`, `Marker`, `IsTruncated`), cut here where the stand-in answers with
 * everything.
 */
import { type Call, Refusal, type Step, succeeded, text } from '../call.ts';
import type { World } from '../world.ts';
import { descend, type Element, leaf, parseXml, setText, writeXml } from '../xml.ts';

/** The list of each paged call. */
const LISTS: Readonly<Record<string, string>> = {
  GetAccountAuthorizationDetails: 'RoleDetailList',
  ListInstanceProfiles: 'InstanceProfiles',
};

const DEFAULT_ITEMS = 100;

function startOf(call: Call): number {
  const marker = text(call.params, 'Marker');
  if (marker === undefined) return 0;
  if (!/^\d+$/.test(marker)) throw new Refusal('ValidationError', `Invalid Marker: ${marker}`);
  return Number(marker);
}

function cut(result: Element, list: Element, start: number, size: number): void {
  const end = start + size;
  const truncated = end < list.children.length;
  list.children = list.children.slice(start, end);
  setText(result, 'IsTruncated', String(truncated));
  result.children = result.children.filter(({ name }) => name !== 'Marker');
  if (truncated) result.children.push(leaf('Marker', String(end)));
}

/** Cuts pages. */
export function paging(world: World): Step {
  return async (call, next) => {
    const name = LISTS[call.operation];
    if (name === undefined) return next(call);
    const start = startOf(call);
    const asked = Number(text(call.params, 'MaxItems') ?? DEFAULT_ITEMS);
    const cap = world.settings.of(call.account).pageSize;
    const answer = await next(call);
    const root = succeeded(answer) ? parseXml(answer.body.toString()) : undefined;
    const result = descend(root, `${call.operation}Result`);
    const list = descend(result, name);
    if (!root || !result || !list) return answer;
    cut(result, list, start, cap > 0 ? Math.min(cap, asked) : asked);
    return { ...answer, body: Buffer.from(writeXml(root)) };
  };
}
