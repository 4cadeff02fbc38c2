/** What AWS moves by itself: seen and said, no error before it takes too long, and never flapping. */
import { MOVE_SECONDS, movingNodes, placeOf } from '../../src/core/place.ts';
import { ownedOf, snapshotWith } from './samples.ts';
import { built, conditionOf, passes, toyOf } from './trio.ts';
import type { World } from './world.ts';

const NOW = new Date('2026-11-24T12:00:00Z');
const EARLIER = '2026-11-24T11:59:00.000Z';

const owned = (phase: 'ready' | 'settling' | 'warming' | 'failed' | 'deleting', place?: string) =>
  ownedOf({ id: 'box-1', health: { state: 'x', phase }, ...(place ? { place } : {}) });

describe('placeOf', () => {
  const served = { id: 'box-1', ready: true, place: 'a' };

  it.each([
    ['what has no place has none', owned('settling'), { id: 'box-1', ready: true }, {}],
    ['what serves is there', owned('ready', 'b'), { ...served, unreadySince: EARLIER }, { place: 'b' }],
    [
      'what served until now is out since now',
      owned('settling', 'a'),
      served,
      { place: 'a', unreadySince: NOW.toISOString() },
    ],
    [
      'and stays out since then',
      owned('warming', 'b'),
      { ...served, ready: false, unreadySince: EARLIER },
      { place: 'b', unreadySince: EARLIER },
    ],
    [
      'a reading without a place keeps the one that was known',
      owned('settling'),
      served,
      { place: 'a', unreadySince: NOW.toISOString() },
    ],
    ['what never served is not out of service', owned('settling', 'a'), { ...served, ready: false }, { place: 'a' }],
    ['what failed is not being moved', owned('failed', 'a'), served, { place: 'a' }],
    ['what goes is not being moved', owned('deleting', 'a'), served, { place: 'a' }],
    ['another resource has another history', owned('settling', 'a'), { ...served, id: 'box-0' }, { place: 'a' }],
  ])('%s', (_name, seen, before, expected) => {
    expect(placeOf(seen, before, NOW)).toEqual(expected);
  });
});

describe('movingNodes', () => {
  it('gives AWS its time and not a second more', () => {
    const snapshot = snapshotWith({ live: new Map([['toy.box/main', owned('settling', 'a')]]) });
    const before = { role: 'toy.box/main', type: 'toy.box', id: 'box-1', incarnation: 1, state: 'x', ready: false };
    const at = (seconds: number) =>
      movingNodes(
        snapshot,
        { observedGeneration: 1, resources: [{ ...before, place: 'a', unreadySince: EARLIER }] },
        new Date(Date.parse(EARLIER) + seconds * 1000),
      ).size;
    expect([at(0), at(MOVE_SECONDS - 1), at(MOVE_SECONDS)]).toEqual([1, 1, 0]);
  });
});

async function placed(): Promise<World> {
  const w = await built();
  toyOf(w, 'toy.host/main').place = 'zone-a';
  await w.pass();
  return w;
}

const moves = (w: World) => w.events.filter(({ reason }) => reason === 'FailoverObserved');

describe('a failover', () => {
  it('is an event, no drift, and the tier stays ready', async () => {
    const w = await placed();
    const [writes, transition] = [w.cloud.writes.length, conditionOf(w, 'Ready')?.lastTransitionTime];
    Object.assign(toyOf(w, 'toy.host/main'), { place: 'zone-b', movedUntil: w.cloud.clock + 120 });
    for (let passed = 0; passed < 20; passed += 1) {
      await w.pass();
      expect(conditionOf(w, 'Ready')).toMatchObject({ status: 'True', lastTransitionTime: transition });
      w.cloud.clock += 10;
    }
    expect(moves(w)).toEqual([
      {
        type: 'Normal',
        reason: 'FailoverObserved',
        action: 'Observe',
        message: 'AWS moved toy.host/main from zone-a to zone-b',
      },
    ]);
    expect(w.tier.status.drift).toBeUndefined();
    expect(w.cloud.writes.length).toBe(writes);
    expect(w.tier.status.resources?.find(({ role }) => role === 'toy.host/main')).toMatchObject({ place: 'zone-b' });
  });

  it('that takes too long is a warning, and the tier is degraded until it is over', async () => {
    const w = await placed();
    Object.assign(toyOf(w, 'toy.host/main'), { movedUntil: w.cloud.clock + 400 });
    await passes(w, 18, 10);
    expect(conditionOf(w, 'Ready')).toMatchObject({ status: 'True' });
    await passes(w, 4, 10);
    expect(conditionOf(w, 'Ready')).toMatchObject({ status: 'False', reason: 'Degraded' });
    expect(moves(w)).toMatchObject([
      { type: 'Warning', message: expect.stringContaining('toy.host/main (AWS says rebooting)') },
    ]);
    await passes(w, 30, 10);
    expect(conditionOf(w, 'Ready')).toMatchObject({ status: 'True' });
    expect(moves(w)).toHaveLength(1);
    expect(JSON.stringify(w.tier.status.resources)).not.toContain('unreadySince');
  });

  it('that a restart of the operator falls into is judged by when it began', async () => {
    const w = await placed();
    Object.assign(toyOf(w, 'toy.host/main'), { movedUntil: w.cloud.clock + 400 });
    await passes(w, 10, 10);
    w.engine.memory.clear();
    await passes(w, 12, 10);
    expect(conditionOf(w, 'Ready')).toMatchObject({ status: 'False', reason: 'Degraded' });
  });

  it('is not what happens to a resource that has no place: it is not ready at once', async () => {
    const w = await built();
    toyOf(w, 'toy.host/main').movedUntil = w.cloud.clock + 100;
    await w.pass();
    expect(conditionOf(w, 'Ready')).toMatchObject({ status: 'False', reason: 'Degraded' });
    expect(moves(w)).toEqual([]);
  });
});

describe('a resource that failed', () => {
  it('is named with the reason in the message of Ready, also when something is to be done about it', async () => {
    const w = await placed();
    const host = toyOf(w, 'toy.host/main');
    host.broken = true;
    await w.pass();
    expect(conditionOf(w, 'Ready')).toMatchObject({
      status: 'False',
      reason: 'Degraded',
      message: '2 of 3 resources are ready; failed: toy.host/main (it broke)',
    });
    host.tags = { ...host.tags, 'scalingtier.dev/role': 'toy.host/main', Name: 'other' };
    await w.pass();
    expect(conditionOf(w, 'Ready')?.message).toContain('failed: toy.host/main (it broke)');
  });
});
