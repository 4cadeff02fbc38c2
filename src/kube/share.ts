/**
 * What is a fair share of the shards: which to take, which to ask for, which to give up. Pure: it sees how things stand at
 * one moment and answers for one process. Nothing here is needed for safety; a wrong answer costs a change of hands.
 */

/** How one shard stands. */
export interface ShardStanding {
  /** Who holds it; empty when it is free. */
  readonly holder: string;
  /** Milliseconds for which it has been free. */
  readonly freeFor: number;
  /** Who asks for it, or is offered it; empty when nobody is. */
  readonly askedBy: string;
}

/** What to do about those who ask for shards of this process. */
export interface Answers {
  readonly give: readonly number[];
  readonly refuse: readonly number[];
}

/** So many more than another has, and one of them belongs to the other: with one less the two would change for ever. */
const UNFAIR = 2;

/**
 * A shard to take. Who has none takes what is free at once; who has some leaves the others so much time to be first.
 * `chance` is from 0 to 1: processes that look at the same moment should not all want the same.
 */
export function shardToTake(
  self: string,
  shards: readonly ShardStanding[],
  patience: number,
  chance: number,
): number | undefined {
  const idle = !shards.some(({ holder }) => holder === self);
  const open = indexesOf(
    shards,
    ({ holder, freeFor, askedBy }) => holder === '' && (idle || askedBy === self || freeFor >= patience),
  );
  return oneOf(open, chance);
}

/** A shard to ask its holder for: of who has the most, counting what was asked for as given. */
export function shardToAskFor(self: string, shards: readonly ShardStanding[], chance: number): number | undefined {
  if (shards.some(({ holder }) => holder === '')) return undefined;
  const counts = countsOf(shards.map(({ holder, askedBy }) => askedBy || holder));
  const most = Math.max(...shards.map(({ holder }) => counts.get(holder) ?? 0));
  if (most < (counts.get(self) ?? 0) + UNFAIR) return undefined;
  const candidates = indexesOf(shards, ({ holder, askedBy }) => askedBy === '' && counts.get(holder) === most);
  return oneOf(candidates, chance);
}

/** Whether those who ask really hold less. */
export function answersTo(self: string, shards: readonly ShardStanding[]): Answers {
  const counts = countsOf(shards.map(({ holder }) => holder));
  const answers = { give: [] as number[], refuse: [] as number[] };
  for (const index of indexesOf(shards, ({ holder, askedBy }) => holder === self && askedBy !== '')) {
    const { askedBy = '' } = shards[index] ?? {};
    const own = counts.get(self) ?? 0;
    const theirs = counts.get(askedBy) ?? 0;
    if (askedBy === self || own < theirs + UNFAIR) {
      answers.refuse.push(index);
      continue;
    }
    counts.set(self, own - 1);
    counts.set(askedBy, theirs + 1);
    answers.give.push(index);
  }
  return answers;
}

function indexesOf(shards: readonly ShardStanding[], holds: (shard: ShardStanding) => boolean): readonly number[] {
  return shards.flatMap((shard, index) => (holds(shard) ? [index] : []));
}

function countsOf(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

function oneOf(indexes: readonly number[], chance: number): number | undefined {
  return indexes[Math.floor(chance * indexes.length)];
}
