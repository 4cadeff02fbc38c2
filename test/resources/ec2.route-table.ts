/** How the contract suite tries a route table, with its routes and the subnets that follow it. */
import {
  AssociateRouteTableCommand,
  CreateRouteCommand,
  DescribeRouteTablesCommand,
  DisassociateRouteTableCommand,
} from '@aws-sdk/client-ec2';
import { RouteTable } from '../../src/resources/ec2/route-table.ts';
import { proxyControl } from '../sandbox/proxy/client.ts';
import { fixture } from './fixture.ts';
import { anyGateway, anyRouteTable, anySubnet, anyVpc } from './ground.ts';
import { converge, find, type World } from './world.ts';

const EVERYWHERE = '0.0.0.0/0';

async function ground(world: World) {
  const { vpcId } = await anyVpc(world);
  const { internetGatewayId: gatewayId } = await anyGateway(world, vpcId);
  const { subnetId: a } = await anySubnet(world, vpcId, 1);
  const { subnetId: b } = await anySubnet(world, vpcId, 2);
  return { vpcId, gatewayId, a, b, spec: { vpcId, routes: [{ cidr: EVERYWHERE, gatewayId }], subnetIds: [a] } };
}

const operationsSince = async (world: World, seq: number): Promise<readonly string[]> => {
  const entries = await proxyControl(world.endpoint).journal({ account: world.aws.accountID, since: seq });
  return entries.map(({ operation }) => operation);
};

export default fixture({
  resource: RouteTable,
  missing: 'rtb-0123456789abcdef0',
  prepare: ground,
  initial: ({ spec }) => spec,
  changed: [
    { name: 'set of subnets', change: ({ b }) => ({ subnetIds: [b] }), expect: 'update' },
    { name: 'set of subnets, larger', change: ({ a, b }) => ({ subnetIds: [b, a] }), expect: 'update' },
    { name: 'set of routes', change: () => ({ routes: [] }), expect: 'update' },
    {
      name: 'set of routes, larger',
      change: ({ gatewayId }) => ({ routes: [EVERYWHERE, '198.51.100.0/24'].map((cidr) => ({ cidr, gatewayId })) }),
      expect: 'update',
    },
    { name: 'VPC', change: () => ({ vpcId: 'vpc-0123456789abcdef0' }), expect: 'replace' },
  ],
  stranger: () => ({ subnetIds: [] }),
  extra(open) {
    test('a subnet that follows another table is moved in one call, and is never without a table', async () => {
      const world = open();
      const { vpcId, a, spec } = await ground(world);
      const { routeTableId } = await anyRouteTable(world, vpcId, 'elsewhere');
      await world.aws.ec2.send(new AssociateRouteTableCommand({ RouteTableId: routeTableId, SubnetId: a }));
      const before = await proxyControl(world.endpoint).latest();
      await world.build(RouteTable, 'main', spec);
      const operations = await operationsSince(world, before);
      expect(operations).toContain('ReplaceRouteTableAssociation');
      expect(operations).not.toContain('DisassociateRouteTable');
      expect(operations).not.toContain('AssociateRouteTable');
    });

    test('a route that somebody added and a subnet that somebody took away differ, and are put right', async () => {
      const world = open();
      const { gatewayId, spec } = await ground(world);
      const live = await world.build(RouteTable, 'main', spec);
      const RouteTableId = live.id;
      const { ec2 } = world.aws;
      await ec2.send(
        new CreateRouteCommand({ RouteTableId, DestinationCidrBlock: '203.0.113.0/24', GatewayId: gatewayId }),
      );
      const { RouteTables } = await ec2.send(new DescribeRouteTablesCommand({ RouteTableIds: [RouteTableId] }));
      const AssociationId = RouteTables?.[0]?.Associations?.[0]?.RouteTableAssociationId;
      await ec2.send(new DisassociateRouteTableCommand({ AssociationId }));
      const drifted = await find(world.aws, RouteTable, live.self);
      expect(drifted?.spec.routes).toHaveLength(2);
      expect(drifted?.spec.subnetIds).toEqual([]);
      const right = await converge(world.aws, RouteTable, live.self, spec);
      expect(right.spec.routes).toEqual(spec.routes);
    });
  },
});
