/**
 * Metrics of the product itself: AWS calls, actions, drift, tiers and cost. Labels are services, operations, kinds and
 * stages; none may carry the name of an object, an id or an account's secret.
 */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

const CALL_BUCKETS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30];

/** Metrics of calls to AWS. */
export type AwsMetrics = ReturnType<typeof awsMetrics>;
/** Metrics of tiers and of what was done for them. */
export type TierMetrics = ReturnType<typeof tierMetrics>;

/** Defines `scalingtier_aws_*`. */
export function awsMetrics(registry: Registry) {
  const registers = [registry];
  const labelNames = ['service', 'operation'] as const;
  return {
    calls: new Counter({
      name: 'scalingtier_aws_api_calls_total',
      help: 'Calls to AWS, by service, operation and outcome',
      labelNames: ['service', 'operation', 'outcome'] as const,
      registers,
    }),
    seconds: new Histogram({
      name: 'scalingtier_aws_api_duration_seconds',
      help: 'Length of a call to AWS with its retries',
      labelNames: ['service'] as const,
      buckets: CALL_BUCKETS,
      registers,
    }),
    throttles: new Counter({
      name: 'scalingtier_aws_throttles_total',
      help: 'Calls that AWS throttled',
      labelNames,
      registers,
    }),
    ambiguous: new Counter({
      name: 'scalingtier_aws_ambiguous_total',
      help: 'Writes whose outcome is unknown: the answer was lost',
      labelNames,
      registers,
    }),
    sweepAge: new Gauge({
      name: 'scalingtier_sweep_age_seconds',
      help: 'Age of the oldest complete sweep in use, by region',
      labelNames: ['region'] as const,
      registers,
    }),
  };
}

/** Defines the rest of `scalingtier_*`. */
export function tierMetrics(registry: Registry) {
  const registers = [registry];
  return {
    actions: new Counter({
      name: 'scalingtier_actions_total',
      help: 'Actions carried out, by kind, action and outcome',
      labelNames: ['kind', 'action', 'outcome'] as const,
      registers,
    }),
    drift: new Gauge({
      name: 'scalingtier_drift_fields',
      help: 'Fields that differ from what was asked, by kind',
      labelNames: ['kind'] as const,
      registers,
    }),
    tiers: new Gauge({
      name: 'scalingtier_tiers',
      help: 'Tiers, by stage in force, condition and its status',
      labelNames: ['stage', 'condition', 'status'] as const,
      registers,
    }),
    resources: new Gauge({
      name: 'scalingtier_resources',
      help: 'AWS resources held, by kind and readiness',
      labelNames: ['kind', 'ready'] as const,
      registers,
    }),
    cost: new Gauge({
      name: 'scalingtier_estimated_monthly_cost',
      help: 'Estimated monthly cost of all tiers, by currency',
      labelNames: ['currency'] as const,
      registers,
    }),
    lastSuccess: new Gauge({
      name: 'scalingtier_last_successful_reconcile_timestamp_seconds',
      help: 'When a reconciliation last succeeded',
      registers,
    }),
    information: new Gauge({
      name: 'scalingtier_info',
      help: 'Always 1; its labels describe the operator',
      labelNames: ['version', 'cluster'] as const,
      registers,
    }),
  };
}
