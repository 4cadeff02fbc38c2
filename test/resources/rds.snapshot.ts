/** How the contract suite tries the final copy of a database. */
import { DBInstance } from '../../src/resources/rds/instance.ts';
import { DBSnapshot } from '../../src/resources/rds/snapshot.ts';
import { anyDatabase, databaseGround, rdsArn, stripDatabase, untilAtRest } from './database-ground.ts';
import { fixture } from './fixture.ts';
import { deleteFully, find, type World } from './world.ts';

/** RDS makes one snapshot of a database at a time, so each has its own. */
async function ground(world: World) {
  const base = await databaseGround(world);
  const made = await Promise.all(['db', 'db1', 'db2', 'db3'].map((suffix) => anyDatabase(world, base, suffix)));
  await Promise.all(made.map(({ identifier }) => untilAtRest(world, identifier)));
  return made.map(({ identifier, resourceId }) => ({ instanceIdentifier: identifier, resourceId }));
}

const NOTHING = { instanceIdentifier: '', resourceId: '' };

export default fixture({
  resource: DBSnapshot,
  missing: 'st-nothing',
  prepare: ground,
  initial: (databases) => databases[0] ?? NOTHING,
  changed: [{ name: 'database', change: () => ({ instanceIdentifier: 'another' }), expect: 'replace' }],
  stranger: (databases, index) => databases[index] ?? NOTHING,
  strip: (world, id) => stripDatabase(world, rdsArn(world, 'snapshot', id)),
  extra(open) {
    test('it outlives its database', async () => {
      const world = open();
      const [spec = NOTHING] = await ground(world);
      const live = await world.build(DBSnapshot, 'db-final', spec);
      const database = await find(world.aws, DBInstance, world.identity('rds.instance/db'));
      if (!database) throw new Error('the database is gone');
      await deleteFully(world.aws, DBInstance, database);
      expect(await find(world.aws, DBSnapshot, live.self)).toMatchObject({ id: live.id, spec });
    });

    test('its name is of its node and the life of its tier', async () => {
      const world = open();
      const [spec = NOTHING] = await ground(world);
      const live = await world.build(DBSnapshot, 'db-final', spec);
      expect(live.id).toBe(`${spec.instanceIdentifier}-snapshot-${live.self.token.slice(0, 8)}`);
    });

    test('it holds data, and nothing else keeps it', () => {
      expect(DBSnapshot.stateful).toBe(true);
      expect(DBSnapshot.keeper).toBeUndefined();
    });
  },
});
