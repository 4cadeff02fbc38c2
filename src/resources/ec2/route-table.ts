/**
 * A route table with its IPv4 routes and the subnets that follow it. Only what a person could have written counts: the
 * local route, routes to prefix lists (gateway endpoints) and propagated ones are AWS's.
 * A subnet is never without a table on the way: it is moved from one to the other in a single call.
 */
import {
  AssociateRouteTableCommand,
  type RouteTableAssociation as Association,
  type Route as AwsRoute,
  CreateRouteCommand,
  CreateRouteTableCommand,
  DeleteRouteCommand,
  DeleteRouteTableCommand,
  DisassociateRouteTableCommand,
  type Filter,
  paginateDescribeRouteTables,
  ReplaceRouteCommand,
  ReplaceRouteTableAssociationCommand,
  type RouteTable as Table,
} from '@aws-sdk/client-ec2';
import { type Aws, resource, type Scope } from '../../aws/driver.ts';
import { classify } from '../../aws/errors.ts';
import { allOf } from '../../aws/pages.ts';
import type { Owned } from '../../core/kind.ts';
import { claimed, fieldsOf, gone, readPages, retag, tagSpecification } from './tagging.ts';

/** EC2 gives no more route tables at once. */
const TABLES_PAGE = 100;

export interface Route {
  readonly cidr: string;
  /** Of an internet gateway or a NAT gateway. */
  readonly gatewayId: string;
}

export interface RouteTableSpec {
  readonly vpcId: string;
  readonly routes: readonly Route[];
  readonly subnetIds: readonly string[];
}

interface RouteInput {
  readonly RouteTableId: string;
  readonly DestinationCidrBlock: string;
  readonly GatewayId?: string;
  readonly NatGatewayId?: string;
}

export interface RouteTableAttributes {
  readonly routeTableId: string;
}

/** Where a route leads, by whatever AWS calls that sort of target; one that leads nowhere is told apart from any target. */
function targetOf(route: AwsRoute): string {
  if (route.State === 'blackhole') return 'blackhole';
  return (
    route.GatewayId ??
    route.NatGatewayId ??
    route.TransitGatewayId ??
    route.VpcPeeringConnectionId ??
    route.NetworkInterfaceId ??
    'unknown'
  );
}

function routesOf(table: Table): readonly Route[] {
  return (table.Routes ?? []).flatMap((route) => {
    const { DestinationCidrBlock: cidr, Origin, GatewayId } = route;
    if (!cidr || GatewayId === 'local' || Origin === 'EnableVgwRoutePropagation') return [];
    return [{ cidr, gatewayId: targetOf(route) }];
  });
}

/** Associations with subnets that hold; the main one has no subnet. */
function associationsOf(table: Table): readonly Association[] {
  const ended = ['disassociating', 'disassociated'];
  return (table.Associations ?? []).filter(
    ({ SubnetId, AssociationState }) => SubnetId && !ended.includes(AssociationState?.State ?? ''),
  );
}

const readTables = <T>(
  aws: Aws,
  scope: Scope,
  idFilter: string,
  each: (table: Table) => T,
): AsyncIterable<readonly T[]> =>
  readPages(
    scope,
    idFilter,
    (Filters: Filter[]) => paginateDescribeRouteTables({ client: aws.ec2, pageSize: TABLES_PAGE }, { Filters }),
    (page) => page.RouteTables?.map(each),
  );

const tablesBy = (aws: Aws, scope: Scope, idFilter = 'route-table-id'): Promise<readonly Table[]> =>
  allOf(readTables(aws, scope, idFilter, (table) => table));

/** What was read may lack a route that is there: AWS's reads lag behind its writes. */
async function addRoute(aws: Aws, route: RouteInput): Promise<void> {
  try {
    await aws.ec2.send(new CreateRouteCommand(route));
  } catch (error) {
    if (classify(error).class !== 'exists') throw error;
    await aws.ec2.send(new ReplaceRouteCommand(route));
  }
}

/** Each sort of target has a parameter of its own. */
const targetInput = (id: string): Pick<RouteInput, 'GatewayId' | 'NatGatewayId'> =>
  id.startsWith('nat-') ? { NatGatewayId: id } : { GatewayId: id };

async function setRoutes(
  aws: Aws,
  RouteTableId: string,
  now: readonly Route[],
  wanted: readonly Route[],
): Promise<void> {
  const there = new Map(now.map(({ cidr, gatewayId }) => [cidr, gatewayId]));
  for (const { cidr: DestinationCidrBlock, gatewayId } of wanted) {
    const target = there.get(DestinationCidrBlock);
    there.delete(DestinationCidrBlock);
    if (target === gatewayId) continue;
    const route = { RouteTableId, DestinationCidrBlock, ...targetInput(gatewayId) };
    await (target === undefined ? addRoute(aws, route) : aws.ec2.send(new ReplaceRouteCommand(route)));
  }
  for (const DestinationCidrBlock of there.keys()) {
    await gone(aws.ec2.send(new DeleteRouteCommand({ RouteTableId, DestinationCidrBlock })));
  }
}

async function disassociate(aws: Aws, associations: readonly Association[]): Promise<void> {
  for (const { RouteTableAssociationId: AssociationId } of associations) {
    await gone(aws.ec2.send(new DisassociateRouteTableCommand({ AssociationId })));
  }
}

async function setSubnets(
  aws: Aws,
  RouteTableId: string,
  now: readonly Association[],
  wanted: readonly string[],
): Promise<void> {
  const held = new Set(now.map(({ SubnetId }) => SubnetId));
  const missing = wanted.filter((subnetId) => !held.has(subnetId));
  const elsewhere = await tablesBy(aws, { by: 'ids', ids: missing }, 'association.subnet-id');
  const associations = new Map(
    elsewhere.flatMap(associationsOf).map((entry) => [entry.SubnetId, entry.RouteTableAssociationId]),
  );
  for (const SubnetId of missing) {
    const AssociationId = associations.get(SubnetId);
    await (AssociationId
      ? aws.ec2.send(new ReplaceRouteTableAssociationCommand({ AssociationId, RouteTableId }))
      : aws.ec2.send(new AssociateRouteTableCommand({ SubnetId, RouteTableId })));
  }
  await disassociate(
    aws,
    now.filter(({ SubnetId }) => SubnetId && !wanted.includes(SubnetId)),
  );
}

function ownedOf(table: Table): Owned<RouteTableSpec, RouteTableAttributes> {
  const { RouteTableId: routeTableId = '' } = table;
  return {
    ...claimed(table.Tags),
    id: routeTableId,
    spec: {
      vpcId: table.VpcId ?? null,
      routes: routesOf(table),
      subnetIds: associationsOf(table).flatMap(({ SubnetId }) => SubnetId ?? []),
    },
    attributes: { routeTableId },
    health: { state: 'active', phase: 'ready' },
  };
}

export const RouteTable = resource<RouteTableSpec, RouteTableAttributes>({
  type: 'ec2.route-table',
  rules: { vpcId: 'replace', routes: 'unordered', subnetIds: 'unordered' },
  settle: 1,

  observe: (aws, scope) => readTables(aws, scope, 'route-table-id', ownedOf),

  // Routes and subnets are left to the next pass, which reads what is there: a repeated create may find some of them done.
  async create(aws, self, spec) {
    const { RouteTable: made } = await aws.ec2.send(
      new CreateRouteTableCommand({
        VpcId: spec.vpcId,
        ClientToken: self.token,
        TagSpecifications: tagSpecification('route-table', self),
      }),
    );
    const routeTableId = made?.RouteTableId ?? '';
    return { id: routeTableId, attributes: { routeTableId } };
  },

  async update(aws, live, spec, changes) {
    await retag(aws, live.id, changes);
    if (fieldsOf(changes).length === 0) return;
    // What was observed may be older than another table's update of the same pass.
    const [table] = await tablesBy(aws, { by: 'ids', ids: [live.id] });
    await setRoutes(aws, live.id, table ? routesOf(table) : [], spec.routes);
    await setSubnets(aws, live.id, table ? associationsOf(table) : [], spec.subnetIds);
  },

  async delete(aws, live) {
    const [table] = await tablesBy(aws, { by: 'ids', ids: [live.id] });
    if (table) await disassociate(aws, associationsOf(table));
    await gone(aws.ec2.send(new DeleteRouteTableCommand({ RouteTableId: live.id })));
  },
});
