/** How the contract suite tries a parameter group. */
import { DescribeDBParametersCommand, ModifyDBParameterGroupCommand } from '@aws-sdk/client-rds';
import { classify } from '../../src/aws/errors.ts';
import { DBParameterGroup, type DBParameterGroupSpec } from '../../src/resources/rds/parameter-group.ts';
import { anyDatabase, databaseGround, nameOf } from './database-ground.ts';
import { fixture } from './fixture.ts';
import { converge, differences, find, type World } from './world.ts';

const specOf = (world: World): DBParameterGroupSpec => ({
  name: nameOf(world, 'postgres17'),
  family: 'postgres17',
  description: 'parameters of the database',
  parameters: { log_min_duration_statement: '1000' },
});

async function methodsOf({ aws }: World, group: string): Promise<Readonly<Record<string, string>>> {
  const { Parameters = [] } = await aws.rds.send(
    new DescribeDBParametersCommand({ DBParameterGroupName: group, Source: 'user' }),
  );
  return Object.fromEntries(Parameters.map(({ ParameterName = '', ApplyMethod = '' }) => [ParameterName, ApplyMethod]));
}

export default fixture({
  resource: DBParameterGroup,
  missing: 'st-nothing',
  prepare: async (world) => ({ spec: specOf(world), named: (suffix: string) => nameOf(world, suffix) }),
  initial: ({ spec }) => spec,
  changed: [
    {
      name: 'dynamic parameter',
      change: () => ({ parameters: { log_min_duration_statement: '500' } }),
      expect: 'update',
    },
    {
      name: 'static parameter',
      change: () => ({ parameters: { log_min_duration_statement: '1000', max_connections: '200' } }),
      expect: 'update',
    },
    {
      name: 'family',
      change: ({ named }) => ({ family: 'postgres16', name: named('postgres16') }),
      expect: 'replace',
    },
  ],
  stranger: ({ named }, index) => ({ name: named(`stranger-${index}`) }),
  // Its description never changes.
  strip: null,
  extra(open) {
    test('a static parameter is to wait for a reboot, a dynamic one is not', async () => {
      const world = open();
      const spec = { ...specOf(world), parameters: { log_min_duration_statement: '1000', max_connections: '200' } };
      const { id } = await world.build(DBParameterGroup, 'main', spec);
      expect(await methodsOf(world, id)).toEqual({
        log_min_duration_statement: 'immediate',
        max_connections: 'pending-reboot',
      });
    });

    test('a parameter that nobody declared is left alone', async () => {
      const world = open();
      const { id: DBParameterGroupName, self } = await world.build(DBParameterGroup, 'main', specOf(world));
      const Parameters = [{ ParameterName: 'work_mem', ParameterValue: '65536', ApplyMethod: 'immediate' as const }];
      await world.aws.rds.send(new ModifyDBParameterGroupCommand({ DBParameterGroupName, Parameters }));
      const seen = await find(world.aws, DBParameterGroup, self);
      expect(seen && differences(DBParameterGroup, specOf(world), seen)).toEqual([]);
    });

    test('more parameters than RDS takes in one call are all set', async () => {
      const world = open();
      const names = [
        ...['application_name', 'log_statement', 'log_connections', 'log_disconnections', 'log_lock_waits'],
        ...['log_temp_files', 'statement_timeout', 'work_mem', 'deadlock_timeout', 'autovacuum_naptime'],
        ...['default_statistics_target', 'random_page_cost', 'max_wal_size', 'maintenance_work_mem'],
        ...['idle_in_transaction_session_timeout', 'checkpoint_timeout', 'effective_cache_size', 'timezone'],
        ...['log_autovacuum_min_duration', 'wal_sender_timeout', 'max_parallel_workers', 'autovacuum'],
      ];
      const values: Readonly<Record<string, string>> = {
        application_name: 'shop',
        log_statement: 'ddl',
        timezone: 'UTC',
        random_page_cost: '2',
        maintenance_work_mem: '2048',
      };
      const isFlag = (name: string): boolean => /^log_(connections|disconnections|lock_waits)$|^autovacuum$/.test(name);
      const parameters = Object.fromEntries(names.map((name) => [name, values[name] ?? (isFlag(name) ? '1' : '600')]));
      const live = await world.build(DBParameterGroup, 'main', { ...specOf(world), parameters });
      expect(live.spec.parameters).toEqual(parameters);
      expect(Object.keys(parameters).length).toBeGreaterThan(20);
    });

    test('a name that is taken by an earlier try of the same node is its own', async () => {
      const world = open();
      const self = world.identity('rds.parameter-group/main');
      const first = await DBParameterGroup.create(world.aws, self, specOf(world));
      expect(await DBParameterGroup.create(world.aws, self, specOf(world))).toEqual(first);
      const other = world.identity('rds.parameter-group/other');
      const creation = DBParameterGroup.create(world.aws, other, specOf(world));
      expect(await creation.catch((error: unknown) => classify(error).class)).toBe('exists');
    });

    test('while a database uses it, it is busy', async () => {
      const world = open();
      const ground = await databaseGround(world);
      await anyDatabase(world, ground);
      const group = await converge(world.aws, DBParameterGroup, world.identity('rds.parameter-group/ground'), {
        ...specOf(world),
        description: 'ground of a test',
        parameters: {},
      });
      const deletion = DBParameterGroup.delete(world.aws, group);
      expect(await deletion.catch((error: unknown) => classify(error).class)).toBe('busy');
    });
  },
});
