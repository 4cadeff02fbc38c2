/** What a change from any stage to any other one is: which moves, one after the other, or why there are none. */
import { expect, test } from '@jest/globals';
import type { StageName } from '../../src/api/types.ts';
import { wayOf } from '../../src/core/move.ts';
import type { Tier } from '../../src/core/tier.ts';
import { moves } from '../../src/moves/index.ts';
import { stages } from '../../src/stages/index.ts';
import { expectGolden } from '../stages/golden.ts';

const ladder = { stages: Object.keys(stages) as StageName[], moves };

/** A tier in one stage that is to be in another one; what else it is decides nothing here. */
const tierOf = (from: StageName, to: StageName): Tier =>
  ({
    metadata: { generation: 2 },
    spec: { stage: to },
    status: { stage: from, resources: [{ role: 'ec2.vpc/main' }] },
  }) as unknown as Tier;

/** The moves from a stage to another one, as people read them. */
function pathOf(from: StageName, to: StageName): readonly string[] {
  if (from === to) return [];
  try {
    const { move } = wayOf(tierOf(from, to), ladder);
    if (!move) return ['  nothing'];
    const steps = move.runbook.map(({ id, does, rollback }) => `    ${id} ${does}${rollback ? ` [${rollback}]` : ''}`);
    return [`  ${move.from} to ${move.to}`, ...steps, ...pathOf(move.to, to)];
  } catch (error) {
    return [`  refused: ${(error as Error).message}`];
  }
}

test('every ordered pair of stages is a path of moves, or is refused in words', () => {
  const pairs = ladder.stages.flatMap((from) =>
    ladder.stages.filter((to) => to !== from).map((to) => [`${from} to ${to}:`, ...pathOf(from, to)].join('\n')),
  );
  expect(pairs).toHaveLength(ladder.stages.length * (ladder.stages.length - 1));
  expectGolden('moves-of-every-pair', pairs.join('\n'));
});
