/** What is left out of long lives, and that the table says so. */
import { enough, rowOf, tableOf } from './run.ts';
import type { Trial } from './trial.ts';

const trial = (name: string, sampled?: Trial['sampled']): Trial => ({
  name,
  ...(sampled ? { sampled } : {}),
  run: async () => [],
});

const many = (sort: string, count: number): readonly Trial[] =>
  Array.from({ length: 12 }, (_, at) => trial(`${sort} ${at}`, { sort, count }));

const EVERY = [...many('dies before', 3), trial('short 1'), ...many('dies after', 2), trial('short 2')];
const namesOf = (trials: readonly Trial[]): readonly string[] => trials.map(({ name }) => name);

describe('enough trials', () => {
  it('are so many of each sort of a long life, and all of the others, in their order', () => {
    const chosen = enough(EVERY, 7);
    expect(chosen).toHaveLength(3 + 2 + 2);
    expect(namesOf(chosen).filter((name) => name.startsWith('short'))).toEqual(['short 1', 'short 2']);
    expect(EVERY.filter((one) => chosen.includes(one))).toEqual(chosen);
  });

  it('are the same for the same seed, and all of them are among those of some seed', () => {
    expect(enough(EVERY, 7)).toEqual(enough(EVERY, 7));
    const seen = new Set(Array.from({ length: 60 }, (_, seed) => enough(EVERY, seed)).flat());
    expect(seen.size).toBe(EVERY.length);
  });

  it('are all where there are no more', () => {
    const few = many('dies before', 3).slice(0, 2);
    expect(enough(few, 7)).toEqual(few);
  });
});

describe('the table', () => {
  const ends = [{ class: 'crash', trial: 'short 1', points: [{ name: 'a point', failures: [] }], seconds: 2 }];

  it('says how many trials were left out', () => {
    const lines = tableOf([rowOf('crash', ends, 5)]).split('\n');
    expect(lines[1]?.split(/\s+/)).toEqual(['crash', '1', '0', '5', '2']);
    expect(lines.slice(-2)).toEqual(['5 trials of long lives were left out', 'faults: 1 points, 0 failures']);
  });

  it('ends as ever where none was', () => {
    expect(
      tableOf([rowOf('crash', ends, 0)])
        .split('\n')
        .at(-1),
    ).toBe('faults: 1 points, 0 failures');
  });
});
