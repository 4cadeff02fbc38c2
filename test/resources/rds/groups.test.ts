/** Subnet and parameter groups: whose they are without tags in lists, and how parameters are set. */
import { describeClaim } from '../../../src/aws/ownership.ts';
import { allOf } from '../../../src/aws/pages.ts';
import { diffSpec } from '../../../src/core/diff.ts';
import { DBParameterGroup, type DBParameterGroupSpec } from '../../../src/resources/rds/parameter-group.ts';
import { DBSubnetGroup, type DBSubnetGroupSpec } from '../../../src/resources/rds/subnet-group.ts';
import { awsError, fakeAws, OWNER, self, tagsOf } from './fake.ts';

const cluster = { by: 'cluster', cluster: OWNER.cluster } as const;
const tiers = { by: 'tiers', owners: [OWNER] } as const;

const group = {
  DBParameterGroupName: 'st-web-postgres17',
  DBParameterGroupArn: 'arn:aws:rds:us-east-1:123456789012:pg:st-web-postgres17',
  DBParameterGroupFamily: 'postgres17',
  Description: describeClaim(self('rds.parameter-group/database'), 'parameters'),
};
const SPEC: DBParameterGroupSpec = {
  name: 'st-web-postgres17',
  family: 'postgres17',
  description: 'parameters',
  parameters: { log_min_duration_statement: '1000' },
};

test('a sweep of parameter groups is one list, however many there are', async () => {
  const theirs = { ...group, DBParameterGroupName: 'theirs', Description: 'by hand' };
  const { aws, asked } = fakeAws({ DescribeDBParameterGroups: { DBParameterGroups: [group, theirs] } });
  const seen = await allOf(DBParameterGroup.observe(aws, cluster));
  expect(seen.map(({ id, node }) => [id, node])).toEqual([['st-web-postgres17', 'rds.parameter-group/database']]);
  expect(asked).toHaveLength(1);
});

test('whose object it was is in its tags alone: its description never changes, and an adoption must', async () => {
  const { aws } = fakeAws({
    DescribeDBParameterGroups: { DBParameterGroups: [group] },
    ListTagsForResource: { TagList: tagsOf('rds.parameter-group/database') },
    DescribeDBParameters: { Parameters: [] },
  });
  for (const scope of [cluster, tiers]) {
    const [seen] = await allOf(DBParameterGroup.observe(aws, scope));
    expect(seen?.owner).toEqual({ cluster: 'test', namespace: 'shop', name: 'web' });
  }
});

test('parameter names are in lower case, and only what was declared is compared', async () => {
  const Parameters = [
    { ParameterName: 'Log_Min_Duration_Statement', ParameterValue: '1000' },
    { ParameterName: 'work_mem', ParameterValue: '65536' },
  ];
  const { aws, callOf } = fakeAws({
    DescribeDBParameterGroups: { DBParameterGroups: [group] },
    DescribeDBParameters: { Parameters },
  });
  const [seen] = await allOf(DBParameterGroup.observe(aws, tiers));
  expect(seen && diffSpec(DBParameterGroup, SPEC, seen)).toEqual([]);
  expect(callOf('DescribeDBParameters')).toMatchObject({ Source: 'user' });
});

test('static parameters wait for a reboot, dynamic ones do not, unknown ones may wait', async () => {
  const { aws, callOf } = fakeAws({
    DescribeDBParameters: {
      Parameters: [
        { ParameterName: 'max_connections', ApplyType: 'static' },
        { ParameterName: 'work_mem', ApplyType: 'dynamic' },
      ],
    },
  });
  const parameters = { max_connections: '200', work_mem: '65536', unknown: '1' };
  const live = {
    ...{ owner: OWNER, node: undefined, incarnation: 1, id: SPEC.name, spec: { parameters: {} } },
    ...{ attributes: { name: SPEC.name, arn: 'arn' }, health: { state: 'active', phase: 'ready' as const } },
    self: self('rds.parameter-group/database'),
  };
  const changes = [{ path: 'parameters.work_mem', from: null, to: '65536', impact: 'online' as const }];
  await DBParameterGroup.update(aws, live, { ...SPEC, parameters }, changes);
  const sent = callOf('ModifyDBParameterGroup')?.Parameters as readonly {
    ParameterName: string;
    ApplyMethod: string;
  }[];
  expect(sent.map(({ ParameterName, ApplyMethod }) => [ParameterName, ApplyMethod])).toEqual([
    ['max_connections', 'pending-reboot'],
    ['work_mem', 'immediate'],
    ['unknown', 'pending-reboot'],
  ]);
});

test('parameters are sent twenty at a time', async () => {
  const { aws, asked } = fakeAws({ DescribeDBParameters: { Parameters: [] } });
  const parameters = Object.fromEntries(Array.from({ length: 41 }, (_, index) => [`p${index}`, '1']));
  const live = {
    ...{ owner: OWNER, node: undefined, incarnation: 1, id: SPEC.name, spec: { parameters: {} } },
    ...{ attributes: { name: SPEC.name, arn: 'arn' }, health: { state: 'active', phase: 'ready' as const } },
    self: self('rds.parameter-group/database'),
  };
  const changes = [{ path: 'parameters.p0', from: null, to: '1', impact: 'online' as const }];
  await DBParameterGroup.update(aws, live, { ...SPEC, parameters }, changes);
  const calls = asked.filter(({ operation }) => operation === 'ModifyDBParameterGroup');
  expect(calls.map(({ input }) => (input.Parameters as readonly unknown[]).length)).toEqual([20, 20, 1]);
});

test('another family is another group, which stands beside the first before that goes', () => {
  expect(DBParameterGroup.rules?.family).toBe('replace');
  expect(DBParameterGroup.replace).toBe('createFirst');
});

const subnets = {
  DBSubnetGroupName: 'st-web-data',
  DBSubnetGroupArn: 'arn:aws:rds:us-east-1:123456789012:subgrp:st-web-data',
  DBSubnetGroupDescription: describeClaim(self('rds.subnet-group/database'), 'data subnets'),
  Subnets: [{ SubnetIdentifier: 'subnet-2' }, { SubnetIdentifier: 'subnet-1' }],
};
const SUBNETS: DBSubnetGroupSpec = {
  name: 'st-web-data',
  description: 'data subnets',
  subnetIds: ['subnet-1', 'subnet-2'],
};

async function subnetGroup(other: object = {}) {
  const fake = fakeAws({ DescribeDBSubnetGroups: { DBSubnetGroups: [{ ...subnets, ...other }] } });
  const [seen] = await allOf(DBSubnetGroup.observe(fake.aws, { by: 'ids', ids: ['st-web-data'] }));
  if (!seen) throw new Error('the subnet group was not read');
  return { ...fake, live: { ...seen, self: self('rds.subnet-group/database') } };
}

test('subnets are a set', async () => {
  const { live } = await subnetGroup();
  expect(diffSpec(DBSubnetGroup, SUBNETS, live)).toEqual([]);
});

test('a change of a subnet group says the whole list: what is left out is taken off', async () => {
  const { aws, live, callOf } = await subnetGroup();
  const spec: DBSubnetGroupSpec = { ...SUBNETS, subnetIds: ['subnet-1', 'subnet-2', 'subnet-3'] };
  await DBSubnetGroup.update(aws, live, spec, diffSpec(DBSubnetGroup, spec, live));
  expect(callOf('ModifyDBSubnetGroup')).toMatchObject({ SubnetIds: ['subnet-1', 'subnet-2', 'subnet-3'] });
});

test('a description that lost its claim gets it back', async () => {
  const { aws, live, callOf } = await subnetGroup({ DBSubnetGroupDescription: 'data subnets' });
  const changes = diffSpec(DBSubnetGroup, SUBNETS, live);
  expect(changes.map(({ path }) => path)).toEqual(['description']);
  await DBSubnetGroup.update(aws, live, SUBNETS, changes);
  expect(callOf('ModifyDBSubnetGroup')?.DBSubnetGroupDescription).toBe(subnets.DBSubnetGroupDescription);
});

test('a group that does not exist is left out, a read that failed is not', async () => {
  const gone = fakeAws({ DescribeDBSubnetGroups: awsError('DBSubnetGroupNotFoundFault') });
  expect(await allOf(DBSubnetGroup.observe(gone.aws, { by: 'ids', ids: ['st-nothing'] }))).toEqual([]);
  const denied = fakeAws({ DescribeDBSubnetGroups: awsError('AccessDenied') });
  await expect(allOf(DBSubnetGroup.observe(denied.aws, { by: 'ids', ids: ['st-nothing'] }))).rejects.toThrow();
});
