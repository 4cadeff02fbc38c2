/**
 * Counts tiers for the metrics: by stage and condition, what they hold, how far they drift, what they cost. It keeps sums
 * for each tier and nothing that names one.
 */
import type { TierStatus } from '../api/types.ts';
import type { Metrics } from '../ops/metrics.ts';

/** The tiers as last reported. */
export interface Census {
  put(key: string, status: TierStatus): void;
  remove(key: string): void;
}

/** A number under some labels. */
interface Count {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Summary {
  readonly conditions: readonly Count[];
  readonly resources: readonly Count[];
  readonly drift: readonly Count[];
  readonly cost: readonly Count[];
}

interface Target {
  reset(): void;
  set(labels: Partial<Record<string, string>>, value: number): void;
}

/** A census that fills its gauges at each scrape. */
export function createCensus(metrics: Metrics): Census {
  const tiers = new Map<string, Summary>();
  metrics.onScrape(() => {
    const all = [...tiers.values()];
    publish(
      metrics.tier.tiers,
      all.flatMap((tier) => tier.conditions),
    );
    publish(
      metrics.tier.resources,
      all.flatMap((tier) => tier.resources),
    );
    publish(
      metrics.tier.drift,
      all.flatMap((tier) => tier.drift),
    );
    publish(
      metrics.tier.cost,
      all.flatMap((tier) => tier.cost),
    );
  });
  return {
    put: (key, status) => {
      tiers.set(key, summaryOf(status));
    },
    remove: (key) => {
      tiers.delete(key);
    },
  };
}

function summaryOf(status: TierStatus): Summary {
  const stage = status.stage ?? 'None';
  const { cost } = status;
  return {
    conditions: (status.conditions ?? []).map(({ type, status: value }) => ({
      labels: { stage, condition: type, status: value },
      value: 1,
    })),
    resources: sum((status.resources ?? []).map(({ type, ready }) => one({ kind: type, ready: String(ready) }))),
    drift: sum((status.drift ?? []).map(({ role }) => one({ kind: role.split('/', 1)[0] ?? role }))),
    cost: cost === undefined ? [] : [{ labels: { currency: cost.currency }, value: Number(cost.monthlyEstimate) }],
  };
}

function one(labels: Readonly<Record<string, string>>): Count {
  return { labels, value: 1 };
}

function sum(counts: readonly Count[]): readonly Count[] {
  const sums = new Map<string, Count>();
  for (const { labels, value } of counts) {
    const id = JSON.stringify(labels);
    sums.set(id, { labels, value: (sums.get(id)?.value ?? 0) + value });
  }
  return [...sums.values()];
}

function publish(gauge: Target, counts: readonly Count[]): void {
  gauge.reset();
  for (const { labels, value } of sum(counts)) gauge.set(labels, value);
}
