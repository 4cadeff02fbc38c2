/** Work that is done one after the other, because side by side each would take as long as all together. It knows no work. */

/** When something is over, however it ends; never fails. */
export const ended = (work: Promise<unknown>): Promise<void> =>
  work.then(
    () => {},
    () => {},
  );

/** Lines by name: in each, work begins when all that was put in before it is over. */
export interface Lines {
  put<T>(line: string, work: () => Promise<T>): Promise<T>;
}

/** Starts with nothing to do. */
export function createLines(): Lines {
  /** What the next one of a line waits for. */
  const lines = new Map<string, Promise<void>>();
  return {
    put(line, work) {
      const before = lines.get(line);
      const run = before ? before.then(work) : work();
      const end: Promise<void> = ended(run).then(() => {
        if (lines.get(line) === end) lines.delete(line);
      });
      lines.set(line, end);
      return run;
    },
  };
}
