/** The list of kinds: what others stand on comes first, so that what no graph speaks of any more goes in the right order, too. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { typeOf } from '../../src/core/snapshot.ts';
import { resources } from '../../src/resources/index.ts';
import { exampleSpec, factsOf, graphOf } from '../stages/tiers.ts';

const types = resources.map(({ type }) => type);
const examples = readdirSync(join(import.meta.dirname, '..', '..', 'examples')).filter((file) =>
  file.endsWith('.yaml'),
);

/** Pairs of kinds that stand in the list the other way round than in a graph. */
function reversed(file: string): readonly string[] {
  const spec = exampleSpec(file);
  const nodes = [...graphOf({ spec, facts: factsOf(spec) }).values()];
  return nodes.flatMap(({ id, needs }) =>
    needs
      .filter((need) => types.indexOf(typeOf(need)) > types.indexOf(typeOf(id)))
      .map((need) => `${typeOf(id)} stands before ${typeOf(need)}`),
  );
}

test.each(examples)('no kind stands in the list before one that %s builds it on', (file) => {
  expect([...new Set(reversed(file))]).toEqual([]);
});

test.each([
  ['ec2.nat-gateway', 'ec2.route-table'],
  ['ec2.address', 'ec2.nat-gateway'],
  ['elasticache.user-group', 'elasticache.replication-group'],
  ['elb.listener-rule', 'autoscaling.group'],
  ['autoscaling.group', 'autoscaling.policy'],
  ['ssm.parameter', 'autoscaling.group'],
  ['autoscaling.group', 'cloudwatch.alarm'],
])('%s outlives %s', (first, second) => {
  expect(types.indexOf(first)).toBeGreaterThanOrEqual(0);
  expect(types.indexOf(first)).toBeLessThan(types.indexOf(second));
});
