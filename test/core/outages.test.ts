/** Reads that fail, policies that hold back, and how often a pass is asked for. */

import { built, conditionOf, graph, kinds, passes, toyOf } from './trio.ts';
import { isAtRest, type World, world } from './world.ts';

describe('an outage of reads', () => {
  it('changes nothing but what is said about the reads', async () => {
    const w = await built();
    const before = { status: w.tier.status, writes: w.cloud.writes.length };
    w.cloud.fault = ({ verb, type }) =>
      verb === 'observe' && type === 'toy.net' ? { refuse: 'InternalError' } : undefined;
    await passes(w, 3, 40);
    expect(w.cloud.writes).toHaveLength(before.writes);
    expect(conditionOf(w, 'Ready')).toEqual(before.status.conditions?.find(({ type }) => type === 'Ready'));
    expect(w.tier.status.resources).toEqual(before.status.resources);
    expect(conditionOf(w, 'Synced')).toMatchObject({ status: 'False', reason: 'ReconcileError' });
    expect(conditionOf(w, 'Reconciling')).toBeUndefined();
    expect(w.tier.status.plan?.summary).toBe('+0 ~0 -0');
    w.cloud.fault = () => undefined;
    await w.settle();
    const without = (status: World['tier']['status']) =>
      status.conditions?.map(({ lastTransitionTime: _, ...rest }) => rest);
    expect(without(w.tier.status)).toEqual(without(before.status));
  });

  it('by lack of permission stalls the tier and names the kind', async () => {
    const w = await built();
    w.cloud.fault = ({ verb, type }) =>
      verb === 'observe' && type === 'toy.net'
        ? { refuse: 'UnauthorizedOperation', message: 'not allowed to look' }
        : undefined;
    await w.pass();
    expect(conditionOf(w, 'Stalled')).toMatchObject({
      reason: 'AccessDenied',
      message: expect.stringContaining('toy.net'),
    });
  });

  it('holds up the end of what may carry something', async () => {
    const w = await built();
    w.beginDeletion();
    w.cloud.fault = ({ verb, type }) =>
      verb === 'observe' && type === 'toy.host' ? { refuse: 'InternalError' } : undefined;
    const writes = w.cloud.writes.length;
    await passes(w, 4, 10);
    expect(w.cloud.writes).toHaveLength(writes);
    expect(w.tier.status.plan?.steps?.some(({ reason }) => reason?.includes('could not be read'))).toBe(true);
    w.cloud.fault = () => undefined;
    expect((await w.settle()).gone).toBe(true);
  });
});

describe('policies', () => {
  it('paused and ObserveOnly plan and write nothing; deletion is stronger than both', async () => {
    const w = world({ kinds, graph: graph(), spec: { managementPolicy: 'ObserveOnly' } });
    await passes(w, 3, 300);
    expect(w.cloud.writes).toEqual([]);
    expect(w.tier.status.plan?.summary).toBe('+3 ~0 -0');
    expect(conditionOf(w, 'Reconciling')).toBeUndefined();
    w.respec({ managementPolicy: 'Full' });
    await w.settle();
    w.annotate({ 'scalingtier.dev/paused': 'true' });
    w.want(graph({ host: { color: 'green' } }));
    await passes(w, 3, 300);
    expect(toyOf(w, 'toy.host/main').spec.color).toBe('red');
    expect(conditionOf(w, 'Synced')).toMatchObject({ status: 'False', reason: 'Paused' });
    w.beginDeletion();
    expect((await w.settle()).gone).toBe(true);
  });

  it('force-orphan ends a deletion that cannot end by itself', async () => {
    const w = await built();
    w.beginDeletion();
    w.cloud.fault = ({ verb }) => (verb === 'delete' ? { refuse: 'UnauthorizedOperation' } : undefined);
    await passes(w, 3, 60);
    expect(conditionOf(w, 'Stalled')).toMatchObject({ reason: 'AccessDenied' });
    w.annotate({ 'scalingtier.dev/force-orphan': 'true' });
    expect((await w.pass())?.gone).toBe(true);
  });

  it('replaces a host once and keeps its disk, also when the wish is taken back in the middle', async () => {
    for (const mode of ['Correct', 'Report', 'Off'] as const) {
      const w = await built({ mode });
      const data = toyOf(w, 'toy.disk/data');
      w.want(graph({ host: { shape: 'flat' } }));
      for (let count = 0; count < 20 && w.cloud.alive().some(({ type }) => type === 'toy.host'); count += 1)
        await passes(w, 1, 1);
      w.want(graph());
      await w.settle();
      expect(toyOf(w, 'toy.host/main')).toMatchObject({ incarnation: 2, spec: { shape: 'round' } });
      expect(toyOf(w, 'toy.disk/data')).toBe(data);
      expect(w.cloud.violations).toEqual([]);
    }
  });
});

describe('what a pass costs', () => {
  it('paces itself: no pass is asked for before anything can have changed', async () => {
    const w = world({ kinds, graph: graph() });
    let count = 0;
    for (let verdict = await w.pass(); verdict && !isAtRest(verdict); verdict = await w.pass()) {
      w.cloud.clock += verdict.requeueAfter;
      count += 1;
    }
    expect(count).toBeLessThan(12);
    w.beginDeletion();
    count = 0;
    for (let verdict = await w.pass(); verdict && !verdict.gone; verdict = await w.pass()) {
      w.cloud.clock += verdict.requeueAfter;
      count += 1;
    }
    expect(count).toBeLessThan(15);
  });

  it('rests for as long as the spec says', async () => {
    const w = await built();
    expect((await w.pass())?.requeueAfter).toBe(300);
    w.respec({ driftPolicy: { intervalSeconds: 60 } });
    await w.settle();
    expect((await w.pass())?.requeueAfter).toBe(60);
  });

  it('does not hurry after a refusal, however short the rest is', async () => {
    const w = await built();
    w.respec({ driftPolicy: { intervalSeconds: 60 } });
    w.cloud.fault = ({ verb }) => (verb === 'update' ? { refuse: 'UnauthorizedOperation' } : undefined);
    w.want(graph({ host: { color: 'green' } }));
    expect((await w.pass())?.requeueAfter).toBe(60);
  });
});
