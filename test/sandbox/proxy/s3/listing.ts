/**
 * The list of buckets (S3 API reference, ListBuckets): those of the account, by prefix and region, page by page and each with
 * its region. The stand-in knows neither pages nor regions in its answer.
 */
import { isHidden } from '../births.ts';
import { type Call, Refusal, type Step, succeeded, text } from '../call.ts';
import type { World } from '../world.ts';
import { child, type Element, leaf, parseXml, setText, textAt, writeXml } from '../xml.ts';
import { owners } from './owners.ts';

const MOST = 10_000;

const nameOf = (bucket: Element): string => textAt(bucket, 'Name') ?? '';

function isWanted(world: World, call: Call, name: string): boolean {
  const region = text(call.params, 'bucket-region');
  const prefix = text(call.params, 'prefix') ?? '';
  const owned = owners(world).get(name);
  if (isHidden(world, call, `s3:${name}`) || !name.startsWith(prefix)) return false;
  return region === undefined || owned === undefined || owned.region === region;
}

function cut(world: World, call: Call, root: Element): void {
  const list = child(root, 'Buckets');
  if (!list) return;
  const token = text(call.params, 'continuation-token');
  const start = Number(token ?? 0);
  if (!Number.isInteger(start)) throw new Refusal('InvalidArgument', 'The continuation token is not valid.');
  const cap = world.settings.of(call.account).pageSize;
  const end = start + Math.min(Number(text(call.params, 'max-buckets') ?? MOST), cap > 0 ? cap : MOST);
  const all = list.children
    .filter((bucket) => isWanted(world, call, nameOf(bucket)))
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  list.children = all.slice(start, end);
  for (const bucket of list.children)
    setText(bucket, 'BucketRegion', owners(world).get(nameOf(bucket))?.region ?? call.region);
  if (end < all.length) root.children.push(leaf('ContinuationToken', String(end)));
}

/** Lists buckets as S3 does. */
export function listing(world: World): Step {
  return async (call, next) => {
    if (call.operation !== 'ListBuckets') return next(call);
    // Only here is it known what a list has left out.
    const answer = await next({ ...call, path: '/' });
    const root = succeeded(answer) ? parseXml(answer.body.toString()) : undefined;
    if (!root) return answer;
    cut(world, call, root);
    return { ...answer, body: Buffer.from(writeXml(root)) };
  };
}
