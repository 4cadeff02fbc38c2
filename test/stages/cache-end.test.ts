/** The last word about a cache: what the deletion policy says when it goes counts, not what it said when the cache was made. */
import type { Action } from '../../src/core/action.ts';
import type { NodeId } from '../../src/core/ref.ts';
import { changed, serverless } from './balanced.ts';
import { converged, graphOf, planOf, type StagedTier } from './tiers.ts';

type Input = Parameters<typeof changed>[0];
const SERVERLESS: Input = serverless.spec.cache ? { cache: serverless.spec.cache } : {};

const tierWith = (cache: 'Delete' | 'Snapshot', more: Input): StagedTier =>
  changed({ ...more, deletionPolicy: { default: 'Delete', database: 'Snapshot', cache } });

/** What is done about a cache when all that stands on it is gone, and another policy held before. */
function lastWord(before: StagedTier, now: StagedTier, cache: NodeId): Action | undefined {
  const { snapshot, recorded } = converged(before);
  const above = new Set<NodeId>([cache]);
  for (const { id, needs } of graphOf(now).values()) if (needs.some((need) => above.has(need))) above.add(id);
  const live = new Map([...snapshot.live].filter(([id]) => id === cache || !above.has(id)));
  const { actions } = planOf(now, { snapshot: { ...snapshot, live }, recorded }, { deleting: true });
  return actions.find(({ node }) => node === cache);
}

describe.each<[NodeId, Input]>([
  ['elasticache.replication-group/main', {}],
  ['elasticache.serverless-cache/main', SERVERLESS],
])('%s', (cache, more) => {
  const kept = tierWith('Snapshot', more);
  const lost = tierWith('Delete', more);
  const name = expect.stringMatching(/^st-shop-\w+-cache$/);

  it.each([
    ['that was made to leave nothing is told to leave a snapshot', lost, kept, { from: null, to: name }],
    ['that was made to leave a snapshot is told to leave none', kept, lost, { from: name, to: null }],
  ])('%s before it goes', (_what, before, now, change) => {
    expect(lastWord(before, now, cache)).toMatchObject({
      type: 'update',
      changes: [{ path: 'finalSnapshotName', ...change }],
    });
  });

  it.each([
    ['Snapshot', kept],
    ['Delete', lost],
  ])('simply goes when %s was said all along', (_policy, tier) => {
    const action = lastWord(tier, tier, cache);
    expect([action?.type, action?.waitsFor]).toEqual(['delete', undefined]);
  });
});
