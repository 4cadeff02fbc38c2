/** Which way a tier goes on the ladder: decided from spec and status alone, and never back over a switch. */

import { withDefaults } from '../../src/api/defaults.ts';
import type { StageName, TierStatus, TransitionStatus } from '../../src/api/types.ts';
import { type Move, wayOf } from '../../src/core/move.ts';
import type { Tier } from '../../src/core/tier.ts';

const stages: readonly StageName[] = ['SingleServer', 'SeparateDatabase', 'LoadBalanced'];

const moveOf = (from: StageName, to: StageName): Move => ({
  from,
  to,
  runbook: [
    { id: 'D1', node: 'operation.step/freeze', does: 'freeze' },
    { id: 'D2', node: 'ec2.vpc/main', does: 'build', stays: true },
  ],
  commit: 'operation.step/switch',
  build: () => ({ graph: new Map(), outputs: { endpoints: {}, dataCopies: [] } }),
});

const up = moveOf('SingleServer', 'SeparateDatabase');
const further = moveOf('SeparateDatabase', 'LoadBalanced');
const ladder = { stages, moves: [up, further] };

const standing = (role = 'ec2.vpc/main') => ({
  role,
  type: 'ec2.vpc',
  id: 'vpc-1',
  incarnation: 1,
  state: 'available',
  ready: true,
});

const transition = (change: Partial<TransitionStatus> = {}): TransitionStatus => ({
  from: 'SingleServer',
  to: 'SeparateDatabase',
  course: 'Forward',
  startedTime: '2026-11-24T00:00:00Z',
  rollback: 'Lossless',
  ...change,
});

function tier(
  stage: StageName,
  status: Partial<TierStatus>,
  deleting = false,
  onFailure: 'Pause' | 'Rollback' = 'Pause',
): Tier {
  return {
    metadata: {
      ...{
        namespace: 'shop',
        name: 'web',
        uid: 'u',
        generation: 7,
        resourceVersion: '1',
        annotations: {},
        finalizers: [],
      },
      ...(deleting ? { deletionTimestamp: '2026-11-24T00:00:00Z' } : {}),
    },
    // What a stage needs beside its name is of no account here.
    spec: {
      ...withDefaults({ stage: 'SingleServer', aws: { region: 'us-east-1' }, transition: { onFailure } }),
      stage,
    },
    status: { observedGeneration: 7, ...status },
    references: { problems: [] },
  };
}

const way = (...args: Parameters<typeof tier>) => wayOf(tier(...args), ladder);

test('what holds nothing is built directly, whatever stage was in force', () => {
  expect(way('LoadBalanced', {})).toEqual({ stage: 'LoadBalanced' });
  expect(way('LoadBalanced', { stage: 'SingleServer', resources: [] })).toEqual({ stage: 'LoadBalanced' });
});

test('what never stood in its stage is built on in the stage that is asked for', () => {
  expect(way('SingleServer', { resources: [standing()] })).toEqual({ stage: 'SingleServer' });
});

test('what stands where it is asked for stays', () => {
  expect(way('SingleServer', { stage: 'SingleServer', resources: [standing()] })).toEqual({ stage: 'SingleServer' });
});

test('another stage is reached rung by rung', () => {
  const status = { stage: 'SingleServer', resources: [standing()] };

  expect(way('SeparateDatabase', status)).toEqual({ stage: 'SeparateDatabase', move: up, course: 'forward' });
  expect(way('LoadBalanced', status)).toEqual({ stage: 'SeparateDatabase', move: up, course: 'forward' });
  expect(way('LoadBalanced', { ...status, stage: 'SeparateDatabase' })).toEqual({
    stage: 'LoadBalanced',
    move: further,
    course: 'forward',
  });
});

test('the steps of a move that is over go before another begins', () => {
  const climbed = { stage: 'SeparateDatabase', resources: [standing(), standing('operation.step/freeze')] };
  expect(way('LoadBalanced', climbed)).toEqual({ stage: 'SeparateDatabase' });
  expect(way('LoadBalanced', { ...climbed, resources: [standing()] })).toMatchObject({ move: further });
});

test('without a way the spec is refused with the way out, but not while the tier is deleted', () => {
  const status = { stage: 'SeparateDatabase', resources: [standing()] };

  expect(() => way('SingleServer', status)).toThrow(
    'spec.stage: there is no way from SeparateDatabase to SingleServer yet; set it back to SeparateDatabase',
  );
  expect(way('SingleServer', status, true)).toEqual({ stage: 'SeparateDatabase' });
});

describe('a move under way', () => {
  const begun = { stage: 'SingleServer', resources: [standing()], transition: transition() };

  test('is called off by the old stage', () => {
    expect(way('SingleServer', begun)).toEqual({ stage: 'SingleServer', move: up, course: 'back' });
  });

  test('is called off by whatever it does not lead to, and its steps go before the rest', () => {
    const down = moveOf('SingleServer', 'SingleServer');
    const both = { stages, moves: [up, further, down] };
    const climbing = {
      stage: 'SeparateDatabase',
      transition: transition({ from: 'SeparateDatabase', to: 'LoadBalanced' }),
      resources: [standing(), standing('operation.step/freeze')],
    };
    const back = { stage: 'SeparateDatabase', move: further, course: 'back' };
    expect(wayOf(tier('SingleServer', climbing), both)).toEqual({ ...back, steps: true });
    expect(wayOf(tier('SingleServer', { ...climbing, resources: [standing()] }), both)).toEqual(back);
  });

  test('that was called off goes whole before it is begun anew', () => {
    const back = { ...begun, transition: transition({ course: 'Back' }) };

    expect(way('SeparateDatabase', back)).toEqual({ stage: 'SingleServer', move: up, course: 'back' });
  });

  test.each([
    ['announced', { intents: [{ role: up.commit, incarnation: 1, startedAt: '2026-11-24T00:00:00Z' }] }],
    ['on record', { resources: [standing(), standing(up.commit)] }],
  ])('whose switch is %s goes forward only', (_, more) => {
    const forward = { stage: 'SeparateDatabase', move: up, course: 'forward', committed: true };

    for (const stage of stages) {
      expect(way(stage, { ...begun, ...more })).toEqual(forward);
      expect(way(stage, { ...begun, ...more, transition: transition({ course: 'Back' }) })).toEqual(forward);
    }
  });

  test('that failed rests until the spec changes and all of its steps are taken back', () => {
    const failure = { step: 'D1', role: 'operation.step/freeze', message: 'no', generation: 7 };
    const halted = { ...begun, transition: transition({ course: 'Halted', failure }) };
    const older = { ...begun, transition: transition({ course: 'Halted', failure: { ...failure, generation: 6 } }) };
    const left = { ...older, resources: [standing(), standing('operation.step/freeze')] };

    expect(way('SeparateDatabase', halted).course).toBe('halted');
    expect(way('SeparateDatabase', left).course).toBe('halted');
    expect(way('SeparateDatabase', older).course).toBe('forward');
    expect(way('SingleServer', halted).course).toBe('back');
  });

  test('that failed and is to be rolled back loses its steps first, then the rest, and waits for another spec', () => {
    const failure = { step: 'D1', role: 'operation.step/freeze', message: 'no', generation: 7 };
    const rolling = (change: Partial<TransitionStatus>, ...more: readonly ReturnType<typeof standing>[]) =>
      way(
        'SeparateDatabase',
        { ...begun, transition: transition({ failure, ...change }), resources: [standing(), ...more] },
        false,
        'Rollback',
      );
    const withdrawn = { stage: 'SingleServer', move: up, course: 'halted', withdrawn: true };
    const halted = { stage: 'SeparateDatabase', move: up, course: 'halted' };

    expect(rolling({ course: 'Halted' }, standing('operation.step/freeze'))).toEqual(halted);
    expect(rolling({ course: 'Halted' })).toEqual(withdrawn);
    expect(rolling({ course: 'RolledBack' })).toEqual(withdrawn);
    const older = { ...failure, generation: 6 };
    expect(rolling({ course: 'RolledBack', failure: older })).toEqual({
      ...{ stage: 'SingleServer', move: up, course: 'back' },
    });
    expect(rolling({ course: 'Halted', failure: older }).course).toBe('forward');
  });
});
