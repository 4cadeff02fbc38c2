/** Alarms on a fleet: which there are, and that none of them calls anybody before there is a fleet, or because it ends. */
import type { Node } from '../../src/core/graph.ts';
import type { AlarmSpec } from '../../src/resources/cloudwatch/alarm.ts';
import { full, minimal, serverless, withCompute } from './balanced.ts';
import { graphOf, type StagedTier } from './tiers.ts';

const SCALING = {
  healthCheckGraceSeconds: 300,
  warmupSeconds: 120,
  instanceRefresh: { minHealthyPercentage: 100, maxHealthyPercentage: 120, bakeTimeSeconds: 0 },
} as const;
const ofOneSize = withCompute({ autoScaling: { ...SCALING, minSize: 3, maxSize: 3 } });

const alarmsOf = (tier: StagedTier): readonly Node[] =>
  [...graphOf(tier).values()].filter(({ kind }) => kind.type === 'cloudwatch.alarm');
const specOf = ({ spec }: Node): AlarmSpec => spec as AlarmSpec;
const nameOf = ({ id }: Node): string => id.slice('cloudwatch.alarm/'.length);

describe.each([
  ['minimal', minimal],
  ['full', full],
  ['with a serverless cache', serverless],
  ['of one size', ofOneSize],
])('the alarms of a tier %s', (_name, tier) => {
  it('take no silence for a fault: nobody measures servers that are not there yet', () => {
    expect(new Set(alarmsOf(tier).map((alarm) => specOf(alarm).treatMissingData))).toEqual(new Set(['missing']));
  });

  it('on servers come after the group that starts them, and so end before it', () => {
    const ofFleet = alarmsOf(tier).filter((alarm) => /^(healthy-servers|fleet)-/.test(nameOf(alarm)));
    expect(ofFleet.length).toBeGreaterThanOrEqual(2);
    for (const { needs } of ofFleet) expect(needs).toContain('autoscaling.group/server');
  });

  it('say that there are too few servers, by a signal that does not end with the last one', () => {
    const few = alarmsOf(tier).find((alarm) => nameOf(alarm) === 'fleet-below-min');
    expect(few && specOf(few)).toMatchObject({
      metricName: 'GroupInServiceInstances',
      comparison: 'LessThanThreshold',
      threshold: tier.spec.compute.autoScaling?.minSize ?? 2,
    });
  });
});

it('a group that cannot change its size is not at its maximum for anybody to know', () => {
  expect(alarmsOf(minimal).map(nameOf)).toContain('fleet-at-max');
  expect(alarmsOf(ofOneSize).map(nameOf)).not.toContain('fleet-at-max');
});
