import type { AnyResource } from '../../src/aws/driver.ts';
import type { Blueprint } from '../../src/core/facts.ts';
import { type Graph, type GraphBuilder, graphBuilder, type Handle } from '../../src/core/graph.ts';
import { type Move, stillFor } from '../../src/core/move.ts';
import type { ToyAttributes, ToyCloud } from './toy-cloud.ts';
import { type ToyShape, toyKind } from './toy-kinds.ts';
import { conditionOf, fields, HOST, NET } from './trio.ts';
import { type World, world } from './world.ts';

const STEP: ToyShape = { type: 'toy.step', naming: 'token', operation: true, settle: 1, pace: 5 };
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

interface Drawn {
  readonly host: boolean;
  readonly steps: boolean;
  /** Of the host; another one needs a restart. */
  readonly mode?: string;
  /** Whether a step comes before all others, and what is published once it is done. */
  readonly publishes?: boolean;
}

function publish(g: GraphBuilder, on: Handle<ToyAttributes>): Handle<ToyAttributes> {
  const copied = g.add(declared(STEP), 'copy', { ...fields(), links: [on.ref('toyId')] });
  return g.add(declared(NET), 'published', { ...fields(), links: LINKS }, { after: [copied.ref('toyId')] });
}

function graphOf({ host, steps, mode = 'fast', publishes = false }: Drawn): Graph {
  const g = graphBuilder();
  const net = g.add(declared(NET), 'main', { ...fields(), links: LINKS });
  if (!host) return g.build();
  const made = g.add(declared(HOST), 'main', { ...fields({ mode }), links: [net.ref('toyId')] });
  if (!steps) return g.build();
  const ground = publishes ? publish(g, made) : made;
  const frozen = g.add(
    declared(STEP),
    'freeze',
    { ...fields(), links: [ground.ref('toyId')] },
    { impact: 'restart', after: [ground.ref('toyId')] },
  );
  const switched = g.add(declared(STEP), 'switch', { ...fields(), links: [frozen.ref('toyId')] });
  g.add(declared(STEP), 'reload', { ...fields(), links: [switched.ref('toyId')] });
  return g.build();
}

const drawn = (what: Drawn): Blueprint => ({
  graph: graphOf(what),
  outputs: { endpoints: {}, dataCopies: [] },
});

const UP: Move = {
  from: 'SingleServer',
  to: 'SeparateDatabase',
  commit: 'toy.step/switch',
  runbook: [
    { id: 'D1', node: 'toy.step/freeze', does: 'freeze', interruption: 'begins' },
    { id: 'D2', node: 'toy.step/switch', does: 'switch', rollback: 'LossyAfterFirstWrite' },
    { id: 'D3', node: 'toy.step/reload', does: 'reload', interruption: 'ends' },
  ],
  build: (_spec, _facts, { steps }) => drawn({ host: true, steps }),
};

/** One whose other method interrupts with a step of its own, which this tier does not have. */
const BY_ANOTHER_METHOD: Move = {
  ...UP,
  runbook: [{ id: 'D0', node: 'toy.step/cut-over', does: 'cut over', interruption: 'begins' }, ...UP.runbook],
};

/** One that begins with a look at what stands, beside what is built. */
const LOOKING: Move = {
  ...UP,
  runbook: [{ id: 'D0', node: 'toy.step/look', does: 'look' }, ...UP.runbook],
  build: (_spec, _facts, { steps }) => {
    const { graph, outputs } = drawn({ host: true, steps });
    const g = graphBuilder();
    const net = g.add(declared(NET), 'main', { ...fields(), links: LINKS });
    if (steps) g.add(declared(STEP), 'look', { ...fields(), links: [net.ref('toyId')] });
    return { graph: new Map([...graph, ...g.build()]), outputs };
  },
};

/** A tier that stands in its first stage and is asked for the second. */
async function climbing(spec = {}, move = UP): Promise<World> {
  const w = world({
    kinds: (cloud) => [toyKind(cloud, NET), toyKind(cloud, HOST), stepKind(cloud)],
    graph: graphOf({ host: false, steps: false }),
    stages: { SeparateDatabase: () => drawn({ host: true, steps: false }) },
    moves: [move],
    spec,
  });
  await w.settle();
  w.respec({ stage: 'SeparateDatabase' });
  return w;
}

const toysOf = ({ cloud }: World): readonly string[] =>
  cloud
    .alive()
    .map(({ node }) => node ?? '')
    .toSorted();

const reasonsOf = ({ events }: World): readonly string[] => events.map(({ reason }) => reason);

/** Passes at the engine's pace until something holds. */
async function until(w: World, holds: (w: World) => boolean): Promise<void> {
  for (let count = 0; count < 200; count += 1) {
    if (holds(w)) return;
    w.cloud.clock += (await w.pass())?.requeueAfter ?? 1;
  }
  throw new Error(`until: it never held: ${JSON.stringify(w.tier.status.transition)}`);
}

const stateOf = ({ tier }: World, id: string): string | undefined =>
  tier.status.transition?.steps?.find((step) => step.id === id)?.state;

test('it goes step by step, says so, and what only the move needed goes at the end', async () => {
  const w = await climbing();
  await until(w, () => stateOf(w, 'D1') === 'Running');
  expect(w.tier.status).toMatchObject({
    stage: 'SingleServer',
    transition: { from: 'SingleServer', to: 'SeparateDatabase', course: 'Forward', rollback: 'Lossless', step: 'D1' },
  });
  expect(conditionOf(w, 'Ready')).toMatchObject({ status: 'False', reason: 'Transitioning' });
  expect(conditionOf(w, 'Transitioning')).toMatchObject({ status: 'True', reason: 'StepRunning' });
  expect(conditionOf(w, 'Reconciling')).toMatchObject({ reason: 'Transitioning' });

  await until(w, () => stateOf(w, 'D2') === 'Done');
  expect(w.tier.status.transition?.rollback).toBe('LossyAfterFirstWrite');
  await w.settle();
  expect(w.tier.status.stage).toBe('SeparateDatabase');
  expect(w.tier.status.transition).toBeUndefined();
  expect(conditionOf(w, 'Transitioning')).toBeUndefined();
  expect(toysOf(w)).toEqual(['toy.host/main', 'toy.net/main']);
  expect(reasonsOf(w)).toEqual(expect.arrayContaining(['TransitionStarted', 'StepCompleted', 'TransitionCompleted']));
});

test('of several methods the one that the tier has interrupts, and nothing else is touched meanwhile', async () => {
  const w = await climbing({}, BY_ANOTHER_METHOD);
  await until(w, () => stateOf(w, 'D1') === 'Running');
  expect(conditionOf(w, 'Ready')).toMatchObject({ status: 'False', reason: 'Transitioning' });
  const { status } = w.tier;
  expect(stillFor({ stage: 'SeparateDatabase', move: BY_ANOTHER_METHOD }, status)).toBe('toy.step/freeze');
});

test('it is ready as long as the old stage serves, whatever is built for the new one', async () => {
  const w = await climbing();
  await until(w, () => w.tier.status.transition !== undefined);
  expect(stateOf(w, 'D1')).toBe('Pending');
  expect(conditionOf(w, 'Ready')).toMatchObject({ status: 'True', message: 'all 1 resources are ready' });
});

test('set back before the switch, everything of the move goes', async () => {
  const w = await climbing();
  await until(w, () => stateOf(w, 'D1') === 'Running');
  w.respec({ stage: 'SingleServer' });
  await w.pass();
  expect(w.tier.status.transition?.course).toBe('Back');
  expect(conditionOf(w, 'Transitioning')?.reason).toBe('RollingBack');
  await w.settle();
  expect(toysOf(w)).toEqual(['toy.net/main']);
  expect(w.tier.status.stage).toBe('SingleServer');
  expect(reasonsOf(w)).toContain('TransitionRolledBack');
});

describe('set back when something of the move does not serve', () => {
  const PUBLISHING: Move = {
    ...UP,
    runbook: [{ id: 'D0', node: 'toy.step/copy', does: 'copy' }, ...UP.runbook],
    build: ({ compute }, _facts, { steps }) =>
      drawn({ host: true, steps, mode: compute.instanceType, publishes: true }),
  };

  async function published(): Promise<World> {
    const w = await climbing({}, PUBLISHING);
    await until(w, () => stateOf(w, 'D1') === 'Running');
    for (const toy of w.cloud.alive()) if (toy.node === 'toy.host/main') toy.broken = true;
    return w;
  }

  test('what came of a step is taken back all the same, and the step after it', async () => {
    const w = await published();
    w.respec({ stage: 'SingleServer' });
    await w.settle();
    expect(toysOf(w)).toEqual(['toy.net/main']);
    const gone = w.cloud.writes.filter(({ verb }) => verb === 'delete').map(({ node }) => node);
    expect(gone).toEqual(['toy.step/freeze', 'toy.net/published', 'toy.step/copy', 'toy.host/main']);
  });

  test('and with another spec, what goes with it is not changed before', async () => {
    const w = await published();
    const since = w.cloud.writes.length;
    w.respec({ stage: 'SingleServer', compute: { instanceType: 't4g.large' } });
    await w.settle();
    expect(toysOf(w)).toEqual(['toy.net/main']);
    expect(new Set(w.cloud.writes.slice(since).map(({ verb }) => verb))).toEqual(new Set(['delete']));
  });
});

test('set back and forth, what was begun goes whole before it is begun anew', async () => {
  const w = await climbing();
  await until(w, () => stateOf(w, 'D1') === 'Running');
  const [first] = w.cloud.alive().filter(({ node }) => node === 'toy.step/freeze');
  w.respec({ stage: 'SingleServer' });
  await w.pass();
  w.respec({ stage: 'SeparateDatabase' });
  await until(w, () => stateOf(w, 'D1') === 'Done');
  const [second] = w.cloud.alive().filter(({ node }) => node === 'toy.step/freeze');
  expect(second?.id).not.toBe(first?.id);
  await w.settle();
  expect(w.tier.status.stage).toBe('SeparateDatabase');
});

test('after the switch it goes on, whatever is asked for', async () => {
  const w = await climbing();
  await until(w, () => w.cloud.alive().some(({ node }) => node === UP.commit));
  w.respec({ stage: 'SingleServer' });
  await until(w, () => w.tier.status.stage === 'SeparateDatabase');
  await until(w, () => conditionOf(w, 'Stalled') !== undefined);
  expect(conditionOf(w, 'Stalled')).toMatchObject({ reason: 'Invalid' });
  expect(toysOf(w)).toContain('toy.host/main');
});

test('a step that fails ends the attempt; what was built stays, and a change of the spec tries again', async () => {
  const w = await climbing();
  await until(w, () => stateOf(w, 'D1') === 'Running');
  for (const toy of w.cloud.alive()) if (toy.node === 'toy.step/freeze') toy.broken = true;
  await until(w, () => conditionOf(w, 'Stalled') !== undefined && !toysOf(w).includes('toy.step/freeze'));
  expect(conditionOf(w, 'Stalled')).toMatchObject({ reason: 'TransitionFailed' });
  expect(conditionOf(w, 'Stalled')?.message).toContain('step D1: it broke');
  expect(w.tier.status.transition).toMatchObject({ course: 'Halted', failure: { step: 'D1' } });
  await until(w, () => conditionOf(w, 'Ready')?.status === 'True');
  expect(toysOf(w)).toEqual(['toy.host/main', 'toy.net/main']);

  w.respec({ tags: { again: 'yes' } });
  await w.settle();
  expect(w.tier.status.stage).toBe('SeparateDatabase');
  expect(conditionOf(w, 'Stalled')).toBeUndefined();
});

describe('rolled back after a step has failed', () => {
  const ROLLBACK = { transition: { onFailure: 'Rollback' } } as const;
  const isRolledBack = ({ tier }: World): boolean => tier.status.transition?.course === 'RolledBack';

  async function failed(): Promise<World> {
    const w = await climbing(ROLLBACK);
    await until(w, () => stateOf(w, 'D1') === 'Running');
    for (const toy of w.cloud.alive()) if (toy.node === 'toy.step/freeze') toy.broken = true;
    await until(w, () => isRolledBack(w) && conditionOf(w, 'UpToDate')?.status === 'True');
    return w;
  }

  test('it takes back what was built, after its steps, and rests in the old stage', async () => {
    const w = await failed();
    expect(toysOf(w)).toEqual(['toy.net/main']);
    const gone = w.cloud.writes.filter(({ verb }) => verb === 'delete').map(({ node }) => node);
    expect(gone).toEqual(['toy.step/freeze', 'toy.host/main']);
    expect(w.tier.status).toMatchObject({
      stage: 'SingleServer',
      transition: { course: 'RolledBack', rollback: 'Lossless', failure: { step: 'D1' } },
    });
    expect(conditionOf(w, 'Ready')?.status).toBe('True');
    expect(conditionOf(w, 'Stalled')).toMatchObject({ reason: 'TransitionFailed' });
    expect(conditionOf(w, 'Stalled')?.message).toContain('step D1: it broke; the old stage serves, and what was built');
    expect(reasonsOf(w).filter((reason) => reason === 'TransitionRolledBack')).toHaveLength(1);
  });

  test('it does not begin again by itself', async () => {
    const w = await failed();
    const writes = w.cloud.writes.length;
    for (let passes = 0; passes < 5; passes += 1) {
      w.cloud.clock += 3600;
      await w.pass();
    }
    expect(w.cloud.writes.length).toBe(writes);
    expect(isRolledBack(w)).toBe(true);
  });

  test('it is tried again when the spec changes, and goes to its end', async () => {
    const w = await failed();
    w.respec({ tags: { again: 'yes' } });
    await w.settle();
    expect(w.tier.status.stage).toBe('SeparateDatabase');
    expect(w.tier.status.transition).toBeUndefined();
    expect(conditionOf(w, 'Stalled')).toBeUndefined();
  });

  test('what was called off so goes whole before it is begun anew', async () => {
    const w = await climbing(ROLLBACK);
    await until(w, () => stateOf(w, 'D1') === 'Running');
    const [host] = w.cloud.alive().filter(({ node }) => node === 'toy.host/main');
    for (const toy of w.cloud.alive()) if (toy.node === 'toy.step/freeze') toy.broken = true;
    await until(w, () => isRolledBack(w));
    w.respec({ transition: { onFailure: 'Pause' } });
    await until(w, () => stateOf(w, 'D1') === 'Running');
    expect(w.cloud.alive().map(({ id }) => id)).not.toContain(host?.id);
    await w.settle();
    expect(w.tier.status.stage).toBe('SeparateDatabase');
  });

  test('set back, the move is over', async () => {
    const w = await failed();
    w.respec({ stage: 'SingleServer' });
    await w.settle();
    expect(w.tier.status.transition).toBeUndefined();
    expect(toysOf(w)).toEqual(['toy.net/main']);
  });

  test('over the switch it goes forward all the same', async () => {
    const w = await climbing(ROLLBACK);
    await until(w, () => stateOf(w, 'D3') === 'Running');
    for (const toy of w.cloud.alive()) if (toy.node === 'toy.step/reload') toy.broken = true;
    await until(w, () => stateOf(w, 'D3') === 'Failed');
    w.cloud.clock += 60;
    await w.pass();
    expect(w.tier.status.transition).toMatchObject({ course: 'Forward', rollback: 'LossyAfterFirstWrite' });
    expect(toysOf(w)).toContain('toy.host/main');
  });
});

test('what interrupts waits for approval when that is asked for, once all that it stands on is ready', async () => {
  const w = await climbing({ approval: { required: 'Disruptive' } });
  await until(w, () => conditionOf(w, 'UpToDate')?.reason === 'AwaitingApproval');
  expect(toysOf(w)).toEqual(['toy.host/main', 'toy.net/main']);
  expect(w.cloud.alive().every(({ readyAt }) => readyAt <= w.cloud.clock)).toBe(true);
  expect(conditionOf(w, 'Ready')?.status).toBe('True');
  expect(conditionOf(w, 'Reconciling')).toBeUndefined();

  w.annotate({ 'scalingtier.dev/approve-plan': w.tier.status.plan?.hash ?? '' });
  await w.settle();
  expect(w.tier.status.stage).toBe('SeparateDatabase');
});

describe('a maintenance window', () => {
  /** The clock begins on a Tuesday, at midnight. */
  const WINDOW = { transition: { maintenanceWindow: 'tue:06:00-tue:07:00' } };
  const OPENS = 6 * 3600;
  const isAwaited = (w: World): boolean => conditionOf(w, 'UpToDate')?.reason === 'AwaitingWindow';
  const WORDS = 'waits for the opening of the maintenance window on Tuesday 2026-11-24 at 06:00Z';

  test('holds back what interrupts, and nothing else, until it opens', async () => {
    const w = await climbing(WINDOW);
    await until(w, isAwaited);
    expect(toysOf(w)).toEqual(['toy.host/main', 'toy.net/main']);
    expect(w.cloud.alive().every(({ readyAt }) => readyAt <= w.cloud.clock)).toBe(true);
    expect(conditionOf(w, 'Ready')?.status).toBe('True');
    expect(conditionOf(w, 'Reconciling')).toBeUndefined();
    expect(conditionOf(w, 'Transitioning')).toMatchObject({
      reason: 'Waiting',
      message: `SingleServer to SeparateDatabase: step D1: freeze: ${WORDS}`,
    });
    expect(conditionOf(w, 'UpToDate')?.message).toContain(
      'toy.step/freeze until the opening of the maintenance window',
    );
    expect(w.tier.status.transition?.steps?.[0]).toMatchObject({ id: 'D1', state: 'Pending', result: WORDS });
    expect(w.tier.status.plan?.text).toContain('after the opening of the maintenance window on Tuesday');

    w.cloud.clock = OPENS - 100;
    expect((await w.pass())?.requeueAfter).toBe(100);
    expect(stateOf(w, 'D1')).toBe('Pending');
    w.cloud.clock = OPENS;
    await w.settle();
    expect(w.tier.status.stage).toBe('SeparateDatabase');
  });

  test('that is open holds nothing back', async () => {
    const w = await climbing({ transition: { maintenanceWindow: 'mon:23:00-tue:07:00' } });
    await w.settle();
    expect(w.tier.status.stage).toBe('SeparateDatabase');
    expect(w.cloud.clock).toBeLessThan(OPENS);
  });

  test('that closes does not end what has begun in it', async () => {
    const w = await climbing(WINDOW);
    await until(w, isAwaited);
    w.cloud.clock = OPENS;
    await until(w, () => stateOf(w, 'D1') === 'Running');
    w.cloud.clock = OPENS + 3600;
    await w.settle();
    expect(w.tier.status.stage).toBe('SeparateDatabase');
  });

  test('that opens approves nothing, and an approval opens no window', async () => {
    const w = await climbing({ ...WINDOW, approval: { required: 'Disruptive' } });
    await until(w, () => conditionOf(w, 'UpToDate')?.reason === 'AwaitingApproval');
    expect(w.tier.status.transition?.steps?.[0]?.result).toBe('waits for approval');
    w.cloud.clock = OPENS;
    await w.pass();
    expect(conditionOf(w, 'UpToDate')?.reason).toBe('AwaitingApproval');

    w.cloud.clock = OPENS + 3600;
    w.annotate({ 'scalingtier.dev/approve-plan': w.tier.status.plan?.hash ?? '' });
    await until(w, isAwaited);
    expect(toysOf(w)).not.toContain('toy.step/freeze');
    w.cloud.clock = OPENS + 7 * 24 * 3600;
    await w.settle();
    expect(w.tier.status.stage).toBe('SeparateDatabase');
  });

  test('is of no account where nothing moves', async () => {
    const w = await climbing(WINDOW);
    w.respec({ stage: 'SingleServer' });
    w.want(graphOf({ host: true, steps: false }));
    await w.settle();
    w.want(graphOf({ host: true, steps: false, mode: 'slow' }));
    await w.settle();
    expect(w.cloud.alive().map(({ spec }) => spec.mode)).toEqual(['fast', 'slow']);
    expect(w.cloud.clock).toBeLessThan(OPENS);
  });
});

test('an approval is of one attempt: the next one asks again, also when it begins at once', async () => {
  const w = await climbing({ approval: { required: 'Disruptive' } });
  const isAsking = () => conditionOf(w, 'UpToDate')?.reason === 'AwaitingApproval';
  await until(w, isAsking);
  w.annotate({ 'scalingtier.dev/approve-plan': w.tier.status.plan?.hash ?? '' });
  await until(w, () => stateOf(w, 'D1') === 'Running');
  for (const toy of w.cloud.alive()) {
    if (toy.node === 'toy.step/freeze') toy.broken = true;
    // Something is always under way, so that there is no moment at which all that was approved is done.
    if (toy.node === 'toy.host/main') Object.assign(toy, { readyAt: w.cloud.clock + 100 });
  }
  await until(w, () => w.tier.status.transition?.course === 'Halted');
  w.respec({ transition: { reloadCommand: 'true' } });
  await until(w, () => w.tier.status.transition?.course === 'Forward');
  await until(w, isAsking);
  expect(toysOf(w)).not.toContain('toy.step/freeze');
});

test('a tier that is deleted in mid-move goes whole', async () => {
  const w = await climbing();
  await until(w, () => stateOf(w, 'D1') === 'Done');
  w.beginDeletion();
  await w.settle();
  expect(toysOf(w)).toEqual([]);
});

/** Passes of which one dies at the n-th write from the beginning. */
async function dying(w: World, at: number, when: 'before' | 'after'): Promise<void> {
  let left = at;
  for (let passes = 0; passes < 100 && left >= 0; passes += 1) {
    const writes = w.cloud.writes.length;
    const verdict = await w.pass({ crash: { at: left, when } });
    left -= w.cloud.writes.length - writes;
    if (!verdict) break;
    w.cloud.clock += verdict.requeueAfter;
  }
}

describe.each([
  ['before', UP],
  ['after', UP],
  ['before', LOOKING],
  ['after', LOOKING],
] as const)('dying %s a call', (when, move) => {
  test.each(Array.from({ length: 12 }, (_, at) => at))(
    `the %i-th from the beginning of the move of ${move.runbook.length} steps, it comes to the same`,
    async (at) => {
      const w = await climbing({}, move);
      await dying(w, at, when);
      await w.settle();
      expect(w.tier.status.stage).toBe('SeparateDatabase');
      expect(toysOf(w)).toEqual(['toy.host/main', 'toy.net/main']);
    },
  );
});

test('set back when the process had died before its first deed, it waits for nothing', async () => {
  const w = await climbing({}, LOOKING);
  await dying(w, 0, 'before');
  expect(w.tier.status.transition).toMatchObject({ course: 'Forward', rollback: 'Lossless' });
  expect(w.tier.status.intents?.map(({ role }) => role)).toContain('toy.step/look');
  w.respec({ stage: 'SingleServer' });
  await until(w, () => w.tier.status.transition === undefined);
  expect(w.tier.status.intents?.map(({ role }) => role)).not.toContain('toy.step/look');
  await w.settle();
  expect(toysOf(w)).toEqual(['toy.net/main']);
});
