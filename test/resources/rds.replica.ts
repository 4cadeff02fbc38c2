/** How the contract suite tries a read replica. */
import { PromoteReadReplicaCommand } from '@aws-sdk/client-rds';
import { classify } from '../../src/aws/errors.ts';
import { DBInstance } from '../../src/resources/rds/instance.ts';
import { ReadReplica, type ReadReplicaSpec } from '../../src/resources/rds/replica.ts';
import {
  anyDatabase,
  type DatabaseGround,
  databaseGround,
  databaseSpec,
  rdsArn,
  stripDatabase,
  untilAtRest,
} from './database-ground.ts';
import { fixture } from './fixture.ts';
import { differences, eventually, find, type World } from './world.ts';

async function ground(world: World) {
  const base = await databaseGround(world);
  const { identifier: sourceIdentifier } = await anyDatabase(world, base);
  await untilAtRest(world, sourceIdentifier);
  return { ...base, sourceIdentifier };
}

const specOf = (base: DatabaseGround & { readonly sourceIdentifier: string }, suffix = 'r1'): ReadReplicaSpec => ({
  identifier: base.named(suffix),
  sourceIdentifier: base.sourceIdentifier,
  instanceClass: 'db.t4g.medium',
  multiAz: false,
  parameterGroupName: base.parameterGroupName,
  parameterApplyStatus: 'in-sync',
  securityGroupIds: [base.securityGroupId],
  publiclyAccessible: false,
  autoMinorVersionUpgrade: true,
  deletionProtection: false,
  copyTagsToSnapshot: true,
});

export default fixture({
  resource: ReadReplica,
  missing: 'st-nothing',
  prepare: ground,
  initial: (base) => specOf(base),
  changed: [
    { name: 'class', change: () => ({ instanceClass: 'db.t4g.large' }), expect: 'update' },
    { name: 'standby', change: () => ({ multiAz: true }), expect: 'update' },
    {
      name: 'security group',
      change: ({ otherSecurityGroupId }) => ({ securityGroupIds: [otherSecurityGroupId] }),
      expect: 'update',
    },
    { name: 'source', change: ({ named }) => ({ sourceIdentifier: named('other') }), expect: 'replace' },
  ],
  stranger: ({ named }, index) => ({ identifier: named(`s${index}`) }),
  strip: (world, id) => stripDatabase(world, rdsArn(world, 'db', id)),
  extra(open) {
    test('one that was promoted is neither corrected nor deleted', async () => {
      const world = open();
      const base = await ground(world);
      const live = await world.build(ReadReplica, '1', specOf(base));
      await world.aws.rds.send(new PromoteReadReplicaCommand({ DBInstanceIdentifier: live.id }));
      const promoted = await eventually('the promotion', async () => {
        const seen = await find(world.aws, ReadReplica, live.self);
        return seen?.health.reason?.startsWith('ReplicaPromoted') && seen;
      });
      expect(promoted.health.phase).toBe('failed');
      expect(differences(ReadReplica, { ...specOf(base), instanceClass: 'db.t4g.large' }, promoted)).toEqual([]);
      const deletion = ReadReplica.delete(world.aws, promoted);
      expect(await deletion.catch((error: unknown) => classify(error).code)).toBe('ReplicaPromoted');
      expect(await find(world.aws, ReadReplica, live.self)).toBeDefined();
    });

    test('as long as it stands its source does not go', async () => {
      const world = open();
      const base = await ground(world);
      await world.build(ReadReplica, '1', specOf(base));
      const source = await world.build(DBInstance, 'db', databaseSpec(base));
      const deletion = DBInstance.delete(world.aws, source);
      expect(await deletion.catch((error: unknown) => classify(error).class)).toBe('busy');
    });

    test('it is not taken for a primary, nor a primary for it', async () => {
      const world = open();
      const base = await ground(world);
      const live = await world.build(ReadReplica, '1', specOf(base));
      const scope = { by: 'tiers', owners: [world.owner] } as const;
      for await (const page of DBInstance.observe(world.aws, scope))
        expect(page.map(({ id }) => id)).not.toContain(live.id);
      for await (const page of ReadReplica.observe(world.aws, scope))
        expect(page.map(({ id }) => id)).not.toContain(base.sourceIdentifier);
    });
  },
});
