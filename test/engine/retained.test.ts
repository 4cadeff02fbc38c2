/** What is left in AWS is told when the tier goes: all of it, however much it is. */
import type { Tier } from '../../src/core/tier.ts';
import { eventsOf } from '../../src/engine/events.ts';

const notes = (count: number): readonly string[] => {
  const retained = Array.from({ length: count }, (_, index) => ({
    role: `toy.box/${index}`,
    id: `arn:aws:toy:us-east-1:123456789012:box/number-${index}`,
  }));
  const tier = { metadata: { generation: 1, deletionTimestamp: 'now' }, spec: {}, status: {} } as unknown as Tier;
  const happening = {
    ...{ tier, after: { observedGeneration: 1, retained }, plan: { actions: [], findings: [], hash: '' } },
    ...{ outcomes: new Map(), gone: true, now: new Date() },
  };
  return eventsOf(happening).flatMap(({ reason, message }) => (reason === 'Retained' ? [message] : []));
};

it('is not told where there is nothing', () => {
  expect(notes(0)).toEqual([]);
});

it('is one event as long as it fits', () => {
  expect(notes(2)).toEqual([
    'left in AWS: toy.box/0 arn:aws:toy:us-east-1:123456789012:box/number-0, toy.box/1 arn:aws:toy:us-east-1:123456789012:box/number-1',
  ]);
});

it('is several when it does not, none of which the API server would cut, and nothing is missing', () => {
  const all = notes(100);
  expect(all.length).toBeGreaterThan(5);
  expect(Math.max(...all.map((note) => Buffer.byteLength(note)))).toBeLessThanOrEqual(1024);
  const named = all.flatMap((note) => note.replace('left in AWS: ', '').split(', '));
  expect(named).toHaveLength(100);
  expect(new Set(named).size).toBe(100);
});
