/** A tier that goes from one stage to the next over the real loop: forward, back, halted, and never back over the switch. */
import { jest } from '@jest/globals';
import type { AnyResource } from '../../src/aws/driver.ts';
import type { Blueprint } from '../../src/core/facts.ts';
import { type Graph, graphBuilder } from '../../src/core/graph.ts';
import type { Move } from '../../src/core/move.ts';
import type { ToyCloud } from './toy-cloud.ts';
import { type ToyShape, toyKind } from './toy-kinds.ts';
import { conditionOf, fields, HOST, NET } from './trio.ts';
import { type World, world } from './world.ts';

jest.setTimeout(60_000);

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

function graphOf({ host, steps }: { readonly host: boolean; readonly steps: boolean }): Graph {
  const g = graphBuilder();
  const net = g.add(declared(NET), 'main', { ...fields(), links: LINKS });
  if (!host) return g.build();
  const made = g.add(declared(HOST), 'main', { ...fields(), links: [net.ref('toyId')] });
  if (!steps) return g.build();
  const frozen = g.add(
    declared(STEP),
    'freeze',
    { ...fields(), links: [made.ref('toyId')] },
    { impact: 'restart', after: [made.ref('toyId')] },
  );
  const switched = g.add(declared(STEP), 'switch', { ...fields(), links: [frozen.ref('toyId')] });
  g.add(declared(STEP), 'reload', { ...fields(), links: [switched.ref('toyId')] });
  return g.build();
}

const drawn = (what: Parameters<typeof graphOf>[0]): Blueprint => ({
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

/** A tier that stands in its first stage and is asked for the second. */
async function climbing(spec = {}): Promise<World> {
  const w = world({
    kinds: (cloud) => [toyKind(cloud, NET), toyKind(cloud, HOST), stepKind(cloud)],
    graph: graphOf({ host: false, steps: false }),
    stages: { SeparateDatabase: () => drawn({ host: true, steps: false }) },
    moves: [UP],
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

test('a tier that is deleted in mid-move goes whole', async () => {
  const w = await climbing();
  await until(w, () => stateOf(w, 'D1') === 'Done');
  w.beginDeletion();
  await w.settle();
  expect(toysOf(w)).toEqual([]);
});

describe.each(['before', 'after'] as const)('dying %s a call', (when) => {
  test.each(Array.from({ length: 12 }, (_, at) => at))(
    'the %i-th from the beginning of the move, it comes to the same',
    async (at) => {
      const w = await climbing();
      let left = at;
      for (let passes = 0; passes < 100 && left >= 0; passes += 1) {
        const writes = w.cloud.writes.length;
        const verdict = await w.pass({ crash: { at: left, when } });
        left -= w.cloud.writes.length - writes;
        if (!verdict) break;
        w.cloud.clock += verdict.requeueAfter;
      }
      await w.settle();
      expect(w.tier.status.stage).toBe('SeparateDatabase');
      expect(toysOf(w)).toEqual(['toy.host/main', 'toy.net/main']);
    },
  );
});
