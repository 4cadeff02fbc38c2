/**
 * Tiers at rest: of these the last pass found nothing to do, so that the next look needs to tell only whether tier and AWS
 * are as they were. A look holds no worker, however long AWS's answers take, and writes nothing. Losing a rest costs a pass.
 * Whoever waits long for something else is kept here as well, so that a change in AWS ends both.
 */

/** What a pass left behind. */
export interface Rest {
  /** Of the tier that the pass was about (`TierSummary`). */
  readonly content: string;
  /** Until the next look. */
  readonly seconds: number;
  /** Whether AWS shows the same; never fails. */
  readonly still: () => Promise<boolean>;
}

/** The look of those who only wait: when it is due, so is a pass. */
export const NOT_AT_REST = (): Promise<boolean> => Promise.resolve(false);

/** Those at rest, by key. */
export interface Rests {
  keep(key: string, rest: Rest): void;
  /** Answers whether there was one. */
  forget(key: string): boolean;
  /** The rest of a tier that says the same still. */
  of(key: string, content: string | undefined): Rest | undefined;
  /** Whether the rest stands; nothing when it was given up meanwhile, by whoever then sees to the tier. */
  look(key: string, rest: Rest): Promise<boolean | undefined>;
}

/** Nobody at rest. */
export function createRests(): Rests {
  const rests = new Map<string, Rest>();
  return {
    keep: (key, rest) => {
      rests.set(key, rest);
    },
    forget: (key) => rests.delete(key),
    of: (key, content) => {
      const rest = rests.get(key);
      return rest?.content === content ? rest : undefined;
    },
    look: async (key, rest) => {
      const still = await rest.still();
      return rests.get(key) === rest ? still : undefined;
    },
  };
}
