/**
 * All metrics of a process in one object, which is handed to whoever counts. Nothing is registered globally, so that two
 * operators can live in one test process.
 */
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import {
  type ClientMetrics,
  clientMetrics,
  type QueueMetrics,
  queueMetrics,
  type ReconcileMetrics,
  reconcileMetrics,
} from './metrics-kubernetes.ts';
import { type AwsMetrics, awsMetrics, type TierMetrics, tierMetrics } from './metrics-product.ts';

/** Everything that is counted. */
export interface Metrics {
  readonly reconcile: ReconcileMetrics;
  readonly queue: QueueMetrics;
  readonly client: ClientMetrics;
  readonly aws: AwsMetrics;
  readonly tier: TierMetrics;
  /** Calls `update` before each scrape, for gauges that are computed rather than counted. */
  onScrape(update: () => void): void;
  /** The text of a scrape and its content type. */
  scrape(): Promise<{ readonly body: string; readonly contentType: string }>;
}

/** What can be set about metrics. */
export interface MetricsOptions {
  /** Adds the process's own: memory, event loop, garbage collection. Default true. */
  readonly process?: boolean;
}

/** Registers every metric with a registry of its own. */
export function createMetrics(options: MetricsOptions = {}): Metrics {
  const registry = new Registry();
  if (options.process ?? true) collectDefaultMetrics({ register: registry });
  const updates: (() => void)[] = [];
  const metrics = {
    reconcile: reconcileMetrics(registry),
    queue: queueMetrics(registry),
    client: clientMetrics(registry),
    aws: awsMetrics(registry),
    tier: tierMetrics(registry),
  };
  new Gauge({ name: 'scalingtier_up', help: '1 while the operator runs', registers: [registry] }).set(1);
  return {
    ...metrics,
    onScrape: (update) => {
      updates.push(update);
    },
    scrape: async () => {
      for (const update of updates) update();
      return { body: await registry.metrics(), contentType: registry.contentType };
    },
  };
}
