/** Reads that fail, policies that hold back, and how often a pass is asked for. */

import { WrongAccount } from '../../src/aws/session.ts';
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

describe('an hour in which AWS throttles everything', () => {
  const HOUR = 3_600;
  /** Seconds between two passes that were throttled, and what each may ask. */
  const PACE = 10;
  const CALLS = 8;

  /** Passes at their own pace; answers with how many calls were refused. */
  async function throttled(w: World): Promise<number> {
    let calls = 0;
    w.cloud.fault = () => {
      calls += 1;
      return { refuse: 'RequestLimitExceeded' };
    };
    for (const end = w.cloud.clock + HOUR; w.cloud.clock < end; ) {
      const verdict = await w.pass();
      w.cloud.clock += verdict?.requeueAfter ?? PACE;
    }
    w.cloud.fault = () => undefined;
    return calls;
  }

  it('leaves what stands as it was said to be, and asks once in ten seconds', async () => {
    const w = await built();
    const { status } = w.tier;
    const writes = w.cloud.writes.length;
    const before = w.statusWrites();
    expect(await throttled(w)).toBeLessThanOrEqual((HOUR / PACE) * CALLS);
    expect(w.cloud.writes).toHaveLength(writes);
    expect(w.statusWrites() - before).toBeLessThanOrEqual(2);
    expect(w.tier.status.resources).toEqual(status.resources);
    expect(conditionOf(w, 'Synced')).toMatchObject({
      status: 'False',
      message: expect.stringContaining('RequestLimitExceeded'),
    });
    await w.settle();
    expect(w.cloud.writes).toHaveLength(writes);
    expect(conditionOf(w, 'Synced')).toMatchObject({ status: 'True' });
  });

  it('in the middle of a creation makes nothing twice', async () => {
    const w = world({ kinds, graph: graph() });
    await w.pass();
    expect(w.cloud.alive().length).toBeGreaterThan(0);
    expect(await throttled(w)).toBeLessThanOrEqual((HOUR / PACE) * CALLS);
    await w.settle();
    const nodes = w.cloud.alive().map(({ node }) => node);
    expect(nodes.toSorted()).toEqual([...new Set(nodes)].toSorted());
    expect(nodes).toEqual(expect.arrayContaining(['toy.net/main', 'toy.disk/data', 'toy.host/main']));
  });
});

describe('an account that cannot be entered', () => {
  it.each([
    ['its region answers nobody', 'ENOTFOUND', undefined, 'ENOTFOUND: no such host (spec.aws.region us-east-1)'],
    ['it lets nobody in', 'AccessDenied', 'AccessDenied', 'spec.aws: AccessDenied: no such host'],
  ])('because %s says which field that is about', async (_, code, stalled, message) => {
    const w = await built();
    w.engine.sessions.open = () => Promise.reject(Object.assign(new Error('no such host'), { name: code }));
    await passes(w, 1, 60);
    expect(conditionOf(w, 'Synced')).toMatchObject({ status: 'False', message });
    expect(conditionOf(w, 'Stalled')?.reason).toBe(stalled);
  });
});

describe('an account that is another one all at once', () => {
  it('stops everything, says so, and lets the tier go on when it is the old one again', async () => {
    const w = await built();
    const { status } = w.tier;
    const { open } = w.engine.sessions;
    w.engine.sessions.open = () =>
      Promise.reject(new WrongAccount('open account 123456789012: the credentials belong to account 210987654321'));
    w.want(graph({ host: { color: 'green' } }));
    const calls = w.cloud.writes.length;
    await passes(w, 3, 60);
    expect(w.cloud.writes).toHaveLength(calls);
    expect(conditionOf(w, 'Stalled')).toMatchObject({
      reason: 'AccessDenied',
      message: expect.stringContaining('belong to account 210987654321'),
    });
    expect(w.tier.status.resources).toEqual(status.resources);
    w.engine.sessions.open = open;
    await w.settle();
    expect(toyOf(w, 'toy.host/main').spec.color).toBe('green');
    expect(conditionOf(w, 'Stalled')).toBeUndefined();
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
