/** The fair share: who takes, who asks, who gives. */
import { answersTo, type ShardStanding, shardToAskFor, shardToTake } from '../../src/kube/share.ts';

const held = (holder: string, askedBy = ''): ShardStanding => ({ holder, freeFor: 0, askedBy });
const free = (freeFor: number, askedBy = ''): ShardStanding => ({ holder: '', freeFor, askedBy });

describe('taking', () => {
  test('who has none takes a free one at once, and chance says which', () => {
    const shards = [held('b'), free(0), free(0)];
    expect(shardToTake('a', shards, 100, 0)).toBe(1);
    expect(shardToTake('a', shards, 100, 0.99)).toBe(2);
  });

  test('who has some waits until nobody else wanted it', () => {
    expect(shardToTake('a', [held('a'), free(99)], 100, 0)).toBeUndefined();
    expect(shardToTake('a', [held('a'), free(100)], 100, 0)).toBe(1);
  });

  test('what is offered to somebody is his at once, and not of the others', () => {
    expect(shardToTake('a', [held('a'), free(0, 'a')], 100, 0)).toBe(1);
    expect(shardToTake('a', [held('a'), free(0, 'b')], 100, 0)).toBeUndefined();
  });

  test('what is held is not taken', () => {
    expect(shardToTake('a', [held('b'), held('c', 'a')], 0, 0)).toBeUndefined();
  });
});

describe('asking', () => {
  test('one more is no reason, two more are', () => {
    expect(shardToAskFor('a', [held('a'), held('b'), held('b')], 0)).toBeUndefined();
    expect(shardToAskFor('a', [held('b')], 0)).toBeUndefined();
    expect(shardToAskFor('a', [held('b'), held('b')], 0)).toBe(0);
  });

  test('of who has the most, and what was asked for counts as given', () => {
    expect(shardToAskFor('a', [held('b'), held('b'), held('c'), held('c'), held('c')], 0)).toBe(2);
    expect(shardToAskFor('a', [held('b', 'a'), held('b'), held('b'), held('b')], 0)).toBe(1);
    expect(shardToAskFor('a', [held('b', 'a'), held('b', 'a'), held('b'), held('b')], 0)).toBeUndefined();
    expect(shardToAskFor('a', [held('b', 'c'), held('b'), held('b')], 0)).toBe(1);
  });

  test('what is free comes first', () => {
    expect(shardToAskFor('a', [held('b'), held('b'), free(0)], 0)).toBeUndefined();
  });
});

describe('answering', () => {
  test('as many are given as make it even, the rest is refused', () => {
    const shards = [held('a', 'b'), held('a', 'b'), held('a', 'b'), held('a')];
    expect(answersTo('a', shards)).toEqual({ give: [0, 1], refuse: [2] });
  });

  test('who has as many by now is refused, and so is who asks himself', () => {
    expect(answersTo('a', [held('a', 'b'), held('b')])).toEqual({ give: [], refuse: [0] });
    expect(answersTo('a', [held('a', 'a'), held('a')])).toEqual({ give: [], refuse: [0] });
  });

  test('what is asked of others is not ours to answer', () => {
    expect(answersTo('a', [held('b', 'a'), held('a')])).toEqual({ give: [], refuse: [] });
  });
});

test('whoever comes and goes, asking and giving ends, and then no two differ by more than one', () => {
  for (const processes of [1, 2, 3, 4, 5]) {
    for (const count of [1, 2, 4, 7, 16]) {
      const names = Array.from({ length: processes }, (_, index) => `p${index}`);
      let shards = Array.from({ length: count }, () => held('p0'));
      for (let round = 0; round < 50; round++) {
        for (const name of names) {
          const { give } = answersTo(name, shards);
          shards = shards.map((shard, index) => (give.includes(index) ? held(shard.askedBy) : shard));
          const wish = shardToAskFor(name, shards, 0);
          shards = shards.map((shard, index) => (index === wish ? held(shard.holder, name) : shard));
        }
      }
      const counts = names.map((name) => shards.filter(({ holder }) => holder === name).length);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      expect(shards.every(({ askedBy }) => askedBy === '')).toBe(true);
    }
  }
});
