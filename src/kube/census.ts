/**
 * Counts tiers for the metrics: by stage and condition, what they hold, how far they drift, what they cost. It keeps sums
 * for each tier and nothing that names one. The sums over all are kept too: a scrape must not go through every tier.
 */
import type { TierStatus } from '../api/types.ts';
import type { Metrics } from '../ops/metrics.ts';

/** The tiers as last reported. */
export interface Census {
  put(key: string, status: TierStatus): void;
  remove(key: string): void;
}

type Labels = Readonly<Record<string, string>>;

/** A number under some labels. */
interface Count {
  readonly labels: Labels;
  readonly value: number;
}

/** The gauges that a tier counts in. */
type Gauge = 'tiers' | 'resources' | 'drift' | 'cost';

type Summary = Readonly<Record<Gauge, readonly Count[]>>;

/** Sums by labels; `tiers` tells how many count in one, so that a sum that nobody counts in goes. */
type Sums = Map<string, { readonly labels: Labels; value: number; tiers: number }>;

const GAUGES: readonly Gauge[] = ['tiers', 'resources', 'drift', 'cost'];

/** A census that fills its gauges at each scrape. */
export function createCensus(metrics: Metrics): Census {
  const tiers = new Map<string, Summary>();
  const sums: Readonly<Record<Gauge, Sums>> = {
    tiers: new Map(),
    resources: new Map(),
    drift: new Map(),
    cost: new Map(),
  };
  const remove = (key: string): void => {
    const old = tiers.get(key);
    tiers.delete(key);
    if (old !== undefined) for (const gauge of GAUGES) count(sums[gauge], old[gauge], -1);
  };
  metrics.onScrape(() => {
    for (const gauge of GAUGES) publish(metrics.tier[gauge], sums[gauge]);
  });
  return {
    put: (key, status) => {
      remove(key);
      const summary = summaryOf(status);
      tiers.set(key, summary);
      for (const gauge of GAUGES) count(sums[gauge], summary[gauge], 1);
    },
    remove,
  };
}

function summaryOf(status: TierStatus): Summary {
  const stage = status.stage ?? 'None';
  const { cost } = status;
  return {
    tiers: (status.conditions ?? []).map(({ type, status: value }) => one({ stage, condition: type, status: value })),
    resources: summed((status.resources ?? []).map(({ type, ready }) => one({ kind: type, ready: String(ready) }))),
    drift: summed((status.drift ?? []).map(({ role }) => one({ kind: role.split('/', 1)[0] ?? role }))),
    cost: cost === undefined ? [] : [{ labels: { currency: cost.currency }, value: Number(cost.monthlyEstimate) }],
  };
}

function one(labels: Labels): Count {
  return { labels, value: 1 };
}

function summed(counts: readonly Count[]): readonly Count[] {
  const sums: Sums = new Map();
  count(sums, counts, 1);
  return [...sums.values()].map(({ labels, value }) => ({ labels, value }));
}

function count(sums: Sums, counts: readonly Count[], sign: 1 | -1): void {
  for (const { labels, value } of counts) {
    const id = JSON.stringify(labels);
    const sum = sums.get(id) ?? { labels, value: 0, tiers: 0 };
    sum.value += sign * value;
    sum.tiers += sign;
    if (sum.tiers === 0) sums.delete(id);
    else sums.set(id, sum);
  }
}

interface Target {
  reset(): void;
  set(labels: Partial<Record<string, string>>, value: number): void;
}

function publish(gauge: Target, sums: Sums): void {
  gauge.reset();
  // Money is summed in floating point; what is added and taken away again must not show in the last digits.
  for (const { labels, value } of sums.values()) gauge.set(labels, Math.round(value * 100) / 100);
}
