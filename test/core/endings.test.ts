import fc from 'fast-check';
import type { Graph } from '../../src/core/graph.ts';
import { RETAINED_TAG } from '../../src/core/names.ts';
import { COPY, faultDraw, graphOf, kindsOf, lagDraw, lagging, RUNS, type WorldDraw, worldDraw } from './draw.ts';
import type { Fault, Toy } from './toy-cloud.ts';
import { copySpecOf, toyTags } from './toy-kinds.ts';
import { type PassFate, type World, world } from './world.ts';

const open = (draw: WorldDraw, lag = 0): World =>
  world({ kinds: kindsOf(draw), graph: graphOf(draw, draw.nodes), lag });

const kindOf = (w: World, { type }: Toy) => w.engine.resources.find((kind) => kind.type === type);

/** What data-bearing toys had for themselves at the moment of their end. */
function watchEnds(w: World, draw: WorldDraw): string[] {
  const complaints: string[] = [];
  const graph = graphOf(draw, draw.nodes);
  w.cloud.beforeDelete = (toy) => {
    const kind = kindOf(w, toy);
    if (!kind?.stateful || !toy.node) return;
    if (toy.type === COPY.type) complaints.push(`${toy.id}, a copy, was deleted`);
    if (graph.get(toy.node)?.end !== 'Snapshot')
      complaints.push(`${toy.id} was deleted although its end is ${graph.get(toy.node)?.end}`);
    const copy = w.cloud.alive().find((other) => other.type === COPY.type && other.spec.color === toy.id);
    if (!copy || copy.readyAt > w.cloud.clock) complaints.push(`${toy.id} was deleted without a finished copy`);
    const recorded = w.tier.status.resources?.some(({ role, id }) => role === copy?.node && id === copy?.id);
    if (!recorded) complaints.push(`${toy.id} was deleted before the id of its copy was in status`);
  };
  return complaints;
}

function strangersOf(w: World, draw: WorldDraw): readonly Toy[] {
  const { cloud, engine, tier } = w;
  const owner = {
    cluster: engine.cluster,
    namespace: tier.metadata.namespace,
    name: tier.metadata.name,
    uid: 'another-life',
  };
  const spec = { ...copySpecOf({ toyId: 'x' }), shape: 'alien' };
  const untagged = new Set(draw.shapes.flatMap((shape) => (shape.untagged ? [shape.type] : [])));
  const node =
    [...graphOf(draw, draw.nodes).values()].find(({ kind }) => !untagged.has(kind.type))?.id ?? 'toy.copy/n0';
  const type = node.slice(0, node.indexOf('/'));
  const alien = { type, spec, node };
  return [
    cloud.plant({ ...alien, id: 'untagged', tags: {} }),
    cloud.plant({ ...alien, id: 'other-cluster', tags: toyTags({ ...owner, cluster: 'others', uid: 'uid-1' }, node) }),
    cloud.plant({
      ...alien,
      id: 'other-namespace',
      tags: toyTags({ ...owner, namespace: 'others', uid: 'uid-1' }, node),
    }),
    cloud.plant({ ...alien, id: 'other-name', tags: toyTags({ ...owner, name: 'others', uid: 'uid-1' }, node) }),
    cloud.plant({ ...alien, id: 'retained', tags: { ...toyTags(owner, node), [RETAINED_TAG]: 'true' } }),
  ];
}

async function endThrough(
  w: World,
  { faults, ends }: { faults: readonly Fault[]; ends: readonly PassFate[] },
): Promise<void> {
  w.beginDeletion();
  for (const fate of ends) {
    await w.pass(fate);
    w.cloud.clock += 1;
  }
  let next = 0;
  w.cloud.fault = () => faults[next++];
  for (let count = 0; count < 5; count += 1) {
    const verdict = await w.pass();
    if (verdict?.gone) break;
    w.cloud.clock += verdict?.requeueAfter ?? 1;
  }
  w.cloud.fault = () => undefined;
  const verdict = await w.settle();
  expect(verdict.gone).toBe(true);
}

const fates: fc.Arbitrary<PassFate> = fc.oneof(
  fc.record({ crash: fc.record({ at: fc.nat(5), when: fc.constantFrom('before' as const, 'after' as const) }) }),
  fc.constant({ loseStatus: true }),
  fc.constant({}),
);

const troubles = fc.record({ faults: faultDraw, ends: fc.array(fates, { maxLength: 6 }) });

/** What must be left of a drawn world: what is retained, what that stands on, and the copies. */
function expectLeftovers(w: World, draw: WorldDraw): void {
  const graph = graphOf(draw, draw.nodes);
  const stateful = new Map(w.engine.resources.map((kind) => [kind.type, kind]));
  const stays = new Set<string>();
  for (const { id, end, needs, kind } of [...graph.values()].reverse()) {
    const known = stateful.get(kind.type);
    const kept = known?.stateful ? (known.keeper ? end !== 'Retain' : false) : end !== 'Retain';
    const retained = !kept && (end !== 'Delete' || known?.stateful === true);
    if (retained || stays.has(id)) for (const one of [id, ...needs]) stays.add(one);
  }
  const left = w.cloud
    .alive()
    .flatMap(({ node, type, uid }) => (node && uid === 'uid-1' && type !== COPY.type ? [node] : []));
  expect(left.sort()).toEqual([...stays].sort());
  expect(w.cloud.violations).toEqual([]);
}

/** Ends as policies really offer them: data is never asked to be lost without a word. */
const endable = worldDraw.map(
  (draw): WorldDraw => ({
    ...draw,
    nodes: draw.nodes.map((node) =>
      draw.shapes[node.kind % draw.shapes.length]?.stateful && node.end === 'Delete'
        ? { ...node, end: 'Snapshot' }
        : node,
    ),
  }),
);

/** Everything that something which may stay stands on, directly or not. */
function carrying(graph: Graph): ReadonlySet<string> {
  const needed = new Set<string>();
  for (const { id, end, kind, needs } of [...graph.values()].reverse()) {
    if (end === 'Delete' && !kind.stateful && !needed.has(id)) continue;
    for (const need of needs) needed.add(need);
  }
  return needed;
}

describe('the end of a tier', () => {
  it('comes through crashes, faults and lag, leaves what is retained with all it stands on, and copies the rest of the data first', async () => {
    await fc.assert(
      fc.asyncProperty(endable, troubles, fc.constantFrom(0, 0, 3), async (draw, trouble, lag) => {
        const w = open(draw, lag);
        await w.settle();
        const complaints = watchEnds(w, draw);
        await endThrough(w, trouble);
        expectLeftovers(w, draw);
        expect(complaints).toEqual([]);
      }),
      RUNS,
    );
  });

  it('leaves nothing behind when it begins in the middle of the creation, whatever died and however far each reading lags', async () => {
    await fc.assert(
      fc.asyncProperty(endable, fc.array(fates, { minLength: 1, maxLength: 6 }), lagDraw, async (draw, ends, lag) => {
        const w = open(draw);
        lagging(w.cloud, lag);
        for (const fate of ends) w.cloud.clock += (await w.pass(fate))?.requeueAfter ?? 1;
        w.beginDeletion();
        // One after the other, each is shown for the whole lag after its end.
        await w.settle(2_000);
        w.cloud.clock += 1_000;
        const unmarked = w.cloud.alive().filter(({ tags }) => tags[RETAINED_TAG] !== 'true');
        const tagged = unmarked.filter(
          (toy) =>
            kindOf(w, toy)?.stateful !== true &&
            graphOf(draw, draw.nodes).get(toy.node ?? 'toy/none')?.end !== 'Retain',
        );
        const needed = carrying(graphOf(draw, draw.nodes));
        expect(tagged.filter(({ node }) => node && !needed.has(node)).map(({ id }) => id)).toEqual([]);
        expect(w.cloud.violations).toEqual([]);
      }),
      RUNS,
    );
  });

  it('says once what is gone, and a further pass writes nothing to the cloud', async () => {
    await fc.assert(
      fc.asyncProperty(endable, async (draw) => {
        const w = open(draw);
        await w.settle();
        w.beginDeletion();
        await w.settle();
        expect(w.events.filter(({ reason }) => reason === 'Deleting')).toHaveLength(1);
        expect(w.events.filter(({ reason }) => reason === 'Deleted')).toHaveLength(1);
        const retained = w.cloud
          .alive()
          .filter(({ tags }) => tags[RETAINED_TAG] === 'true')
          .map(({ id }) => id);
        expect((w.tier.status.retained ?? []).map(({ id }) => id)).toEqual(expect.arrayContaining(retained));
        const writes = w.cloud.writes.length;
        await w.pass();
        expect(w.cloud.writes.length).toBe(writes);
      }),
      RUNS,
    );
  });
});

describe('what belongs to others', () => {
  it('is never written to, whatever it claims to be', async () => {
    await fc.assert(
      fc.asyncProperty(endable, troubles, async (draw, trouble) => {
        const w = open(draw);
        const strangers = strangersOf(w, draw);
        await w.settle();
        await endThrough(w, trouble);
        const ids = new Set(strangers.map(({ id }) => id));
        expect(w.cloud.writes.filter(({ id }) => id && ids.has(id))).toEqual([]);
        expect(strangers.filter(({ deletedAt }) => deletedAt !== undefined)).toEqual([]);
      }),
      { ...RUNS, numRuns: 30 },
    );
  });
});
