/** How the contract suite tries an Elastic IP and where it points. */
import { DescribeAddressesCommand, DisassociateAddressCommand, ReleaseAddressCommand } from '@aws-sdk/client-ec2';
import { Address } from '../../src/resources/ec2/address.ts';
import { nextWrite } from './faults.ts';
import { fixture } from './fixture.ts';
import { anyGateway, anyInstance, anySubnet, anyVpc } from './ground.ts';
import { converge, find, type World } from './world.ts';

async function ground(world: World) {
  const { vpcId } = await anyVpc(world);
  await anyGateway(world, vpcId);
  const { subnetId } = await anySubnet(world, vpcId);
  return { vpcId, subnetId, instanceId: await anyInstance(world, subnetId) };
}

export default fixture({
  resource: Address,
  missing: 'eipalloc-0123456789abcdef0',
  prepare: async (world) => {
    const { subnetId, instanceId } = await ground(world);
    return { instanceId, other: await anyInstance(world, subnetId) };
  },
  initial: ({ instanceId }) => ({ instanceId }),
  changed: [{ name: 'instance', change: ({ other }) => ({ instanceId: other }), expect: 'update' }],
  extra(open) {
    test('it keeps its public address when it points to another instance', async () => {
      const world = open();
      const { subnetId, instanceId } = await ground(world);
      const live = await world.build(Address, 'main', { instanceId });
      const other = await anyInstance(world, subnetId);
      const moved = await converge(world.aws, Address, live.self, { instanceId: other });
      expect(moved.attributes).toEqual(live.attributes);
    });

    test('taken off by somebody, it differs and points there again', async () => {
      const world = open();
      const { instanceId } = await ground(world);
      const live = await world.build(Address, 'main', { instanceId });
      const { Addresses } = await world.aws.ec2.send(new DescribeAddressesCommand({ AllocationIds: [live.id] }));
      await world.aws.ec2.send(new DisassociateAddressCommand({ AssociationId: Addresses?.[0]?.AssociationId }));
      expect((await find(world.aws, Address, live.self))?.spec.instanceId).toBeNull();
      await converge(world.aws, Address, live.self, { instanceId });
    });

    test('an address that went to somebody else is gone', async () => {
      const world = open();
      const { attributes, id } = await Address.create(world.aws, world.identity('ec2.address/main'), {
        instanceId: 'i-1',
      });
      const live = await find(world.aws, Address, world.identity('ec2.address/main'));
      if (!live) throw new Error(`${id} is gone`);
      await world.aws.ec2.send(new ReleaseAddressCommand({ AllocationId: attributes.allocationId }));
      await nextWrite(world, { kind: 'error', code: 'AuthFailure', status: 403 });
      await expect(Address.delete(world.aws, live)).resolves.toBeUndefined();
    });

    test('a refused release of an address that is still here is an error', async () => {
      const world = open();
      const self = world.identity('ec2.address/main');
      await Address.create(world.aws, self, { instanceId: 'i-1' });
      const live = await find(world.aws, Address, self);
      if (!live) throw new Error(`${self.node} is gone`);
      await nextWrite(world, { kind: 'error', code: 'UnauthorizedOperation', status: 403 });
      await expect(Address.delete(world.aws, live)).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
    });
  },
});
