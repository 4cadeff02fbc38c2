/**
 * The network of a tier: one of its own, with public, app and data subnets in every zone from the first stage on, because
 * subnets cost nothing and re-plumbing a live VPC costs downtime; or the user's, of which nothing is made, tagged or changed.
 * Node names are contract: a later stage finds the same nodes.
 */
import type { BringYourOwn, TierSpec } from '../../api/types.ts';
import type { Facts } from '../../core/facts.ts';
import type { GraphBuilder, Handle } from '../../core/graph.ts';
import type { Input, Ref } from '../../core/ref.ts';
import { InternetGateway } from '../../resources/ec2/internet-gateway.ts';
import { RouteTable } from '../../resources/ec2/route-table.ts';
import { Subnet, type SubnetAttributes } from '../../resources/ec2/subnet.ts';
import { Vpc } from '../../resources/ec2/vpc.ts';
import { VpcEndpoint } from '../../resources/ec2/vpc-endpoint.ts';
import { ANYWHERE, blocksOf, letterOf } from './addresses.ts';
import { type NatMode, natGateways } from './nat.ts';

/** What the other parts need of the network; ids that AWS gives later, or that the user has given. */
export interface Network {
  readonly vpcId: Input<string>;
  /** Subnets that the internet reaches, the first of them in the first zone; in a network of our own one for each zone. */
  readonly publicSubnetIds: readonly Input<string>[];
  readonly appSubnetIds: readonly Input<string>[];
  /** Subnets without a way out. */
  readonly dataSubnetIds: readonly Input<string>[];
  /** Whether servers in the app subnets reach the internet: through NAT gateways, or on the user's own ways. */
  readonly appReachesOut: boolean;
  /** The gateways and route tables of ours by which a fleet of servers gets out: whoever is started before them has no internet yet. */
  readonly waysOut: readonly Ref<string>[];
  /** Security groups that the user brought, by the name of the node whose place they take. */
  readonly groupIds: Readonly<Partial<Record<string, string>>>;
}

/** The user's network, as it is. */
function broughtNetwork(byo: BringYourOwn): Network {
  const { app, database, cache, loadBalancer } = byo.securityGroupIDs ?? {};
  const groups = { app, database, cache, 'load-balancer': loadBalancer };
  return {
    vpcId: byo.vpcID,
    publicSubnetIds: byo.publicSubnetIDs,
    appSubnetIds: byo.appSubnetIDs,
    dataSubnetIds: byo.dataSubnetIDs,
    appReachesOut: true,
    waysOut: [],
    groupIds: Object.fromEntries(Object.entries(groups).flatMap(([name, id]) => (id ? [[name, id]] : []))),
  };
}

const idsOf = (subnets: readonly Handle<SubnetAttributes>[]) => subnets.map((subnet) => subnet.ref('subnetId'));

/** Adds a network of the tier's own. */
function ownNetwork(g: GraphBuilder, { network: { create } }: TierSpec, facts: Facts, nat: NatMode): Network {
  const { zones, region } = facts;
  const { cidr } = create;
  const vpc = g.add(Vpc, 'main', { cidr, dnsSupport: true, dnsHostnames: true });
  const vpcId = vpc.ref('vpcId');
  const gateway = g.add(InternetGateway, 'main', { vpcId });
  const internetGatewayId = gateway.ref('internetGatewayId');

  const subnetsOf = (tier: 'public' | 'app' | 'data') =>
    idsOf(
      zones.map(({ id: zoneId }, index) =>
        g.add(Subnet, `${tier}-${letterOf(index)}`, {
          vpcId,
          cidr: blocksOf(cidr, index)[tier],
          zoneId,
          mapPublicIpOnLaunch: false,
        }),
      ),
    );
  const publicSubnetIds = subnetsOf('public');
  const appSubnetIds = subnetsOf('app');
  const dataSubnetIds = subnetsOf('data');

  const gatewayIds = natGateways(g, nat, { internetGatewayId, publicSubnetIds });
  const table = (name: string, gatewayId: Ref<string> | undefined, subnetIds: readonly Ref<string>[]) => {
    const routes = gatewayId === undefined ? [] : [{ cidr: ANYWHERE, gatewayId }];
    return g.add(RouteTable, name, { vpcId, routes, subnetIds }).ref('routeTableId');
  };
  const publicTable = table('public', internetGatewayId, publicSubnetIds);
  // One for each zone, so that each can go through a NAT gateway of its own.
  const appTables = appSubnetIds.map((id, index) => table(`app-${letterOf(index)}`, gatewayIds[index], [id]));
  const dataTable = table('data', undefined, dataSubnetIds);
  g.add(VpcEndpoint, 's3', {
    vpcId,
    serviceName: `com.amazonaws.${region}.s3`,
    routeTableIds: [publicTable, ...appTables, dataTable],
  });
  return {
    vpcId,
    publicSubnetIds,
    appSubnetIds,
    dataSubnetIds,
    appReachesOut: nat !== 'None',
    // The gateways too: a table whose route waits for one stands already.
    waysOut: nat === 'None' ? [publicTable] : [...gatewayIds, ...appTables],
    groupIds: {},
  };
}

/** Adds what the tier needs of a network that is its own, with NAT gateways for the app subnets where they are asked for. */
export function network(g: GraphBuilder, spec: TierSpec, facts: Facts, nat: NatMode = 'None'): Network {
  const { mode, byo } = spec.network;
  return mode === 'BringYourOwn' && byo ? broughtNetwork(byo) : ownNetwork(g, spec, facts, nat);
}
