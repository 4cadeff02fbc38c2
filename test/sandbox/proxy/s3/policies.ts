/**
 * Bucket policies (S3 User Guide, "Policies and permissions in Amazon S3"): a statement with a condition holds only where that
 * is met. The stand-in takes it to hold always, so that it is told of none; what is read is what was written. The way through
 * the proxy counts as one with TLS.
 */
import { type Answer, type Call, type Next, Refusal, type Step, succeeded, text } from '../call.ts';
import type { World } from '../world.ts';
import { beside } from './creation.ts';

interface Statement {
  readonly Condition?: unknown;
}

interface Policy {
  readonly Statement?: Statement | readonly Statement[];
}

const written = (world: World, call: Call): Map<string, string> => world.memory(call).store<string>('bucket policies');

const bucketOf = (call: Call): string => text(call.params, 'Bucket') ?? '';

const isPolicy = ({ path }: Call): boolean => new URLSearchParams(path.split('?')[1]).has('policy');

function statementsOf(document: string): readonly Statement[] {
  try {
    const { Statement } = JSON.parse(document) as Policy;
    if (Statement !== undefined) return [Statement].flat();
  } catch {
    // Refused below, as AWS does.
  }
  throw new Refusal('MalformedPolicy', 'Policies must be valid JSON and contain at least one statement.', 400);
}

function put(call: Call, next: Next): Promise<Answer> {
  const document = call.body.toString();
  const told = statementsOf(document).filter(({ Condition }) => Condition === undefined);
  const { trace } = call;
  if (told.length === 0) return next({ ...beside(call, 'DELETE', 'policy'), trace });
  const body = JSON.stringify({ ...(JSON.parse(document) as Policy), Statement: told });
  return next({ ...beside(call, 'PUT', 'policy', body), trace });
}

function shown(answer: Answer, document: string): Answer {
  return { ...answer, status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from(document) };
}

async function get(world: World, call: Call, next: Next): Promise<Answer> {
  const known = written(world, call).get(bucketOf(call));
  const answer = await next(call);
  const isGone = answer.body.toString().includes('NoSuchBucket<');
  return known === undefined || isGone ? answer : shown(answer, known);
}

async function set(world: World, call: Call, next: Next): Promise<Answer> {
  const answer = await put(call, next);
  if (succeeded(answer)) written(world, call).set(bucketOf(call), call.body.toString());
  return answer;
}

async function end(world: World, call: Call, next: Next): Promise<Answer> {
  const answer = await next(call);
  if (succeeded(answer)) written(world, call).delete(bucketOf(call));
  return answer;
}

/** Writes and reads policies as S3 does; with a bucket its policy goes. */
export function policies(world: World): Step {
  return async (call, next) => {
    if (call.operation === 'DeleteBucket') return end(world, call, next);
    if (!isPolicy(call)) return next(call);
    if (call.method === 'GET') return get(world, call, next);
    return (call.method === 'PUT' ? set : end)(world, call, next);
  };
}
