/** What tiers' alarms must not take for a sign, and what they must: metrics say less, or more, than their names. */
import type { TierSpec } from '../../../src/api/types.ts';
import type { AlarmSpec } from '../../../src/resources/cloudwatch/alarm.ts';
import { exampleSpec, factsOf, graphOf } from '../../stages/tiers.ts';

const alarmsOf = (spec: TierSpec): readonly AlarmSpec[] => {
  const nodes = [...graphOf({ spec, facts: factsOf(spec) }).values()];
  return nodes.filter(({ kind }) => kind.type === 'cloudwatch.alarm').map(({ spec: alarm }) => alarm as AlarmSpec);
};

const database = exampleSpec('separate-database-minimal.yaml');

const withReplicas = (engine: 'postgres' | 'mysql', engineVersion: string): TierSpec => {
  const { rds } = database.database;
  if (!rds) throw new Error('the tier has no section for RDS');
  const readReplicas = { count: 1, multiAZ: false };
  return { ...database, database: { ...database.database, engine, rds: { ...rds, engineVersion, readReplicas } } };
};

const lagOf = (spec: TierSpec) => alarmsOf(spec).find(({ metricName }) => metricName === 'ReplicaLag')?.threshold;

test('replica lag of an idle PostgreSQL is up to five minutes, so only more than that rings', () => {
  expect(lagOf(withReplicas('postgres', '17'))).toBeGreaterThan(300);
});

test('replica lag of an idle MySQL is none, so less than that rings', () => {
  expect(lagOf(withReplicas('mysql', '8.4'))).toBeLessThan(300);
});

const fleet = alarmsOf(exampleSpec('load-balanced-minimal.yaml'));

test('a load balancer that answers 200 with all targets unhealthy is not healthy: healthy hosts and serving instances are counted', () => {
  for (const metricName of ['HealthyHostCount', 'GroupInServiceInstances'])
    expect(fleet.filter((alarm) => alarm.metricName === metricName)).toEqual([
      expect.objectContaining({ comparison: 'LessThanThreshold', threshold: 2 }),
    ]);
});

test('an app that closes connections before the load balancer does shows as 502 of the load balancer’s own', () => {
  expect(fleet.filter(({ metricName }) => metricName === 'HTTPCode_ELB_5XX_Count')).toEqual([
    expect.objectContaining({ namespace: 'AWS/ApplicationELB', statistic: 'Sum' }),
  ]);
});
