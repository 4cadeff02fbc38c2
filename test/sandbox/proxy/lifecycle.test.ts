/** Courses as whoever began them is told of them, and as others are. */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { Call } from './call.ts';
import { begin, progress, stageLeft } from './lifecycle.ts';
import { createMachines } from './machines/machines.ts';
import { DEFAULT_SETTINGS, settingsStore } from './settings.ts';
import { createWorld } from './world.ts';

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

test('a call whose answer takes longer than the stage that it began is told of that stage, and that nothing of it is left', () => {
  const ask = () => Promise.reject(new Error('nobody asks the stand-in'));
  const machines = createMachines({ endpoint: () => '', metadata: () => '' });
  const world = createWorld({ settings: settingsStore(DEFAULT_SETTINGS), machines, ask }, 'seed');
  const place = { account: '123456789012', region: 'us-east-1' };
  const call = { ...place, trace: { created: [], reached: true, replayed: false } } as unknown as Call;
  const ending = { state: 'shutting-down', seconds: [0, 0], least: 1 } as const;
  begin(world, call, 'i-1', [ending, { state: 'terminated', seconds: [0, 0], least: 60 }]);
  jest.advanceTimersByTime(3000);
  expect(progress(world, place, 'i-1')?.state).toBe('terminated');
  expect(stageLeft(world, place, 'i-1')).toBe(58_000);
  expect(progress(world, call, 'i-1')?.state).toBe('shutting-down');
  expect(stageLeft(world, call, 'i-1')).toBe(0);
});
