/** How the contract suite tries a primary database. */
import { ModifyDBInstanceCommand } from '@aws-sdk/client-rds';
import { classify } from '../../src/aws/errors.ts';
import { DBInstance } from '../../src/resources/rds/instance.ts';
import { DBSnapshot } from '../../src/resources/rds/snapshot.ts';
import { Secret } from '../../src/resources/secretsmanager/secret.ts';
import { databaseGround, databaseSpec, rdsArn, stripDatabase, untilAtRest } from './database-ground.ts';
import { atAwsOwnPace } from './faults.ts';
import { fixture } from './fixture.ts';
import { converge, deleteFully, differences, find } from './world.ts';

export default fixture({
  resource: DBInstance,
  missing: 'st-nothing',
  prepare: databaseGround,
  initial: databaseSpec,
  changed: [
    { name: 'class', change: () => ({ instanceClass: 'db.t4g.large' }), expect: 'update' },
    { name: 'storage size', change: () => ({ allocatedStorage: 100 }), expect: 'update' },
    { name: 'storage limit', change: () => ({ maxAllocatedStorage: 300 }), expect: 'update' },
    { name: 'standby', change: () => ({ multiAz: true }), expect: 'update' },
    { name: 'minor version', change: () => ({ engineVersion: '17.6' }), expect: 'update' },
    {
      name: 'security group',
      change: ({ otherSecurityGroupId }) => ({ securityGroupIds: [otherSecurityGroupId] }),
      expect: 'update',
    },
    { name: 'number of days of its backups', change: () => ({ backupRetentionPeriod: 14 }), expect: 'update' },
    {
      name: 'pair of windows',
      change: () => ({ preferredBackupWindow: '01:00-02:00', preferredMaintenanceWindow: anotherDay() }),
      expect: 'update',
    },
    {
      name: 'set of protections',
      change: () => ({ deletionProtection: false, autoMinorVersionUpgrade: false, copyTagsToSnapshot: false }),
      expect: 'update',
    },
    { name: 'set of logs', change: () => ({ enabledLogExports: ['postgresql', 'upgrade'] }), expect: 'update' },
    { name: 'name of its database', change: () => ({ databaseName: 'other' }), expect: 'replace' },
    { name: 'master user', change: () => ({ masterUsername: 'other' }), expect: 'replace' },
    { name: 'encryption', change: () => ({ storageEncrypted: false }), expect: 'replace' },
    { name: 'subnet group', change: () => ({ subnetGroupName: 'other' }), expect: 'replace' },
  ],
  stranger: ({ named }, index) => ({ identifier: named(`s${index}`) }),
  strip: async (world, id) => {
    await untilAtRest(world, id);
    await stripDatabase(world, rdsArn(world, 'db', id));
  },
  extra(open) {
    test('while a change that was asked for is on its way, it counts as done and nothing is sent again', async () => {
      const world = open();
      const spec = databaseSpec(await databaseGround(world));
      const live = await world.build(DBInstance, 'primary', spec);
      const larger = { ...spec, instanceClass: 'db.t4g.large' };
      await untilAtRest(world, live.id);
      await atAwsOwnPace(world, async () => {
        await DBInstance.update(world.aws, live, larger, differences(DBInstance, larger, live));
        const seen = await find(world.aws, DBInstance, live.self);
        if (!seen) throw new Error(`${live.id} is gone`);
        expect(differences(DBInstance, larger, seen)).toEqual([]);
        expect(seen.health.phase).toBe('settling');
      });
    });

    test('what waits for the maintenance window counts as asked for, and the database serves', async () => {
      const world = open();
      const spec = { ...databaseSpec(await databaseGround(world)), applyImmediately: false };
      const window = { ...spec, preferredMaintenanceWindow: anotherDay() };
      await world.build(DBInstance, 'primary', window);
      const larger = { ...window, instanceClass: 'db.t4g.large' };
      const waiting = await world.build(DBInstance, 'primary', larger);
      expect(waiting.health).toMatchObject({ state: 'available, pending changes', phase: 'ready' });
      expect(waiting.health.reason).toContain('instanceClass');
    });

    test('what somebody else left pending is not set off by a change of ours', async () => {
      const world = open();
      const spec = { ...databaseSpec(await databaseGround(world)), preferredMaintenanceWindow: anotherDay() };
      const { id, self } = await world.build(DBInstance, 'primary', spec);
      await untilAtRest(world, id);
      const pending = { DBInstanceIdentifier: id, MultiAZ: true, ApplyImmediately: false };
      await world.aws.rds.send(new ModifyDBInstanceCommand(pending));
      const live = await find(world.aws, DBInstance, self);
      if (!live) throw new Error(`${id} is gone`);
      const larger = { ...spec, multiAz: true, instanceClass: 'db.t4g.large' };
      await DBInstance.update(world.aws, live, larger, differences(DBInstance, larger, live));
      const after = await find(world.aws, DBInstance, self);
      expect(after?.health).toMatchObject({ state: 'available, pending changes', phase: 'ready' });
      expect(after?.health.reason).toMatch(/instanceClass.*multiAz|multiAz.*instanceClass/);
    });

    test('another version of the secret becomes its password', async () => {
      const world = open();
      const ground = await databaseGround(world);
      const spec = databaseSpec(ground);
      const live = await world.build(DBInstance, 'primary', spec);
      const secret = await world.build(Secret, 'ground', {
        name: ground.secret.name,
        description: 'ground of a test',
        username: 'appadmin',
        recoveryWindowInDays: 7,
        rotation: 1,
      });
      const rotated = { ...spec, masterSecretVersion: secret.attributes.versionId };
      expect(differences(DBInstance, rotated, live).map(({ path }) => path)).toEqual(['masterSecretVersion']);
      const after = await converge(world.aws, DBInstance, live.self, rotated);
      expect(after.spec.masterSecretVersion).toBe(secret.attributes.versionId);
    });

    test('before its end a snapshot of it is complete, and it goes although it was protected', async () => {
      const world = open();
      const live = await world.build(DBInstance, 'primary', databaseSpec(await databaseGround(world)));
      const copy = DBInstance.keeper?.specOf({ ...live.attributes }) as Parameters<typeof DBSnapshot.create>[2];
      await untilAtRest(world, live.id);
      const kept = await world.build(DBSnapshot, 'primary-final', copy);
      expect(kept.health.phase).toBe('ready');
      await deleteFully(world.aws, DBInstance, live);
      expect(await find(world.aws, DBSnapshot, kept.self)).toMatchObject({ id: kept.id });
    });

    test('storage that is asked to shrink is left as it is', async () => {
      const world = open();
      const spec = databaseSpec(await databaseGround(world));
      const live = await world.build(DBInstance, 'primary', spec);
      expect(differences(DBInstance, { ...spec, allocatedStorage: 20 }, live)).toEqual([]);
    });

    test('another major version needs the flag, and RDS does not go back', async () => {
      const world = open();
      const ground = await databaseGround(world);
      const spec = databaseSpec(ground);
      const live = await world.build(DBInstance, 'primary', spec);
      const older = { ...spec, engineVersion: '16' };
      const changes = differences(DBInstance, older, live);
      const refused = DBInstance.update(world.aws, live, older, changes);
      expect(await refused.catch((error: unknown) => classify(error).class)).toBe('invalid');
    });
  },
});

/** A window that is days away, whatever day it is. */
function anotherDay(): string {
  const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
  const day = days[(new Date().getUTCDay() + 3) % 7];
  return `${day}:04:30-${day}:05:30`;
}
