/** How answers of AWS are read that the sandbox never gives: half-ended associations, dead routes, failures inside a success. */

import { identify } from '../../src/aws/ownership.ts';
import { allOf } from '../../src/aws/pages.ts';
import { RouteTable } from '../../src/resources/ec2/route-table.ts';
import { Subnet } from '../../src/resources/ec2/subnet.ts';
import { Volume } from '../../src/resources/ec2/volume.ts';
import { VpcEndpoint } from '../../src/resources/ec2/vpc-endpoint.ts';
import { answering } from './wire.ts';

const owner = { cluster: 'test', namespace: 'shop', name: 'web', uid: '5d1f' };
const byIDs = (...ids: readonly string[]) => ({ by: 'ids', ids }) as const;

const item = (...parts: readonly string[]): string => `<item>${parts.join('')}</item>`;
const set = (name: string, ...items: readonly string[]): string => `<${name}>${items.join('')}</${name}>`;
const route = (cidr: string, target: string, state = 'active', origin = 'CreateRoute'): string =>
  item(
    `<destinationCidrBlock>${cidr}</destinationCidrBlock>${target}<state>${state}</state><origin>${origin}</origin>`,
  );
const gateway = (id: string): string => `<gatewayId>${id}</gatewayId>`;
const association = (id: string, subnet: string, state: string): string =>
  item(
    `<routeTableAssociationId>${id}</routeTableAssociationId>${subnet}<associationState><state>${state}</state></associationState>`,
  );
const subnet = (id: string): string => `<subnetId>${id}</subnetId>`;

const TABLE = set(
  'routeTableSet',
  item(
    '<routeTableId>rtb-1</routeTableId><vpcId>vpc-1</vpcId>',
    set(
      'routeSet',
      route('10.42.0.0/16', gateway('local'), 'active', 'CreateRouteTable'),
      route('0.0.0.0/0', gateway('igw-1'), 'blackhole'),
      route('192.0.2.0/24', gateway('vgw-1'), 'active', 'EnableVgwRoutePropagation'),
      route('198.51.100.0/24', '<natGatewayId>nat-1</natGatewayId>'),
      item('<destinationPrefixListId>pl-1</destinationPrefixListId>', gateway('vpce-1'), '<state>active</state>'),
    ),
    set(
      'associationSet',
      item('<routeTableAssociationId>rtbassoc-0</routeTableAssociationId><main>true</main>'),
      association('rtbassoc-1', subnet('subnet-1'), 'associated'),
      association('rtbassoc-2', subnet('subnet-2'), 'disassociating'),
    ),
  ),
);

test('of a route table only what a person could have written is read, and a dead route is not what was asked', async () => {
  const [table] = await allOf(RouteTable.observe(answering(TABLE).aws, byIDs('rtb-1')));
  expect(table?.spec).toEqual({
    vpcId: 'vpc-1',
    routes: [
      { cidr: '0.0.0.0/0', gatewayId: 'blackhole' },
      { cidr: '198.51.100.0/24', gatewayId: 'nat-1' },
    ],
    subnetIds: ['subnet-1'],
  });
});

test('a dead route is replaced in place', async () => {
  const wire = answering(TABLE, TABLE, '<return>true</return>', '<return>true</return>', set('routeTableSet'));
  const [table] = await allOf(RouteTable.observe(wire.aws, byIDs('rtb-1')));
  if (!table) throw new Error('the table was not read');
  const spec = { vpcId: 'vpc-1', routes: [{ cidr: '0.0.0.0/0', gatewayId: 'igw-1' }], subnetIds: ['subnet-1'] };
  const changes = [{ path: 'routes', from: [], to: [], impact: 'online' as const }];
  await RouteTable.update(wire.aws, { ...table, self: identify(owner, 'ec2.route-table/a', 1) }, spec, changes);
  const asked = wire.calls.map((call) => `${call.get('Action')} ${call.get('DestinationCidrBlock') ?? ''}`.trim());
  expect(asked.slice(2)).toEqual(['ReplaceRoute 0.0.0.0/0', 'DeleteRoute 198.51.100.0/24']);
});

const UNSUCCESSFUL = (code: string): string =>
  set(
    'unsuccessful',
    item('<resourceId>vpce-1</resourceId>', `<error><code>${code}</code><message>no</message></error>`),
  );

const endpoint = {
  owner,
  node: undefined,
  incarnation: 1,
  id: 'vpce-1',
  spec: {},
  attributes: { vpcEndpointId: 'vpce-1' },
  health: { state: 'available', phase: 'ready' as const },
  self: identify(owner, 'ec2.vpc-endpoint/s3', 1),
};

test('a deletion that failed inside an answer of success is a failure', async () => {
  const deletion = VpcEndpoint.delete(answering(UNSUCCESSFUL('UnauthorizedOperation')).aws, endpoint);
  await expect(deletion).rejects.toMatchObject({ name: 'UnauthorizedOperation', message: 'delete vpce-1: no' });
});

test('a deletion that failed because the endpoint is gone is none', async () => {
  const deletion = VpcEndpoint.delete(answering(UNSUCCESSFUL('InvalidVpcEndpointId.NotFound')).aws, endpoint);
  await expect(deletion).resolves.toBeUndefined();
});

test('an endpoint that AWS still shows as deleted is left out', async () => {
  const shown = set(
    'vpcEndpointSet',
    ...['deleted', 'deleting', 'Available'].map((state) =>
      item(`<vpcEndpointId>vpce-${state}</vpcEndpointId><state>${state}</state>`),
    ),
  );
  const seen = await allOf(VpcEndpoint.observe(answering(shown).aws, byIDs('vpce-1')));
  expect(seen.map(({ id, health }) => `${id} ${health.phase}`)).toEqual([
    'vpce-deleting deleting',
    'vpce-Available ready',
  ]);
});

test('a modification that AWS has accepted counts as done, one that failed does not', async () => {
  const volumes = set('volumeSet', item('<volumeId>vol-1</volumeId><size>50</size><status>in-use</status>'));
  const pending = set(
    'volumeModificationSet',
    item('<volumeId>vol-1</volumeId><targetSize>80</targetSize><modificationState>modifying</modificationState>'),
  );
  const wire = answering(volumes, pending, volumes, set('volumeModificationSet'));
  const [accepted] = await allOf(Volume.observe(wire.aws, byIDs('vol-1')));
  const [failed] = await allOf(Volume.observe(wire.aws, byIDs('vol-1')));
  expect([accepted?.spec.sizeGiB, failed?.spec.sizeGiB]).toEqual([80, 50]);
  expect(wire.calls[1]?.toString()).toContain('modification-state');
});

test('a list whose second page fails is a failure, not a short list', async () => {
  const page = `${set('subnetSet', item(subnet('subnet-1')))}<nextToken>more</nextToken>`;
  await expect(allOf(Subnet.observe(answering(page).aws, byIDs('subnet-1', 'subnet-2')))).rejects.toThrow(
    'no answer is left',
  );
});

test('ids are asked for in portions that EC2 takes, as filters', async () => {
  const wire = answering(set('subnetSet'), set('subnetSet'), set('subnetSet'));
  await allOf(Subnet.observe(wire.aws, byIDs(...Array.from({ length: 401 }, (_, index) => `subnet-${index}`))));
  expect(wire.calls).toHaveLength(3);
  expect(wire.calls[0]?.get('Filter.1.Name')).toBe('subnet-id');
  expect(wire.calls[0]?.get('Filter.1.Value.200')).toBe('subnet-199');
  expect(wire.calls[2]?.get('Filter.1.Value.1')).toBe('subnet-400');
});
