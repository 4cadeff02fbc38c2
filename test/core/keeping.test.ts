import fc from 'fast-check';
import { ANNOTATIONS } from '../../src/api/well-known.ts';
import { type Graph, graphBuilder } from '../../src/core/graph.ts';
import { keepCopy } from '../../src/core/keeping.ts';
import type { Kind } from '../../src/core/kind.ts';
import { RETAINED_TAG } from '../../src/core/names.ts';
import { COPY, changedNodes, graphOf, kindsOf, type NodeDraw, RUNS, type WorldDraw, worldDraw } from './draw.ts';
import { ownedOf, policyOf, snapshotWith } from './samples.ts';
import type { Toy, ToyCloud } from './toy-cloud.ts';
import { toyKind } from './toy-kinds.ts';
import { built, conditionOf, DISK, fields, graph, NET, passes, toyOf } from './trio.ts';
import { type PassFate, type World, world } from './world.ts';

const copies = (w: World): readonly Toy[] => w.cloud.alive().filter(({ type }) => type === COPY.type);

/** What was missing when what needs a copy first was changed. */
function watchChanges(w: World): string[] {
  const complaints: string[] = [];
  const keeping = new Set(w.engine.resources.flatMap(({ type, keepBefore }) => (keepBefore ? [type] : [])));
  w.cloud.beforeUpdate = ({ id, type, node, spec }, { mode }) => {
    if (!keeping.has(type) || mode === undefined || mode === spec.mode) return;
    const copy = copies(w).find((other) => other.spec.color === id && other.node?.includes('-before-'));
    if (!copy || copy.readyAt > w.cloud.clock) complaints.push(`${node} was changed without a finished copy`);
    const { resources = [], retained = [] } = w.tier.status;
    if (![...resources, ...retained].some((entry) => entry.role === copy?.node && entry.id === copy?.id))
      complaints.push(`${node} was changed before the id of its copy was in status`);
  };
  return complaints;
}

describe('a change that needs a copy first', () => {
  it('is made after the copy, which stays in AWS and is listed', async () => {
    const w = await built();
    const complaints = watchChanges(w);
    w.want(graph({ disk: { mode: 'slow' } }));
    await w.settle();
    await passes(w, 4, 60);
    expect(complaints).toEqual([]);
    expect(toyOf(w, 'toy.disk/data').spec.mode).toBe('slow');
    const [copy, ...others] = copies(w);
    expect(others).toEqual([]);
    expect(copy?.node).toMatch(/^toy\.copy\/data-before-[0-9a-f]{8}$/);
    expect(copy?.tags[RETAINED_TAG]).toBe('true');
    expect(w.tier.status.retained).toEqual([{ role: copy?.node, id: copy?.id }]);
  });

  it('has one copy for each state that it leaves, and other changes need none', async () => {
    const w = await built();
    for (const disk of [{ mode: 'slow' }, { mode: 'slow', color: 'green' }, { mode: 'slower', color: 'green' }]) {
      w.want(graph({ disk }));
      await w.settle();
    }
    expect(new Set(copies(w).map(({ node }) => node)).size).toBe(2);
    expect(copies(w)).toHaveLength(2);
  });

  it('is not prepared for before it is approved', async () => {
    const w = await built();
    w.respec({ approval: { required: 'Disruptive' } });
    await w.settle();
    w.want(graph({ disk: { mode: 'slow' } }));
    await passes(w, 4, 60);
    expect([copies(w), conditionOf(w, 'UpToDate')?.reason]).toEqual([[], 'AwaitingApproval']);
    w.annotate({ [ANNOTATIONS.approvePlan]: w.tier.status.plan?.hash ?? '' });
    await w.settle();
    expect(copies(w)).toHaveLength(1);
  });

  it('is not prepared for before what it stands on has been replaced', async () => {
    const ground = { ...NET, replace: 'createFirst' } as const;
    const onNet = (shape: string, mode: string): Graph => {
      const g = graphBuilder();
      const net = g.add(toyKind({} as ToyCloud, ground), 'main', {
        ...fields({ shape }),
        links: [] as readonly string[],
      });
      g.add(
        toyKind({} as ToyCloud, DISK),
        'data',
        { ...fields({ mode }), links: [net.ref('toyId')] },
        { end: 'Snapshot' },
      );
      return g.build();
    };
    const w = world({
      kinds: (cloud) => [ground, DISK, COPY].map((shape) => toyKind(cloud, shape)),
      graph: onNet('round', 'fast'),
    });
    await w.settle();
    const complaints = watchChanges(w);
    w.want(onNet('flat', 'slow'));
    await w.pass();
    expect(copies(w)).toEqual([]);
    await w.settle();
    expect(toyOf(w, 'toy.disk/data').spec.mode).toBe('slow');
    expect([complaints, copies(w).length]).toEqual([[], 1]);
  });

  it('is held back when the copy fails, until that copy is deleted', async () => {
    const w = await built();
    w.want(graph({ disk: { mode: 'slow' } }));
    await w.pass();
    const [copy] = copies(w);
    if (!copy) throw new Error('no copy was made');
    copy.broken = true;
    await passes(w, 6, 10);
    expect(toyOf(w, 'toy.disk/data').spec.mode).toBe('fast');
    expect(w.tier.status.plan?.text).toContain(`the copy ${copy.id} failed (it broke)`);
    w.cloud.delete(copy.type, copy.id);
    w.cloud.clock += 200;
    await w.settle();
    expect(toyOf(w, 'toy.disk/data').spec.mode).toBe('slow');
  });

  it('that is taken back and asked for again waits for the copy that was begun', async () => {
    const w = await built();
    const complaints = watchChanges(w);
    w.want(graph({ disk: { mode: 'slow' } }));
    await w.pass();
    const [copy] = copies(w);
    if (!copy) throw new Error('no copy was made');
    Object.assign(copy, { readyAt: w.cloud.clock + 600 });
    w.want(graph());
    // This cloud takes no tags of what it still makes; AWS does.
    copy.tags = { ...copy.tags, [RETAINED_TAG]: 'true' };
    await passes(w, 3, 3);
    expect(w.tier.status.retained).toEqual([{ role: copy.node, id: copy.id }]);
    w.want(graph({ disk: { mode: 'slow' } }));
    await passes(w, 10, 3);
    expect(toyOf(w, 'toy.disk/data').spec.mode).toBe('fast');
    w.cloud.clock += 600;
    await w.settle();
    expect(toyOf(w, 'toy.disk/data').spec.mode).toBe('slow');
    expect(complaints).toEqual([]);
    expect(copies(w)).toEqual([copy]);
  });

  it('has a copy of its own for each approval: what was copied long ago is not what is changed now', async () => {
    const w = await built();
    w.respec({ approval: { required: 'Disruptive' } });
    await w.settle();
    for (const mode of ['slow', 'fast', 'slow']) {
      w.want(graph({ disk: { mode } }));
      await w.pass();
      w.annotate({ [ANNOTATIONS.approvePlan]: w.tier.status.plan?.hash ?? '' });
      await w.settle();
      await passes(w, 3, 60);
      expect(toyOf(w, 'toy.disk/data').spec.mode).toBe(mode);
    }
    expect(copies(w)).toHaveLength(3);
  });

  it('that is taken back leaves the copy in AWS, listed', async () => {
    const w = await built();
    w.want(graph({ disk: { mode: 'slow' } }));
    await w.pass();
    w.want(graph());
    await w.settle();
    await passes(w, 3, 60);
    expect(w.tier.status.retained?.map(({ id }) => id)).toEqual(copies(w).map(({ id }) => id));
  });
});

test('a copy that was let go of is no final copy, and the next one is counted after it', () => {
  const kind: Kind = {
    type: 'toy.disk',
    stateful: true,
    keeper: { type: 'toy.copy', specOf: () => ({ of: 'disk-1' }) },
  };
  const left = ownedOf({ id: 'copy-1', node: 'toy.copy/main-final', spec: { of: 'disk-1' } as object });
  const copying = keepCopy({ kind, owned: ownedOf({ id: 'disk-1' }) }, 'toy.copy/main-final', {
    snapshot: snapshotWith({ left: [{ node: 'toy.copy/main-final', owned: left }] }),
    recorded: new Map(),
    policy: policyOf({ left: () => true }),
    kinds: [kind, { type: 'toy.copy' }],
  });
  expect(copying).toMatchObject({ first: [{ type: 'create', live: left }], waitsFor: 'toy.copy/main-final' });
});

const fates: fc.Arbitrary<PassFate> = fc.oneof(
  fc.record({ crash: fc.record({ at: fc.nat(4), when: fc.constantFrom('before' as const, 'after' as const) }) }),
  fc.constant({ loseStatus: true }),
  fc.constant({}),
);

const changed: fc.Arbitrary<{ draw: WorldDraw; later: readonly NodeDraw[] }> = worldDraw.chain((draw) =>
  changedNodes(draw).map((later) => ({ draw, later })),
);

describe('whatever dies', () => {
  it('no change that needs a copy is made without, and there is one copy of each state', async () => {
    await fc.assert(
      fc.asyncProperty(
        changed,
        fc.array(fates, { maxLength: 8 }),
        fc.constantFrom(0, 0, 3),
        async ({ draw, later }, ends, lag) => {
          const w = world({ kinds: kindsOf(draw), graph: graphOf(draw, draw.nodes), lag });
          await w.settle();
          const complaints = watchChanges(w);
          w.want(graphOf(draw, later));
          for (const fate of ends) {
            await w.pass(fate);
            w.cloud.clock += 3;
          }
          await w.settle();
          await passes(w, 3, 60);
          expect(complaints).toEqual([]);
          const nodes = copies(w).map(({ node }) => node);
          expect(new Set(nodes).size).toBe(nodes.length);
          const listed = new Set(w.tier.status.retained?.map(({ id }) => id));
          for (const { id } of copies(w)) expect(listed).toContain(id);
        },
      ),
      RUNS,
    );
  });
});
