/**
 * The network of a tier: public, app and data subnets in every zone from the first stage on, because subnets cost nothing and
 * re-plumbing a live VPC costs downtime. Node names are contract: a later stage finds the same nodes.
 */
import type { ZoneFact } from '../../core/facts.ts';
import type { GraphBuilder, Handle } from '../../core/graph.ts';
import { InternetGateway } from '../../resources/ec2/internet-gateway.ts';
import { RouteTable } from '../../resources/ec2/route-table.ts';
import { Subnet, type SubnetAttributes } from '../../resources/ec2/subnet.ts';
import { Vpc, type VpcAttributes } from '../../resources/ec2/vpc.ts';
import { VpcEndpoint } from '../../resources/ec2/vpc-endpoint.ts';
import { blocksOf, letterOf } from './addresses.ts';

const ANYWHERE = '0.0.0.0/0';

/** What the other parts need of the network. */
export interface Network {
  readonly vpc: Handle<VpcAttributes>;
  /** One for each zone, in the zones' order. */
  readonly publicSubnets: readonly Handle<SubnetAttributes>[];
  /** One for each zone, without a way out. */
  readonly dataSubnets: readonly Handle<SubnetAttributes>[];
}

/** Adds the network. */
export function network(
  g: GraphBuilder,
  { cidr, zones, region }: { readonly cidr: string; readonly zones: readonly ZoneFact[]; readonly region: string },
): Network {
  const vpc = g.add(Vpc, 'main', { cidr, dnsSupport: true, dnsHostnames: true });
  const vpcId = vpc.ref('vpcId');
  const gateway = g.add(InternetGateway, 'main', { vpcId });

  const subnetsOf = (tier: 'public' | 'app' | 'data'): readonly Handle<SubnetAttributes>[] =>
    zones.map(({ id: zoneId }, index) =>
      g.add(Subnet, `${tier}-${letterOf(index)}`, {
        vpcId,
        cidr: blocksOf(cidr, index)[tier],
        zoneId,
        mapPublicIpOnLaunch: false,
      }),
    );
  const publicSubnets = subnetsOf('public');
  const appSubnets = subnetsOf('app');
  const dataSubnets = subnetsOf('data');

  const ids = (subnets: readonly Handle<SubnetAttributes>[]) => subnets.map((subnet) => subnet.ref('subnetId'));
  const outbound = { cidr: ANYWHERE, gatewayId: gateway.ref('internetGatewayId') };
  const tables = [
    g.add(RouteTable, 'public', { vpcId, routes: [outbound], subnetIds: ids(publicSubnets) }),
    // One for each zone: a later stage routes each zone through its own NAT gateway.
    ...appSubnets.map((subnet, index) =>
      g.add(RouteTable, `app-${letterOf(index)}`, { vpcId, routes: [], subnetIds: ids([subnet]) }),
    ),
    g.add(RouteTable, 'data', { vpcId, routes: [], subnetIds: ids(dataSubnets) }),
  ];
  g.add(VpcEndpoint, 's3', {
    vpcId,
    serviceName: `com.amazonaws.${region}.s3`,
    routeTableIds: tables.map((table) => table.ref('routeTableId')),
  });
  return { vpc, publicSubnets, dataSubnets };
}
