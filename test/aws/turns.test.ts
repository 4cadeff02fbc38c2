/** Turns: how many go on in one round of the event loop. */
import { mapInTurns, turns } from '../../src/aws/turns.ts';
import { roundsDuring } from './rounds.ts';

test('so many go on in each round of the event loop, in the order in which they came', async () => {
  const turn = turns(3);
  let round = 0;
  let done = false;
  const count = (): void => {
    round += 1;
    if (!done) setImmediate(count);
  };
  setImmediate(count);
  const rounds: number[] = [];
  const order: number[] = [];
  await Promise.all(
    Array.from({ length: 12 }, async (_, index) => {
      await turn();
      order.push(index);
      rounds.push(round);
    }),
  );
  done = true;
  expect(order).toEqual([...order].sort((a, b) => a - b));
  const sizes = [...Map.groupBy(rounds, (one) => one).values()].map((group) => group.length);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(3);
  expect(sizes.length).toBeGreaterThanOrEqual(4);
});

test('who comes alone waits for no other', async () => {
  const turn = turns(1);
  const calls = async (): Promise<void> => {
    for (let call = 0; call < 5; call += 1) await turn();
  };
  expect(await roundsDuring(calls())).toBeLessThanOrEqual(10);
});

test('what is made of many is whole and in order, and others get their turn in between', async () => {
  const items = Array.from({ length: 1_030 }, (_, index) => index);
  const made = mapInTurns(items, (item) => item * 2);
  expect(await roundsDuring(made)).toBeGreaterThanOrEqual(20);
  expect(await made).toEqual(items.map((item) => item * 2));
});

test('what cannot be made of one of many fails for all', async () => {
  const make = (item: number): number => {
    if (item === 77) throw new RangeError('77');
    return item;
  };
  await expect(
    mapInTurns(
      Array.from({ length: 100 }, (_, index) => index),
      make,
    ),
  ).rejects.toThrow(RangeError);
});
