/** A move of a database whatever its engine is: the same graph, in which only what scripts do is another thing. */
import type { TierSpec } from '../../src/api/types.ts';
import type { Move } from '../../src/core/move.ts';
import { DOWN, UP } from '../../src/moves/parts/engine-steps.ts';
import { separateDatabaseToSingleServer } from '../../src/moves/separate-database-to-single-server.ts';
import { singleServerToSeparateDatabase } from '../../src/moves/single-server-to-separate-database.ts';
import type { StepDefinition } from '../../src/operations/step/definition.ts';
import { exampleSpec, factsOf } from '../stages/tiers.ts';

type Method = TierSpec['transition']['dataMigration']['method'];

function specWith(engine: TierSpec['database']['engine'], method: Method): TierSpec {
  const spec = exampleSpec('separate-database-minimal.yaml');
  const dataMigration = { ...spec.transition.dataMigration, method };
  return { ...spec, database: { ...spec.database, engine }, transition: { ...spec.transition, dataMigration } };
}

/** The steps of a graph by their nodes. */
function stepsOf(
  move: Move,
  engine: TierSpec['database']['engine'],
  method: Method,
): ReadonlyMap<string, string | undefined> {
  const spec = specWith(engine, method);
  const { graph } = move.build(spec, factsOf(spec), {
    steps: true,
    committed: false,
    begun: () => false,
  });
  return new Map(
    [...graph].map(([id, node]) => [
      id.replace(/-(5432|3306)-/, '-port-'),
      (node.spec as { readonly step?: string }).step,
    ]),
  );
}

test.each<[string, Method, Move, readonly string[]]>([
  ['up', 'DumpRestore', singleServerToSeparateDatabase, ['inspect', 'rehearse', 'freeze', 'copy', 'compare', 'retire']],
  [
    'up',
    'LogicalReplication',
    singleServerToSeparateDatabase,
    ['inspect', 'inspect-replication', 'replicate', 'follow', 'verify', 'cut-over', 'retire'],
  ],
  ['up', 'External', singleServerToSeparateDatabase, ['inspect', 'freeze', 'compare', 'retire']],
  [
    'back',
    'DumpRestore',
    separateDatabaseToSingleServer,
    ['inspect', 'rehearse', 'freeze', 'copy', 'compare', 'open', 'discard'],
  ],
])('%s by %s MySQL moves by the same nodes as PostgreSQL, with steps of its own', (_, method, move, names) => {
  const [postgres, mysql] = [stepsOf(move, 'postgres', method), stepsOf(move, 'mysql', method)];
  expect([...mysql.keys()]).toEqual([...postgres.keys()]);

  const others = [...mysql].filter(([id, step]) => step !== postgres.get(id));
  expect(others.map(([id]) => id)).toEqual(names.map((name) => `operation.step/${name}`));
  expect(others.every(([, step]) => step?.startsWith('mysql.'))).toBe(true);
});

test('both engines answer and say the same of a step, and what one takes back the other does', () => {
  const shape = ({ undo, again, result, script }: StepDefinition) => ({
    ...{ undo: undo !== undefined, again: again === true, seconds: script?.seconds },
    said: result?.({ bytes: 5_000_000, tables: 2, rows: 9, seconds: 3, rowsSource: 9, rowsTarget: 9, checksums: 2 }),
  });
  // By a dump all rows are there when it ends, and what changed last is waited for and not read again.
  const other: Readonly<Record<string, object>> = {
    replicateDatabase: { seconds: 48 * 3600, said: expect.stringContaining('2 tables copied') },
    cutOverDatabase: { said: expect.stringContaining('applied') },
  };
  const [postgres, mysql] = [
    { ...UP.postgres, ...DOWN.postgres },
    { ...UP.mysql, ...DOWN.mysql },
  ];
  for (const [name, step] of Object.entries(mysql) as [keyof typeof mysql, StepDefinition][])
    expect([name, shape(step)]).toEqual([name, { ...shape(postgres[name]), ...other[name] }]);
});
