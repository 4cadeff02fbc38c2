/** The parameter that tells people why nothing can be written: there for exactly as long as the database is closed, and never longer. */
import { type Attempt, lineThat, type Move } from '../../src/core/move.ts';
import type { NodeId } from '../../src/core/ref.ts';
import { moves } from '../../src/moves/index.ts';
import { exampleSpec, factsOf } from '../stages/tiers.ts';

const FLAG: NodeId = 'ssm.parameter/app/maintenance';

const SPECS: Readonly<Record<string, string>> = {
  SingleServer: 'single-server-minimal.yaml',
  SeparateDatabase: 'separate-database-minimal.yaml',
};

/** Moves in which nobody can write for a while, each with the steps that close a database. */
const cases = moves.flatMap((move) =>
  move.runbook.flatMap(({ id, node, interruption }) => (interruption === 'begins' ? [{ id, node, move }] : [])),
);

function drawn({ from, to, build }: Move, named: readonly (NodeId | undefined)[], change: Partial<Attempt> = {}) {
  const example = exampleSpec(SPECS[from] ?? '');
  const spec = { ...example, stage: to, deletionPolicy: { ...example.deletionPolicy, default: 'Retain' } } as const;
  const begun = (step: NodeId): boolean => named.includes(step);
  return build(spec, factsOf(spec), { steps: true, committed: false, begun, ...change });
}

test('there are such moves', () => {
  expect(cases.map(({ id }) => id)).toEqual(['D6', 'D6A', 'R6']);
});

test.each(cases)('it is published from $id on, until the app is told to go on', ({ node, move }) => {
  const ends = lineThat(move.runbook, 'ends')?.node;
  expect(drawn(move, []).graph.has(FLAG)).toBe(false);
  expect(drawn(move, [node]).graph.has(FLAG)).toBe(true);
  expect(drawn(move, [node], { committed: true }).graph.has(FLAG)).toBe(true);
  expect(drawn(move, [node, ends], { committed: true }).graph.has(FLAG)).toBe(false);
  expect(drawn(move, [node], { steps: false }).graph.has(FLAG)).toBe(false);
});

test.each(cases)('it is deleted after $id, whatever else is kept', ({ move }) => {
  expect(drawn(move, []).reference?.get(FLAG)?.end).toBe('Delete');
});
