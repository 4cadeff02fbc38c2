import type { AnyResource } from '../../src/aws/driver.ts';
import type { Blueprint } from '../../src/core/facts.ts';
import { type Graph, graphBuilder } from '../../src/core/graph.ts';
import type { Attempt, Move } from '../../src/core/move.ts';
import type { ToyCloud } from './toy-cloud.ts';
import { type ToyShape, toyKind } from './toy-kinds.ts';
import { conditionOf, fields, HOST, NET } from './trio.ts';
import { type World, world } from './world.ts';

const STEP: ToyShape = { type: 'toy.step', naming: 'token', operation: true, settle: 1, pace: 5 };
/** Done as soon as it is made, so that what stands on it may be made in the same pass. */
const DECISION: ToyShape = { type: 'toy.decision', naming: 'token', operation: true, settle: 0 };
const [FLEET, BRING, ASK, RETIRE] = [
  'toy.host/fleet',
  'toy.step/bring',
  'toy.step/ask',
  'toy.decision/retire',
] as const;
const LINKS: readonly string[] = [];

const declared = (shape: ToyShape) => toyKind({} as ToyCloud, shape);

/** Steps yield something only when they are done. */
function stepKind(cloud: ToyCloud): AnyResource {
  const kind = toyKind(cloud, STEP);
  return {
    ...kind,
    async *observe(...asked) {
      for await (const page of kind.observe(...asked))
        yield page.map((owned) => (owned.health.phase === 'ready' ? owned : { ...owned, attributes: {} as never }));
    },
  };
}

interface Shape {
  readonly fleet: boolean;
  readonly steps?: boolean;
  readonly end?: 'Retain' | 'Delete';
}

function graphOf({ fleet, steps = false, end = 'Delete' }: Shape): Graph {
  const g = graphBuilder();
  const net = g.add(declared(NET), 'main', { ...fields(), links: LINKS });
  if (fleet) g.add(declared(HOST), 'fleet', { ...fields(), links: [net.ref('toyId')] }, { end });
  if (!steps) return g.build();
  const asked = g.add(declared(STEP), 'ask', { ...fields(), links: [net.ref('toyId')] });
  const retired = g.add(declared(DECISION), 'retire', { ...fields(), links: [asked.ref('toyId')] });
  const brought = g.add(
    declared(STEP),
    'bring',
    { ...fields(), links: [retired.ref('toyId')] },
    { afterEndOf: [FLEET] },
  );
  g.add(declared(STEP), 'close', { ...fields(), links: [brought.ref('toyId')] });
  return g.build();
}

const drawn = (graph: Graph, reference?: Graph): Blueprint => ({
  graph,
  ...(reference ? { reference } : {}),
  outputs: { endpoints: {}, dataCopies: [] },
});

function build({ steps, begun }: Attempt): Blueprint {
  const whole = graphOf({ fleet: true, steps });
  if (!begun(RETIRE)) return drawn(whole);
  const alone = graphOf({ fleet: false, steps });
  return drawn(alone, new Map([...alone, ...[...whole].filter(([id]) => !alone.has(id))]));
}

const DOWN: Move = {
  from: 'SeparateDatabase',
  to: 'SingleServer',
  commit: RETIRE,
  runbook: [
    { id: 'F1', node: ASK, does: 'ask', again: true },
    { id: 'F2', node: RETIRE, does: 'retire', rollback: 'Impossible' },
    { id: 'F3', node: BRING, does: 'bring' },
    { id: 'F4', node: 'toy.step/close', does: 'close' },
  ],
  build: (_spec, _facts, attempt) => build(attempt),
};

/** A tier that stands in its higher stage and is asked for the lower one. */
async function descending(stage: Shape = { fleet: true }, moves: readonly Move[] = [DOWN]): Promise<World> {
  const w = world({
    kinds: (cloud) => [toyKind(cloud, NET), toyKind(cloud, HOST), toyKind(cloud, DECISION), stepKind(cloud)],
    graph: graphOf({ fleet: false }),
    stages: { SeparateDatabase: () => drawn(graphOf(stage)) },
    moves,
    spec: { stage: 'SeparateDatabase' },
  });
  await w.settle();
  w.respec({ stage: 'SingleServer' });
  return w;
}

const toysOf = ({ cloud }: World): readonly string[] =>
  cloud
    .alive()
    .map(({ node }) => node ?? '')
    .toSorted();

/** Passes at the engine's pace until something holds; each time something is looked at. */
async function until(w: World, holds: () => boolean, look: () => void = () => {}): Promise<void> {
  for (let count = 0; count < 200; count += 1) {
    look();
    if (holds()) return;
    w.cloud.clock += (await w.pass())?.requeueAfter ?? 1;
  }
  throw new Error(`until: it never held: ${JSON.stringify(w.tier.status.transition)}`);
}

const stateOf = ({ tier }: World, id: string): string | undefined =>
  tier.status.transition?.steps?.find((step) => step.id === id)?.state;

/** Neither the fleet and what comes after it, nor the fleet and no way back to it. */
function orderly(w: World): void {
  const toys = toysOf(w);
  if (toys.includes(BRING)) expect(toys).not.toContain(FLEET);
  if (!toys.includes(RETIRE) && w.tier.status.stage === 'SeparateDatabase') expect(toys).toContain(FLEET);
}

test('what the move no longer wants goes in its middle, and what comes after its end is made then', async () => {
  const w = await descending();
  await until(
    w,
    () => stateOf(w, 'F2') === 'Done',
    () => orderly(w),
  );
  expect(w.tier.status.transition).toMatchObject({ course: 'Forward', rollback: 'Impossible' });
  await until(
    w,
    () => w.tier.status.stage === 'SingleServer',
    () => orderly(w),
  );
  await w.settle();
  expect(toysOf(w)).toEqual(['toy.net/main']);
  expect(w.tier.status.transition).toBeUndefined();
});

test('called off before that, it stands as before', async () => {
  const w = await descending();
  await until(
    w,
    () => stateOf(w, 'F1') === 'Running',
    () => orderly(w),
  );
  w.respec({ stage: 'SeparateDatabase' });
  await w.settle();
  expect(toysOf(w)).toEqual([FLEET, 'toy.net/main']);
});

test('called off and begun anew, whatever was made in the first try is made again', async () => {
  const w = await descending();
  await until(w, () => stateOf(w, 'F1') === 'Running');
  w.respec({ stage: 'SeparateDatabase' });
  await w.settle();
  w.respec({ stage: 'SingleServer' });
  await until(w, () => w.tier.status.stage === 'SingleServer');
  await w.settle();
  expect(w.cloud.violations).toEqual([]);
});

test('a step that is to be tried again fails without an end of the attempt, and goes on when they have acted', async () => {
  const w = await descending();
  await until(w, () => stateOf(w, 'F1') === 'Running');
  const [ask] = w.cloud.alive().filter(({ node }) => node === ASK);
  if (ask) ask.broken = true;
  await until(w, () => stateOf(w, 'F1') === 'Failed');
  for (let count = 0; count < 5; count += 1) w.cloud.clock += (await w.pass())?.requeueAfter ?? 1;
  expect(w.tier.status.transition).toMatchObject({ course: 'Forward', step: 'F1' });
  expect(w.tier.status.transition?.failure).toBeUndefined();
  expect(conditionOf(w, 'Stalled')).toBeUndefined();
  expect(conditionOf(w, 'Transitioning')?.message).toContain('it broke');
  if (ask) ask.broken = false;
  await until(w, () => w.tier.status.stage === 'SingleServer');
});

test('of two moves into a stage the one that knows what is left says how it ends, whichever is listed first', async () => {
  // Another one, which knows nothing of the fleet, as the move up from a smaller stage.
  const other: Move = { ...DOWN, from: 'LoadBalanced', build: () => drawn(graphOf({ fleet: false })) };
  const keeping: Move = {
    ...DOWN,
    build: (_spec, _facts, { steps }) => {
      const wanted = graphOf({ fleet: false, steps });
      return drawn(wanted, new Map([...wanted, ...graphOf({ fleet: true, end: 'Retain' })]));
    },
  };
  for (const moves of [
    [other, keeping],
    [keeping, other],
  ]) {
    const w = await descending({ fleet: true }, moves);
    await until(w, () => w.tier.status.stage === 'SingleServer');
    await w.settle();
    expect(toysOf(w)).toContain(FLEET);
    expect(w.tier.status.retained?.map(({ role }) => role)).toContain(FLEET);
  }
});

describe.each(['before', 'after'] as const)('dying %s a call', (when) => {
  test.each(Array.from({ length: 14 }, (_, at) => at))(
    'the %i-th from the beginning of the move, it comes to the same',
    async (at) => {
      const w = await descending();
      let left = at;
      for (let passes = 0; passes < 100 && left >= 0; passes += 1) {
        const writes = w.cloud.writes.length;
        const verdict = await w.pass({ crash: { at: left, when } });
        orderly(w);
        left -= w.cloud.writes.length - writes;
        if (!verdict) break;
        w.cloud.clock += verdict.requeueAfter;
      }
      await until(
        w,
        () => w.tier.status.stage === 'SingleServer',
        () => orderly(w),
      );
      await w.settle();
      expect(toysOf(w)).toEqual(['toy.net/main']);
    },
  );
});
