import fc from 'fast-check';
import type { Graph } from '../../src/core/graph.ts';
import {
  changedNodes,
  faultDraw,
  graphOf,
  kindsOf,
  lagDraw,
  lagging,
  type NodeDraw,
  RUNS,
  type WorldDraw,
  worldDraw,
} from './draw.ts';
import type { Fault } from './toy-cloud.ts';
import { type PassFate, type World, world } from './world.ts';

const open = (draw: WorldDraw, lag = 0): World =>
  world({ kinds: kindsOf(draw), graph: graphOf(draw, draw.nodes), lag });

/** One toy for each node, no more, as asked. */
function expectBuilt({ cloud }: World, graph: Graph): void {
  const nodes = cloud
    .alive()
    .map(({ node }) => node)
    .sort();
  expect(nodes).toEqual([...graph.keys()].sort());
  expect(cloud.violations).toEqual([]);
}

/** A further pass over a world at rest writes neither to the cloud nor to the API server, and says nothing. */
async function expectRest(w: World): Promise<void> {
  const [writes, statuses, events] = [w.cloud.writes.length, w.statusWrites(), w.events.length];
  w.cloud.clock += 300;
  const verdict = await w.pass();
  expect(verdict?.status.plan?.summary).toBe('+0 ~0 -0');
  expect([w.cloud.writes.length, w.statusWrites(), w.events.length]).toEqual([writes, statuses, events]);
}

async function storm(w: World, faults: readonly Fault[], passes = 8): Promise<void> {
  let next = 0;
  w.cloud.fault = () => faults[next++];
  for (let count = 0; count < passes; count += 1) w.cloud.clock += (await w.pass())?.requeueAfter ?? 1;
  w.cloud.fault = () => undefined;
}

const SAME_KIND = /^(toy\.kind-\d).* was to be deleted while \1/;

const lags = fc.constantFrom(0, 0, 3, 20);

/** A draw, and what is wanted of the same world later. */
const change: fc.Arbitrary<{ draw: WorldDraw; later: readonly NodeDraw[] }> = worldDraw.chain((draw) =>
  changedNodes(draw).map((later) => ({ draw, later })),
);

const fates: fc.Arbitrary<PassFate> = fc.oneof(
  fc.record({ crash: fc.record({ at: fc.nat(6), when: fc.constantFrom('before' as const, 'after' as const) }) }),
  fc.constant({ loseStatus: true }),
  fc.constant({ refuseRecords: true }),
  fc.constant({}),
);

describe('a tier', () => {
  it('is built once and then left alone', async () => {
    await fc.assert(
      fc.asyncProperty(worldDraw, lags, async (draw, lag) => {
        const w = open(draw, lag);
        await w.settle();
        expectBuilt(w, graphOf(draw, draw.nodes));
        await expectRest(w);
      }),
      RUNS,
    );
  });

  it('converges after any storm of refused calls, lost answers and failed reads, with nothing made twice', async () => {
    await fc.assert(
      fc.asyncProperty(worldDraw, faultDraw, fc.constantFrom(0, 3), async (draw, faults, lag) => {
        const w = open(draw, lag);
        await storm(w, faults);
        await w.settle();
        expectBuilt(w, graphOf(draw, draw.nodes));
        await expectRest(w);
      }),
      RUNS,
    );
  });

  it('converges after the process died at any writes, with nothing made twice', async () => {
    await fc.assert(
      fc.asyncProperty(worldDraw, fc.array(fates, { minLength: 1, maxLength: 8 }), lags, async (draw, ends, lag) => {
        const w = open(draw, lag);
        for (const fate of ends) {
          await w.pass(fate);
          w.cloud.clock += 1;
        }
        await w.settle();
        expectBuilt(w, graphOf(draw, draw.nodes));
        await expectRest(w);
      }),
      RUNS,
    );
  });

  it('is made once, whatever dies and however far each reading lags behind', async () => {
    await fc.assert(
      fc.asyncProperty(worldDraw, fc.array(fates, { maxLength: 8 }), lagDraw, async (draw, ends, lag) => {
        const w = open(draw);
        lagging(w.cloud, lag);
        for (const fate of ends) {
          await w.pass(fate);
          w.cloud.clock += 7;
        }
        for (let count = 0; count < 20; count += 1) w.cloud.clock += (await w.pass())?.requeueAfter ?? 1;
        w.cloud.behind = () => 0;
        await w.settle();
        expectBuilt(w, graphOf(draw, draw.nodes));
        expect([...new Set(w.cloud.alive().map(({ incarnation }) => incarnation))]).toEqual([1]);
      }),
      RUNS,
    );
  });

  it('goes from any wish to any other, through crashes and faults, and ends as if it had been built so', async () => {
    await fc.assert(
      fc.asyncProperty(
        change,
        faultDraw,
        fc.array(fates, { maxLength: 6 }),
        fc.record({
          lag: fc.constantFrom(0, 0, 3),
          mode: fc.constantFrom('Correct' as const, 'Report' as const, 'Off' as const),
        }),
        async ({ draw, later }, faults, ends, { lag, mode }) => {
          const w = open(draw, lag);
          w.respec({ driftPolicy: { mode } });
          await w.settle();
          w.want(graphOf(draw, later));
          for (const fate of ends) {
            await w.pass(fate);
            w.cloud.clock += 1;
          }
          await storm(w, faults, 4);
          await w.settle();
          const wanted = graphOf(draw, later);
          const alive = w.cloud.alive().filter(({ node }) => node && wanted.has(node));
          expect(alive.map(({ node }) => node).sort()).toEqual([...wanted.keys()].sort());
          // Within a kind that no graph speaks of any more, the cloud's own refusal keeps the order.
          expect(w.cloud.violations.filter((text) => !SAME_KIND.test(text))).toEqual([]);
          await expectRest(w);
        },
      ),
      RUNS,
    );
  });

  it('never ends what holds data while it is wanted, whatever is asked', async () => {
    await fc.assert(
      fc.asyncProperty(worldDraw, fc.constantFrom('flat', 'round'), fc.nat(2), async (draw, shape, lag) => {
        const w = open(draw, lag);
        await w.settle();
        const stateful = new Set(w.engine.resources.filter((kind) => kind.stateful).map(({ type }) => type));
        const before = w.cloud
          .alive()
          .filter(({ type }) => stateful.has(type))
          .map(({ id }) => id);
        const asked = draw.nodes.map((node) => ({ ...node, shape, links: [] }));
        w.want(graphOf(draw, asked));
        for (let count = 0; count < 12; count += 1) w.cloud.clock += Math.min(5, (await w.pass())?.requeueAfter ?? 1);
        expect(w.cloud.alive().map(({ id }) => id)).toEqual(expect.arrayContaining(before));
      }),
      RUNS,
    );
  });
});
