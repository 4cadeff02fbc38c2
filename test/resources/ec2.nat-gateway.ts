/** How the contract suite tries a NAT gateway. */
import { CreateNatGatewayCommand } from '@aws-sdk/client-ec2';
import { classify } from '../../src/aws/errors.ts';
import { allOf } from '../../src/aws/pages.ts';
import { Address } from '../../src/resources/ec2/address.ts';
import { NatGateway } from '../../src/resources/ec2/nat-gateway.ts';
import { RouteTable } from '../../src/resources/ec2/route-table.ts';
import { proxyControl } from '../sandbox/proxy/client.ts';
import { atAwsOwnPace } from './faults.ts';
import { fixture } from './fixture.ts';
import { anyGateway, anySubnet, anyVpc } from './ground.ts';
import { converge, deleteFully, eventually, find, type World } from './world.ts';

const anyAddress = async (world: World, name: string): Promise<string> =>
  (await world.build(Address, name, {})).attributes.allocationId;

async function prepare(world: World) {
  const { vpcId } = await anyVpc(world);
  await anyGateway(world, vpcId);
  const [subnet, other] = [await anySubnet(world, vpcId, 0), await anySubnet(world, vpcId, 1)];
  const addresses: string[] = [];
  for (const name of ['first', 'second', 'third', 'fourth']) addresses.push(await anyAddress(world, name));
  return { vpcId, subnetId: subnet.subnetId, otherSubnetId: other.subnetId, addresses };
}

type Ground = Awaited<ReturnType<typeof prepare>>;

const specOf = ({ subnetId, addresses }: Ground) =>
  ({ subnetId, allocationId: addresses[0] ?? '', connectivityType: 'public' }) as const;

const refused = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'accepted',
    (error: unknown) => classify(error).code,
  );

export default fixture({
  resource: NatGateway,
  missing: 'nat-0123456789abcdef0',
  prepare,
  initial: specOf,
  changed: [
    { name: 'subnet', change: ({ otherSubnetId }: Ground) => ({ subnetId: otherSubnetId }), expect: 'replace' },
    { name: 'address', change: ({ addresses }: Ground) => ({ allocationId: addresses[1] ?? '' }), expect: 'replace' },
    { name: 'sort', change: () => ({ connectivityType: 'private' as const }), expect: 'replace' },
  ],
  stranger: ({ addresses }, index) => ({ allocationId: addresses[index] ?? '' }),
  extra(open) {
    const build = async () => {
      const world = open();
      const ground = await prepare(world);
      return { world, ground, live: await world.build(NatGateway, 'extra', specOf(ground)) };
    };

    test('its address cannot be taken or released while it stands, and is free again when it is gone', async () => {
      const { world, ground, live } = await build();
      const address = await find(world.aws, Address, world.identity('ec2.address/first'));
      if (!address) throw new Error('the address is not seen');
      expect(await refused(Address.delete(world.aws, address))).toBe('AuthFailure');
      await deleteFully(world.aws, NatGateway, live);
      const [left] = await allOf(Address.observe(world.aws, { by: 'ids', ids: [ground.addresses[0] ?? ''] }));
      expect(left?.health).toEqual({ state: 'allocated', phase: 'ready' });
      await deleteFully(world.aws, Address, address);
    });

    test('while AWS takes it down it is on its way out, and its address is still in use', async () => {
      const { world, ground, live } = await build();
      await atAwsOwnPace(world, () => NatGateway.delete(world.aws, live));
      const seen = await find(world.aws, NatGateway, live.self);
      expect(seen?.health).toEqual({ state: 'deleting', phase: 'deleting' });
      const again = new CreateNatGatewayCommand({ SubnetId: ground.subnetId, AllocationId: ground.addresses[0] });
      expect(await refused(world.aws.ec2.send(again))).toBe('Resource.AlreadyAssociated');
    });

    test('one that fails says why, in the words of AWS', async () => {
      const world = open();
      const ground = await prepare(world);
      const match = { account: world.aws.accountID, operation: 'CreateNatGateway' };
      const effect = { kind: 'ending', as: 'InsufficientFreeAddressesInSubnet' } as const;
      await proxyControl(world.endpoint).addFaults({ match, effect, count: 1 });
      const self = world.identity('ec2.nat-gateway/failing');
      await NatGateway.create(world.aws, self, specOf(ground));
      const failed = await eventually('a failure', async () => {
        const seen = await find(world.aws, NatGateway, self);
        return seen?.health.phase === 'failed' && seen;
      });
      expect(failed.health).toEqual({
        state: 'failed',
        phase: 'failed',
        reason: expect.stringMatching(/^InsufficientFreeAddressesInSubnet: /),
      });
      await deleteFully(world.aws, NatGateway, failed);
    });

    test('in a network without an internet gateway it fails as AWS lets it fail', async () => {
      const world = open();
      const { vpcId } = await anyVpc(world);
      const { subnetId } = await anySubnet(world, vpcId);
      const self = world.identity('ec2.nat-gateway/nowhere');
      const allocationId = await anyAddress(world, 'nowhere');
      await NatGateway.create(world.aws, self, { subnetId, allocationId, connectivityType: 'public' });
      const failed = await eventually('a failure', async () => {
        const seen = await find(world.aws, NatGateway, self);
        return seen?.health.phase === 'failed' && seen;
      });
      expect(failed.health.reason).toMatch(/^Gateway\.NotAttached: /);
    });

    test('a private one has no address', async () => {
      const world = open();
      const { subnetId } = await prepare(world);
      const live = await world.build(NatGateway, 'private', { subnetId, connectivityType: 'private' });
      expect(live.spec).toMatchObject({ allocationId: null, connectivityType: 'private' });
    });

    test('a route leads to it, and leads nowhere when it is gone', async () => {
      const { world, ground, live } = await build();
      const routes = [{ cidr: '0.0.0.0/0', gatewayId: live.id }];
      const spec = { vpcId: ground.vpcId, routes, subnetIds: [] };
      const table = await world.build(RouteTable, 'app', spec);
      expect(table.spec.routes).toEqual(routes);
      await converge(world.aws, RouteTable, table.self, { ...spec, routes: [] });
    });
  },
});
