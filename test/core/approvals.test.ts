import fc from 'fast-check';
import { ANNOTATIONS } from '../../src/api/well-known.ts';
import type { NodeId } from '../../src/core/ref.ts';
import { changedNodes, graphOf, kindsOf, type NodeDraw, RUNS, type WorldDraw, worldDraw } from './draw.ts';
import { built, conditionOf, graph, passes, toyOf } from './trio.ts';
import { isAtRest, type PassFate, type World, world } from './world.ts';

const DISRUPTIVE = { approval: { required: 'Disruptive' as const } };

const hashOf = (w: World): string => w.tier.status.plan?.hash ?? '';
const isAwaited = (w: World): boolean => conditionOf(w, 'UpToDate')?.reason === 'AwaitingApproval';
const approve = (w: World, hash = hashOf(w)): void => w.annotate({ [ANNOTATIONS.approvePlan]: hash });
const reasons = (w: World): readonly string[] => w.events.map(({ reason }) => reason);
const count = (w: World, reason: string): number => reasons(w).filter((one) => one === reason).length;

async function waiting(host: Parameters<typeof graph>[0] = { host: { mode: 'slow' } }): Promise<World> {
  const w = await built();
  w.respec(DISRUPTIVE);
  await w.settle();
  w.want(graph(host));
  await w.pass();
  return w;
}

describe('an interruption that needs approval', () => {
  it('waits, and the tier stays ready and is not said to be worked on', async () => {
    const w = await waiting();
    const writes = w.cloud.writes.length;
    const verdict = await w.pass();
    await passes(w, 5, 60);
    expect(w.cloud.writes.length).toBe(writes);
    expect(conditionOf(w, 'UpToDate')).toMatchObject({ status: 'False', reason: 'AwaitingApproval' });
    expect(conditionOf(w, 'UpToDate')?.message).toContain('toy.host/main mode');
    expect(conditionOf(w, 'Ready')).toMatchObject({ status: 'True', reason: 'Available' });
    expect(conditionOf(w, 'Reconciling')).toBeUndefined();
    expect(conditionOf(w, 'Stalled')).toBeUndefined();
    expect(verdict?.requeueAfter).toBe(300);
    expect(w.tier.status.plan).toMatchObject({ summary: '+0 ~1 -0', impact: 'Restart' });
  });

  it('is announced once, and so is its approval', async () => {
    const w = await waiting();
    await passes(w, 3, 60);
    expect(w.events.filter(({ reason }) => reason === 'PlanReady')).toMatchObject([
      { type: 'Normal', message: expect.stringContaining(`${ANNOTATIONS.approvePlan}=${hashOf(w)}`) },
    ]);
    expect(reasons(w)).not.toContain('Updating');
    approve(w);
    await w.settle();
    expect(toyOf(w, 'toy.host/main').spec.mode).toBe('slow');
    expect([count(w, 'PlanReady'), count(w, 'PlanApproved')]).toEqual([1, 1]);
  });

  it('goes when the spec names its hash', async () => {
    const w = await waiting();
    w.respec({ approval: { required: 'Disruptive', approvedPlan: hashOf(w) } });
    await w.settle();
    expect(toyOf(w, 'toy.host/main').spec.mode).toBe('slow');
  });

  it('does not go for another hash', async () => {
    const w = await waiting();
    approve(w, 'sha256:0');
    await passes(w, 3, 60);
    expect([toyOf(w, 'toy.host/main').spec.mode, isAwaited(w)]).toEqual(['fast', true]);
  });

  it('goes when nobody asks for approval any more, and is over when it is taken back', async () => {
    const [let_go, taken_back] = [await waiting(), await waiting()];
    let_go.respec({ approval: { required: 'Never' } });
    await let_go.settle();
    expect(toyOf(let_go, 'toy.host/main').spec.mode).toBe('slow');
    taken_back.want(graph());
    await taken_back.settle();
    expect(toyOf(taken_back, 'toy.host/main').spec.mode).toBe('fast');
  });

  it('holds up no change that nobody notices, and keeps its hash meanwhile', async () => {
    const w = await waiting({ host: { mode: 'slow' }, disk: { color: 'green' } });
    const hash = hashOf(w);
    await passes(w, 3, 60);
    expect(toyOf(w, 'toy.disk/data').spec.color).toBe('green');
    expect([toyOf(w, 'toy.host/main').spec.mode, hashOf(w)]).toEqual(['fast', hash]);
    expect(count(w, 'PlanReady')).toBe(1);
  });

  it('leaves a server that is to be replaced in service, and in status', async () => {
    const w = await waiting({ host: { shape: 'flat' } });
    await passes(w, 3, 60);
    expect(conditionOf(w, 'Ready')).toMatchObject({ status: 'True' });
    const { id } = toyOf(w, 'toy.host/main');
    approve(w);
    await w.settle();
    expect(toyOf(w, 'toy.host/main').id).not.toBe(id);
  });

  it('does not stand in the way of a deletion', async () => {
    const w = await waiting();
    w.beginDeletion();
    expect((await w.settle()).gone).toBe(true);
  });

  it('waits anew when the wish is another one than was approved', async () => {
    const w = await waiting();
    approve(w);
    w.want(graph({ host: { mode: 'slower' } }));
    await passes(w, 3, 60);
    expect([toyOf(w, 'toy.host/main').spec.mode, isAwaited(w)]).toEqual(['fast', true]);
  });

  it('is approved once: an annotation that was left behind approves nothing later', async () => {
    const w = await waiting();
    const first = hashOf(w);
    approve(w);
    await w.settle();
    const host = toyOf(w, 'toy.host/main');
    host.spec = { ...host.spec, mode: 'fast' };
    await passes(w, 8, 60);
    expect([toyOf(w, 'toy.host/main').spec.mode, isAwaited(w)]).toEqual(['fast', true]);
    expect(hashOf(w)).not.toBe(first);
    approve(w);
    await w.settle();
    expect(toyOf(w, 'toy.host/main').spec.mode).toBe('slow');
  });

  it('says nothing of approval while the tier is paused', async () => {
    const w = await waiting();
    w.annotate({ [ANNOTATIONS.paused]: 'true' });
    await w.pass();
    expect(conditionOf(w, 'UpToDate')).toMatchObject({ reason: 'UpdateRestricted' });
  });
});

const fates: fc.Arbitrary<PassFate> = fc.oneof(
  fc.record({ crash: fc.record({ at: fc.nat(4), when: fc.constantFrom('before' as const, 'after' as const) }) }),
  fc.constant({ loseStatus: true }),
  fc.constant({ refuseRecords: true }),
  fc.constant({}),
);

const changed: fc.Arbitrary<{ draw: WorldDraw; later: readonly NodeDraw[] }> = worldDraw.chain((draw) =>
  changedNodes(draw).map((later) => ({ draw, later })),
);

/** What stands of a wish, as nobody may change it unasked. */
const essence = (w: World, nodes: ReadonlySet<string>): readonly string[] =>
  w.cloud
    .alive()
    .filter(({ node, incarnation }) => node && nodes.has(node) && incarnation === 1)
    .map(({ id, spec }) => `${id} ${spec.mode}`)
    .sort();

async function restsAfter(w: World, fate: PassFate = {}): Promise<boolean> {
  const verdict = await w.pass(fate);
  w.cloud.clock += Math.min(5, verdict?.requeueAfter ?? 1);
  return verdict !== undefined && isAtRest(verdict);
}

/** Passes until the world rests, with a person who approves whatever waits; how often that was. */
async function approveAll(w: World, ends: readonly PassFate[]): Promise<number> {
  const approved = new Set<string>();
  for (let passed = 0; passed < 300; passed += 1) {
    if (await restsAfter(w, ends[passed])) return approved.size;
    if (isAwaited(w)) approve(w);
    if (isAwaited(w)) approved.add(hashOf(w));
  }
  throw new Error(`approve all: not at rest: ${w.tier.status.message} ${w.tier.status.plan?.text}`);
}

describe('a tier whose changes need approval', () => {
  it('is never interrupted before, and with it ends as if it had been built so, whatever dies', async () => {
    await fc.assert(
      fc.asyncProperty(changed, fc.array(fates, { maxLength: 6 }), async ({ draw, later }, ends) => {
        const w = world({ kinds: kindsOf(draw), graph: graphOf(draw, draw.nodes), spec: DISRUPTIVE });
        await w.settle();
        const wanted = graphOf(draw, later);
        const standing = new Set([...wanted.keys()].filter((node) => graphOf(draw, draw.nodes).has(node)));
        const before = essence(w, standing);
        w.want(wanted);
        for (const fate of [...ends, {}, {}, {}, {}]) {
          await w.pass(fate);
          w.cloud.clock += 5;
        }
        expect(essence(w, standing)).toEqual(before);

        // What follows from a replacement is known when that is there; nothing is asked for again because something died.
        expect(await approveAll(w, ends)).toBeLessThanOrEqual(later.length);
        const alive = w.cloud.alive().filter(({ node }) => node && wanted.has(node));
        expect(alive.map(({ node }) => node).sort()).toEqual([...wanted.keys()].sort());
        for (const { node, spec } of alive) {
          expect(wanted.get(node as NodeId)?.spec).toMatchObject({ mode: spec.mode });
        }
      }),
      RUNS,
    );
  });
});
