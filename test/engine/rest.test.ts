import fc from 'fast-check';
import { ANNOTATIONS } from '../../src/api/well-known.ts';
import type { Toy } from '../core/toy-cloud.ts';
import { built, fields, graph, kinds, passes, toyOf } from '../core/trio.ts';
import { type World, world } from '../core/world.ts';

const GRACE = 120;

/** A trio of which AWS has shown everything for longer than it owes us a sight. */
async function rested(): Promise<World> {
  const w = await built();
  w.cloud.clock += GRACE + 1;
  return w;
}

/** What the last pass left. */
async function stillOf(w: World): Promise<(() => Promise<boolean>) | undefined> {
  return (await w.pass())?.still;
}

/** The same, of a world that is known to be at rest. */
async function needStill(w: World): Promise<() => Promise<boolean>> {
  const still = await stillOf(w);
  if (!still) throw new Error('the tier is not at rest');
  return still;
}

const edit = (toy: Toy, change: Partial<Toy['spec']>): void => {
  toy.spec = { ...toy.spec, ...change };
};

/** What others do to a resource. */
const DEEDS: Readonly<Record<string, (toy: Toy, w: World) => void>> = {
  nothing: () => {},
  color: (toy) => edit(toy, { color: 'green' }),
  labels: (toy) => edit(toy, { labels: ['a'] }),
  order: (toy) => edit(toy, { labels: [...toy.spec.labels].reverse() }),
  nested: (toy) => edit(toy, { nested: { deep: 'y', maybe: null } }),
  tag: (toy) => {
    toy.tags = { ...toy.tags, theirs: 'yes' };
  },
  strip: (toy) => {
    toy.tags = {};
  },
  delete: (toy, { cloud }) => {
    // What others stand on cannot be deleted: hosts can.
    if (toy.type === 'toy.host') cloud.delete(toy.type, toy.id);
  },
  stranger: ({ type }, { cloud }) => {
    cloud.plant({ id: 'stranger', type, spec: { ...fields(), links: [] } });
  },
};

describe('a pass leaves a tier at rest', () => {
  it('when nothing is to do, and it stays so as long as nothing changes', async () => {
    const w = await rested();
    const still = await needStill(w);
    expect([await still(), await still()]).toEqual([true, true]);
  });

  it('not while it builds', async () => {
    const w = world({ kinds, graph: graph() });
    expect(await stillOf(w)).toBeUndefined();
  });

  it('not while AWS may still owe a sight of what was made', async () => {
    const w = await built();
    expect(await stillOf(w)).toBeUndefined();
    w.cloud.clock += GRACE + 1;
    expect(await stillOf(w)).toBeDefined();
  });

  it('not while something differs, tolerated or not', async () => {
    const w = await built({ mode: 'Report' });
    w.cloud.clock += GRACE + 1;
    toyOf(w, 'toy.host/main').spec = { ...toyOf(w, 'toy.host/main').spec, color: 'green' };
    await passes(w, 3, 40);
    expect(await stillOf(w)).toBeUndefined();
  });

  it('not when its status has to be written', async () => {
    const w = await rested();
    w.annotate({ [ANNOTATIONS.reconcileRequestedAt]: 'now' });
    expect(await stillOf(w)).toBeUndefined();
    expect(await stillOf(w)).toBeDefined();
  });

  it('not when the newest copy of its data is about to be too old', async () => {
    const w = await rested();
    const hoursAgo = (hours: number) => new Date(w.engine.now().getTime() - hours * 3_600_000).toISOString();
    w.want(graph(), { endpoints: {}, dataCopies: [{ id: 'copy-1', time: hoursAgo(23.5) }] });
    await w.pass();
    expect(await stillOf(w)).toBeUndefined();
    w.want(graph(), { endpoints: {}, dataCopies: [{ id: 'copy-1', time: hoursAgo(22) }] });
    await w.pass();
    expect(await stillOf(w)).toBeDefined();
  });
});

describe('a rest ends', () => {
  it('when everything is to be looked at deeply', async () => {
    const w = await rested();
    const still = await needStill(w);
    const memory = w.engine.memory.get(w.tier.metadata.uid);
    if (memory) memory.deepAt -= 2_000_000_000;
    expect(await still()).toBe(false);
  });

  it('when AWS cannot be read or entered', async () => {
    const w = await rested();
    const still = await needStill(w);
    const { fault } = w.cloud;
    w.cloud.fault = () => ({ refuse: 'UnauthorizedOperation' });
    expect(await still()).toBe(false);
    w.cloud.fault = fault;
    expect(await still()).toBe(true);
    Object.assign(w.engine.sessions, { open: () => Promise.reject(new Error('no way in')) });
    expect(await still()).toBe(false);
  });

  it('whenever a pass would do or say anything: it never hides what others did', async () => {
    const deed = fc.record({
      node: fc.constantFrom('toy.net/main', 'toy.disk/data', 'toy.host/main'),
      act: fc.constantFrom(...Object.keys(DEEDS)),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(deed, { maxLength: 3 }), async (deeds) => {
        const w = await rested();
        const still = await needStill(w);
        for (const { node, act } of deeds) {
          const toy = w.cloud.alive().find(({ tags }) => tags['scalingtier.dev/role'] === node);
          if (toy) DEEDS[act]?.(toy, w);
        }
        const rests = await still();
        const before = [w.statusWrites(), w.cloud.writes.length];
        await passes(w, 3, 40);
        if (rests) expect([w.statusWrites(), w.cloud.writes.length]).toEqual(before);
      }),
      { numRuns: 150 },
    );
  });
});
