/** How the contract suite tries a gateway endpoint. */
import { VpcEndpoint } from '../../src/resources/ec2/vpc-endpoint.ts';
import { fixture } from './fixture.ts';
import { anyRouteTable, anyVpc } from './ground.ts';

export default fixture({
  resource: VpcEndpoint,
  missing: 'vpce-0123456789abcdef0',
  prepare: async (world) => {
    const { vpcId } = await anyVpc(world);
    const { routeTableId: a } = await anyRouteTable(world, vpcId, 'a');
    const { routeTableId: b } = await anyRouteTable(world, vpcId, 'b');
    return { vpcId, a, b };
  },
  initial: ({ vpcId, a }) => ({ vpcId, serviceName: 'com.amazonaws.us-east-1.s3', routeTableIds: [a] }),
  changed: [
    { name: 'set of route tables', change: ({ b }) => ({ routeTableIds: [b] }), expect: 'update' },
    { name: 'set of route tables, larger', change: ({ a, b }) => ({ routeTableIds: [b, a] }), expect: 'update' },
    { name: 'service', change: () => ({ serviceName: 'com.amazonaws.us-east-1.dynamodb' }), expect: 'replace' },
  ],
  // A service has one gateway endpoint in a route table.
  stranger: () => ({ routeTableIds: [] }),
});
