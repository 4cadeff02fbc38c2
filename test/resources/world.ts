/**
 * The world of one test: a tier of its own in an account, and the few moves by which a test gets a resource built. It goes
 * about it as the engine does, in passes of look, compare, act; it must not know any kind.
 */

import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { AnyResource, Aws, Identity, Live, Resource } from '../../src/aws/driver.ts';
import { classify } from '../../src/aws/errors.ts';
import { identify } from '../../src/aws/ownership.ts';
import { allOf } from '../../src/aws/pages.ts';
import { diffSpec, diffTags } from '../../src/core/diff.ts';
import type { Change, Owned, Owner } from '../../src/core/kind.ts';
import type { NodeId } from '../../src/core/ref.ts';
import type { Session } from './aws.ts';

/** What a test has to itself, but for the account. */
export interface World {
  readonly aws: Aws;
  /** The only address of AWS, for whoever wants to cause faults. */
  readonly endpoint: string;
  readonly owner: Required<Owner>;
  /** Who a node of this tier is to be. */
  identity(node: NodeId, incarnation?: number): Identity;
  /** Builds one node of this tier until it is as asked and ready, and answers how it stands. */
  build<S extends object, A extends object>(resource: Resource<S, A>, name: string, spec: S): Promise<Live<S, A>>;
}

const LIMIT = 120_000;
/** Milliseconds between two looks: what takes long is looked at less and less often, because looking is most of the work of all tests. */
const PAUSES = { first: 80, growth: 1.2, longest: 500 } as const;

/** Answers with a function that waits a little, each time a little longer. */
function pauses(): () => Promise<void> {
  let next: number = PAUSES.first;
  return async () => {
    await pause(next);
    next = Math.min(PAUSES.longest, next * PAUSES.growth);
  };
}

/** Errors that pass by themselves while a fresh resource settles. */
const PASSING: ReadonlySet<string> = new Set(['busy', 'propagating', 'notFound', 'throttled', 'waiting']);

/** What differs between what is asked and what was observed, tags included. */
export function differences<S extends object, A extends object>(
  resource: Resource<S, A>,
  spec: S,
  live: Live<S, A>,
): readonly Change[] {
  return [...diffSpec(resource, spec, live), ...diffTags(live.self.tags, live.tags, [])];
}

/** All of a kind that AWS holds for a tier. */
export function observeTier<S extends object, A extends object>(
  aws: Aws,
  resource: Resource<S, A>,
  owner: Owner,
): Promise<readonly Owned<S, A>[]> {
  return allOf(resource.observe(aws, { by: 'tiers', owners: [owner] }));
}

/** The one resource that a node has, or `undefined`; more than one is an error. */
export async function find<S extends object, A extends object>(
  aws: Aws,
  resource: Resource<S, A>,
  self: Identity,
): Promise<Live<S, A> | undefined> {
  const found = await observeTier(aws, resource, self.owner);
  const own = found.filter(
    ({ node, owner }) => node === self.node && (owner?.uid ?? self.owner.uid) === self.owner.uid,
  );
  if (own.length > 1) throw new Error(`find ${self.node}: there are ${own.map(({ id }) => id).join(', ')}`);
  return own[0] && { ...own[0], self };
}

async function updateWhenPossible(
  aws: Aws,
  resource: AnyResource,
  live: Live<object, object>,
  spec: object,
): Promise<void> {
  const changes = differences(resource, spec, live);
  const replaced = changes.filter((change) => change.impact === 'replace').map((change) => change.path);
  if (replaced.length > 0) throw new Error(`build ${live.self.node}: ${replaced.join(', ')} would need a replacement`);
  try {
    await resource.update(aws, live, spec, changes);
  } catch (error) {
    if (!PASSING.has(classify(error).class)) throw error;
  }
}

/** Passes of look, compare and act until nothing differs and the resource is ready. */
export async function converge<S extends object, A extends object>(
  aws: Aws,
  resource: Resource<S, A>,
  self: Identity,
  spec: S,
): Promise<Live<S, A>> {
  const end = performance.now() + LIMIT;
  const rest = pauses();
  let asked = false;
  let last = 'nothing was seen';
  while (performance.now() < end) {
    const live = await find(aws, resource, self);
    if (live === undefined && !asked) {
      await resource.create(aws, self, spec);
      asked = true;
      continue;
    }
    if (live) {
      const changes = differences(resource, spec, live);
      last = `${live.health.state}, ${JSON.stringify(changes)}`;
      if (changes.length === 0 && live.health.phase === 'ready') return live;
      if (changes.length > 0 && live.health.phase !== 'settling') await updateWhenPossible(aws, resource, live, spec);
    }
    await rest();
  }
  throw new Error(`build ${self.node}: not as asked after ${LIMIT / 1000} s: ${last}`);
}

/** Looks until a condition holds; the error says what for. */
export async function eventually<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  const end = performance.now() + LIMIT;
  const rest = pauses();
  while (performance.now() < end) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    await rest();
  }
  throw new Error(`wait for ${what}: not seen after ${LIMIT / 1000} s`);
}

/** Deletes a resource and waits until AWS shows it no more; what still depends on it gets its time. */
export async function deleteFully<S extends object, A extends object>(
  aws: Aws,
  resource: Resource<S, A>,
  live: Live<S, A>,
): Promise<void> {
  await eventually(`the end of ${live.id}`, async () => {
    try {
      await resource.delete(aws, live);
    } catch (error) {
      if (!PASSING.has(classify(error).class)) throw error;
    }
    const left = await allOf(resource.observe(aws, { by: 'ids', ids: [live.id] }));
    return left.length === 0;
  });
}

/** Opens a world: a tier of its own, with an installation of its own, in an account that other worlds may use too. */
export function openWorld({ aws, endpoint }: Session): World {
  const unique = randomUUID();
  const owner = { cluster: `test-${unique.slice(0, 8)}`, namespace: 'shop', name: 'web', uid: unique };
  const identity: World['identity'] = (node, incarnation = 1) => identify(owner, node, incarnation, { team: 'shop' });
  return {
    aws,
    endpoint,
    owner,
    identity,
    build: (resource, name, spec) => converge(aws, resource, identity(`${resource.type}/${name}`), spec),
  };
}
