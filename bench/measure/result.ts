/** What a measurement says, and how several runs become one figure. It must not measure. */

/** One figure with everything that is needed to judge it. */
export interface Result {
  readonly title: string;
  /** The median of the runs. */
  readonly value: number;
  readonly unit: string;
  /** The value must not be above it. */
  readonly budget: number;
  readonly min: number;
  readonly max: number;
  readonly conditions: Readonly<Record<string, string | number>>;
  /** Other figures of the same runs, medians. */
  readonly parts?: Readonly<Record<string, number>>;
}

/** The middle of some figures; not a number when there are none. */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  const half = sorted.length / 2;
  const [below = Number.NaN, above = Number.NaN] = [sorted[Math.ceil(half) - 1], sorted[Math.floor(half)]];
  return (below + above) / 2;
}

/** The figure below which a share of the figures lies. */
export function percentile(figures: readonly number[], share: number): number {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** What a measurement says of one run. */
export interface Sample {
  readonly value: number;
  readonly parts?: Readonly<Record<string, number>>;
}

/** Makes runs into a result. */
export function resultOf(
  frame: Pick<Result, 'title' | 'unit' | 'budget' | 'conditions'>,
  samples: readonly Sample[],
): Result {
  const values = samples.map(({ value }) => value);
  const names = [...new Set(samples.flatMap(({ parts = {} }) => Object.keys(parts)))];
  const parts = Object.fromEntries(
    names.map((name) => [name, median(samples.flatMap((sample) => sample.parts?.[name] ?? []))]),
  );
  return {
    ...frame,
    value: median(values),
    min: Math.min(...values),
    max: Math.max(...values),
    conditions: { ...frame.conditions, runs: samples.length },
    ...(names.length > 0 ? { parts } : {}),
  };
}
