/** What is asked for the sake of building alone: not while a tier is only observed, and not of a tier that stands without its status knowing. */
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import type { Demand } from '../../src/core/demand.ts';
import { conditionOf, graph, kinds } from '../core/trio.ts';
import { type World, world } from '../core/world.ts';

const NETS: Demand = { sort: 'quota', quota: 'VPCs', count: 1, types: ['toy.net'] };

/** A world whose stage needs room for a net, in an account that may have so many. */
function worldOf(limit: { value: number }): World & { readonly asked: () => number } {
  const made = world({ kinds, graph: graph() });
  const { stages, sessions } = made.engine;
  let asked = 0;
  const serviceQuotas = Object.assign(new ServiceQuotasClient({ region: 'us-east-1' }), {
    send: async () => {
      asked += 1;
      return { Quota: { Value: limit.value } };
    },
  });
  const build = stages.SingleServer;
  const SingleServer: typeof build = Object.assign((...given: Parameters<typeof build>) => build(...given), {
    demands: () => [NETS],
  });
  Object.assign(made.engine, {
    stages: { ...stages, SingleServer },
    sessions: {
      ...sessions,
      open: async (request: Parameters<typeof sessions.open>[0]) => ({
        ...(await sessions.open(request)),
        serviceQuotas,
      }),
    },
  });
  return Object.assign(made, { asked: () => asked });
}

const stalledIn = (w: World) => {
  const found = conditionOf(w, 'Stalled');
  return found?.status === 'True' ? found.reason : undefined;
};

const EARLIER = { 'scalingtier.dev/adopt': 'true' };

describe('a tier that is only observed', () => {
  it.each<[string, (w: World, on: boolean) => void]>([
    ['by its policy', (w, on) => w.respec({ managementPolicy: on ? 'ObserveOnly' : 'Full' })],
    ['by an annotation', (w, on) => w.annotate(on ? { 'scalingtier.dev/paused': 'true' } : {})],
  ])('%s has a plan although nothing may be built; it is asked when that changes', async (_name, observe) => {
    const w = worldOf({ value: 0 });
    observe(w, true);
    await w.pass();
    expect(stalledIn(w)).toBeUndefined();
    expect(w.tier.status.plan?.text).toContain('toy.net/main');
    expect(w.asked()).toBe(0);
    observe(w, false);
    await w.pass();
    expect(stalledIn(w)).toBe('QuotaExceeded');
    expect(w.cloud.alive()).toEqual([]);
  });

  it('is not asked again what was answered before', async () => {
    const limit = { value: 1 };
    const w = worldOf(limit);
    await w.settle();
    limit.value = 0;
    w.annotate({ 'scalingtier.dev/paused': 'true' });
    await w.pass();
    w.annotate({});
    await w.settle();
    expect(w.asked()).toBe(1);
  });
});

describe('a tier that stands and lost its status, where the account is full', () => {
  const limits = async () => {
    const limit = { value: 1 };
    const w = worldOf(limit);
    await w.settle();
    limit.value = 0;
    return w;
  };

  it('as the same object finds what is its own', async () => {
    const w = await limits();
    const before = w.cloud.alive().map(({ id }) => id);
    w.reborn(w.tier.metadata.uid);
    await w.settle();
    expect(w.cloud.alive().map(({ id }) => id)).toEqual(before);
  });

  it('as another object is told to adopt, and adopts', async () => {
    const w = await limits();
    const before = w.cloud.alive().map(({ id }) => id);
    w.reborn('uid-2');
    await w.pass();
    expect(stalledIn(w)).toBe('OwnershipConflict');
    w.annotate(EARLIER);
    await w.settle();
    expect(w.cloud.alive().map(({ id }) => id)).toEqual(before);
  });

  it('is stopped when what it lacks is what there is no room for', async () => {
    const w = worldOf({ value: 0 });
    w.annotate(EARLIER);
    await w.pass();
    expect(stalledIn(w)).toBe('QuotaExceeded');
    expect(w.cloud.alive()).toEqual([]);
  });
});
