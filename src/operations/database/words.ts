/** How the steps of a database say what came of them, whatever its engine is. It must not know a step. */

/** What a step answers, by names. */
export type Answer = Readonly<Record<string, unknown>>;

/** How many there are: `1 table`, `2 tables`. */
export const count = (value: unknown, one: string): string =>
  `${Number(value ?? 0)} ${one}${Number(value) === 1 ? '' : 's'}`;

/** A size, rounded up. */
export const mebibytes = (bytes: unknown): string => `${Math.ceil(Number(bytes ?? 0) / 1_048_576)} MiB`;

/** What came of a rehearsal. */
export const rehearsed = ({ seconds, compareSeconds, expectedInterruptionSeconds, bytes }: Answer): string =>
  `${mebibytes(bytes)} in ${count(seconds, 'second')}, compared in ${count(compareSeconds, 'second')}; about ${count(expectedInterruptionSeconds, 'second')} without a database are to be expected`;
