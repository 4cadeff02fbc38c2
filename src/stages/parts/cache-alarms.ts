/** Alarms on the nodes of a cache: full, or too busy. A serverless cache grows by itself. */
import type { GraphBuilder } from '../../core/graph.ts';
import { around } from '../../core/ref.ts';
import { alarm, type Signal, type Watch } from './alarms.ts';
import type { Cache } from './cache.ts';

/** One minute, most of the last fifteen. */
const OFTEN = { namespace: 'AWS/ElastiCache', period: 60, datapointsToAlarm: 10, evaluationPeriods: 15 } as const;

const signalsOf = (node: number): readonly Signal[] => [
  {
    ...OFTEN,
    name: `cache-cpu-${node}`,
    description: `node ${node} of the cache is busy: take a larger nodeType`,
    metricName: 'EngineCPUUtilization',
    statistic: 'Average',
    threshold: 90,
    comparison: 'GreaterThanThreshold',
  },
  {
    ...OFTEN,
    name: `cache-memory-${node}`,
    description: `node ${node} of the cache is nearly full: sessions will be dropped; take a larger nodeType`,
    metricName: 'DatabaseMemoryUsagePercentage',
    statistic: 'Maximum',
    threshold: 85,
    comparison: 'GreaterThanThreshold',
  },
];

/** Adds the alarms of a cache. Its nodes are named after it, with three digits. */
export function cacheAlarms(g: GraphBuilder, watch: Watch, { wanted, identifier }: Cache): void {
  if (wanted.mode === 'Serverless') return;
  for (let node = 1; node <= wanted.replicas + 1; node += 1) {
    const CacheClusterId = around(identifier, ['', `-${String(node).padStart(3, '0')}`]);
    for (const signal of signalsOf(node)) alarm(g, watch, signal, { CacheClusterId });
  }
}
