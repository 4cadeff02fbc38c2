/**
 * Configuration of buckets (S3 API reference, "Error responses": `OperationAborted`; User Guide, "Amazon S3 data consistency
 * model"): of two writes to one bucket at once the second is refused; reads of what was written lag behind it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isHidden } from '../births.ts';
import { type Answer, type Call, type Next, Refusal, type Step, succeeded, text } from '../call.ts';
import { compressed, now } from '../clock.ts';
import type { World } from '../world.ts';
import { beside } from './creation.ts';
import { owners } from './owners.ts';

/** AWS's seconds that a write of configuration takes. */
const SECONDS = 0.5;

const WRITES = /^(Put|Delete)(Bucket\w+|PublicAccessBlock)$/;

interface Old {
  readonly answer: Answer;
  readonly until: number;
}

const places = new WeakMap<World, Set<string>>();

/** Buckets that are being written to, whoever does. */
function busy(world: World): Set<string> {
  const known = places.get(world) ?? new Set<string>();
  places.set(world, known);
  return known;
}

const old = (world: World, call: Call): Map<string, Old> => world.memory(call).store<Old>('old bucket configuration');

const partOf = (call: Call): string => Object.keys(call.params).find((name) => name !== 'Bucket') ?? '';

async function written(world: World, call: Call, next: Next): Promise<Answer> {
  const bucket = text(call.params, 'Bucket') ?? '';
  const { lagSeconds, factor } = world.settings.of(call.account);
  if (busy(world).has(bucket)) {
    const message =
      'A conflicting conditional operation is currently in progress against this resource. Please try again.';
    throw new Refusal('OperationAborted', message, 409);
  }
  busy(world).add(bucket);
  try {
    const before = lagSeconds > 0 ? await next(beside(call, 'GET', partOf(call))) : undefined;
    await sleep(compressed(SECONDS, factor));
    const answer = await next(call);
    if (before && succeeded(answer))
      old(world, call).set(`${bucket}?${partOf(call)}`, { answer: before, until: now() + lagSeconds * 1000 });
    return answer;
  } finally {
    busy(world).delete(bucket);
  }
}

function lagging(world: World, call: Call): Answer | undefined {
  const found = old(world, call).get(`${text(call.params, 'Bucket')}?${partOf(call)}`);
  return found && now() < found.until ? found.answer : undefined;
}

/** A bucket that reads do not see yet is none to them; writes reach it. */
function refuseHidden(world: World, call: Call): void {
  const name = text(call.params, 'Bucket');
  if (!call.write && name !== undefined && isHidden(world, call, `s3:${name}`))
    throw new Refusal('NoSuchBucket', 'The specified bucket does not exist', 404);
}

/** The stand-in leaves the versions of a bucket out of what it holds. */
async function checkEmpty(call: Call, next: Next): Promise<void> {
  const answer = await next(beside(call, 'GET', 'versions&max-keys=1'));
  if (succeeded(answer) && /<(Version|DeleteMarker)>/.test(answer.body.toString()))
    throw new Refusal('BucketNotEmpty', 'The bucket you tried to delete is not empty', 409);
}

/** Reads and writes configuration, and ends buckets, as S3 does. */
export function configuration(world: World): Step {
  return async (call, next) => {
    refuseHidden(world, call);
    if (WRITES.test(call.operation)) return written(world, call, next);
    if (call.operation !== 'DeleteBucket') return lagging(world, call) ?? next(call);
    await checkEmpty(call, next);
    const answer = await next(call);
    if (succeeded(answer)) owners(world).delete(text(call.params, 'Bucket') ?? '');
    return answer;
  };
}
