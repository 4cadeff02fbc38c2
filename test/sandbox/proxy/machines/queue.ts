/** Work that is done in order, in the background, as AWS does what it is told. It must not know what the work is. */

/** What was told so far. */
export interface Queue {
  /** Does this after all that was told before; when some of that failed it is not done. */
  add(work: () => Promise<void>): void;
  /** Waits until everything is done; fails when some of it failed. */
  ready(): Promise<void>;
}

/** Nothing is to do yet. */
export function createQueue(): Queue {
  let last: Promise<void> = Promise.resolve();
  return {
    add(work) {
      last = last.then(work);
      // Whoever waits for `ready` learns of it; until then nobody does.
      last.catch(() => {});
    },
    ready: () => last,
  };
}
