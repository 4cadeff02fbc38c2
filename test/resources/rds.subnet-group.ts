/** How the contract suite tries a subnet group. */
import { ModifyDBSubnetGroupCommand } from '@aws-sdk/client-rds';
import { classify } from '../../src/aws/errors.ts';
import { DBSubnetGroup } from '../../src/resources/rds/subnet-group.ts';
import { anyDatabase, databaseGround, dataSubnets, nameOf } from './database-ground.ts';
import { fixture } from './fixture.ts';
import { anyVpc } from './ground.ts';
import { find, type World } from './world.ts';

async function ground(world: World) {
  const { vpcId } = await anyVpc(world);
  const subnetIds = await dataSubnets(world, vpcId);
  return { subnetIds, named: (suffix: string) => nameOf(world, suffix) };
}

export default fixture({
  resource: DBSubnetGroup,
  missing: 'st-nothing',
  prepare: ground,
  initial: ({ subnetIds, named }) => ({
    name: named('data'),
    description: 'data subnets',
    subnetIds: subnetIds.slice(0, 2),
  }),
  changed: [
    { name: 'set of subnets', change: ({ subnetIds }) => ({ subnetIds: subnetIds.slice(1) }), expect: 'update' },
    { name: 'description', change: () => ({ description: 'where data is' }), expect: 'update' },
    { name: 'name', change: ({ named }) => ({ name: named('other') }), expect: 'replace' },
  ],
  stranger: ({ named }, index) => ({ name: named(`stranger-${index}`) }),
  strip: async ({ aws }, name) => {
    const [group] = (await collect(aws, name)) ?? [];
    await aws.rds.send(
      new ModifyDBSubnetGroupCommand({
        DBSubnetGroupName: name,
        DBSubnetGroupDescription: 'data subnets',
        SubnetIds: [...(group?.spec.subnetIds ?? [])],
      }),
    );
  },
  extra(open) {
    test('the order of its subnets does not matter', async () => {
      const world = open();
      const { subnetIds, named } = await ground(world);
      const spec = { name: named('data'), description: 'data subnets', subnetIds: subnetIds.slice(0, 2) };
      await world.build(DBSubnetGroup, 'data', spec);
      const again = await world.build(DBSubnetGroup, 'data', { ...spec, subnetIds: spec.subnetIds.toReversed() });
      expect(again.id).toBe(spec.name);
    });

    test('while a database stands in it, it is busy', async () => {
      const world = open();
      const base = await databaseGround(world);
      await anyDatabase(world, base);
      const group = await find(world.aws, DBSubnetGroup, world.identity('rds.subnet-group/ground'));
      if (!group) throw new Error('the subnet group is gone');
      const deletion = DBSubnetGroup.delete(world.aws, group);
      expect(await deletion.catch((error: unknown) => classify(error).class)).toBe('busy');
    });
  },
});

async function collect(aws: World['aws'], name: string) {
  for await (const page of DBSubnetGroup.observe(aws, { by: 'ids', ids: [name] })) return page;
  return undefined;
}
