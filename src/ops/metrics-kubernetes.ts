/**
 * Metrics of the Kubernetes side, under controller-runtime's and client-go's names, so that existing dashboards work.
 * The names, labels and units are a contract; no label may carry the name of an object.
 */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

const RECONCILE_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const QUEUE_BUCKETS = [0.0001, 0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 5, 10, 60, 300];

/** Metrics of reconciling. */
export type ReconcileMetrics = ReturnType<typeof reconcileMetrics>;
/** Metrics of the work queue. */
export type QueueMetrics = ReturnType<typeof queueMetrics>;
/** Metrics of the API server's client, of watching and of leadership. */
export type ClientMetrics = ReturnType<typeof clientMetrics>;

/** Defines `controller_runtime_*`. */
export function reconcileMetrics(registry: Registry) {
  const labelNames = ['controller'] as const;
  const registers = [registry];
  return {
    total: new Counter({
      name: 'controller_runtime_reconcile_total',
      help: 'Reconciliations, by controller and result',
      labelNames: ['controller', 'result'] as const,
      registers,
    }),
    errors: new Counter({
      name: 'controller_runtime_reconcile_errors_total',
      help: 'Reconciliations that ended in an error',
      labelNames,
      registers,
    }),
    panics: new Counter({
      name: 'controller_runtime_reconcile_panics_total',
      help: 'Reconciliations that threw something unexpected',
      labelNames,
      registers,
    }),
    timeouts: new Counter({
      name: 'controller_runtime_reconcile_timeouts_total',
      help: 'Reconciliations that were aborted because they took too long',
      labelNames,
      registers,
    }),
    seconds: new Histogram({
      name: 'controller_runtime_reconcile_time_seconds',
      help: 'Length of a reconciliation',
      labelNames,
      buckets: RECONCILE_BUCKETS,
      registers,
    }),
    workers: new Gauge({
      name: 'controller_runtime_max_concurrent_reconciles',
      help: 'Reconciliations that may run at once',
      labelNames,
      registers,
    }),
    active: new Gauge({
      name: 'controller_runtime_active_workers',
      help: 'Reconciliations that run now',
      labelNames,
      registers,
    }),
  };
}

/** Defines `workqueue_*`. */
export function queueMetrics(registry: Registry) {
  const labelNames = ['name', 'controller'] as const;
  const registers = [registry];
  const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames, registers });
  const counter = (name: string, help: string) => new Counter({ name, help, labelNames, registers });
  const histogram = (name: string, help: string) =>
    new Histogram({ name, help, labelNames, buckets: QUEUE_BUCKETS, registers });
  return {
    depth: gauge('workqueue_depth', 'Keys that are ready and wait for a worker'),
    adds: counter('workqueue_adds_total', 'Keys that became ready'),
    queueSeconds: histogram('workqueue_queue_duration_seconds', 'How long a ready key waited for a worker'),
    workSeconds: histogram('workqueue_work_duration_seconds', 'How long a worker was busy with a key'),
    unfinishedSeconds: gauge('workqueue_unfinished_work_seconds', 'Sum of the ages of all work in progress'),
    longestSeconds: gauge('workqueue_longest_running_processor_seconds', 'Age of the oldest work in progress'),
    retries: counter('workqueue_retries_total', 'Keys that were added again after a failure'),
  };
}

/** Defines `rest_client_*`, `leader_election_*` and what says how watching goes. */
export function clientMetrics(registry: Registry) {
  const registers = [registry];
  return {
    requests: new Counter({
      name: 'rest_client_requests_total',
      help: 'Requests to the API server, by status code, method and host',
      labelNames: ['code', 'method', 'host'] as const,
      registers,
    }),
    requestSeconds: new Histogram({
      name: 'rest_client_request_duration_seconds',
      help: 'Time until the API server answered',
      labelNames: ['verb', 'host'] as const,
      buckets: RECONCILE_BUCKETS,
      registers,
    }),
    leader: new Gauge({
      name: 'leader_election_master_status',
      help: '1 while this process holds the lease',
      labelNames: ['name'] as const,
      registers,
    }),
    shards: new Gauge({
      name: 'scalingtier_shards_held',
      help: 'Shards whose tiers this process serves',
      registers,
    }),
    lists: new Counter({
      name: 'scalingtier_watch_lists_total',
      help: 'Complete lists that the cache was filled from',
      registers,
    }),
    watches: new Counter({
      name: 'scalingtier_watch_streams_total',
      help: 'Watch streams that ended, by how they ended',
      labelNames: ['end'] as const,
      registers,
    }),
    events: new Counter({
      name: 'scalingtier_kubernetes_events_total',
      help: 'Events for people, by what became of them',
      labelNames: ['outcome'] as const,
      registers,
    }),
  };
}
