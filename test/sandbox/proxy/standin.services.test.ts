/** The contract of the stand-in behind the proxy for IAM, Systems Manager and CloudWatch, spoken by the real SDK. */
import {
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  ListTagsForResourceCommand as ListAlarmTagsCommand,
  PutMetricAlarmCommand,
  paginateDescribeAlarms,
  TagResourceCommand,
} from '@aws-sdk/client-cloudwatch';
import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  CreateInstanceProfileCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  DeleteInstanceProfileCommand,
  DeletePolicyCommand,
  DeleteRoleCommand,
  ListInstanceProfilesCommand,
  ListInstanceProfileTagsCommand,
  PutRolePolicyCommand,
  paginateGetAccountAuthorizationDetails,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import {
  AddTagsToResourceCommand,
  DescribeInstanceInformationCommand,
  GetParametersCommand,
  ListTagsForResourceCommand,
  PutParameterCommand,
  paginateDescribeParameters,
  paginateGetParametersByPath,
  SendCommandCommand,
} from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Account, type Aws, codeOf, openAccount, openAws } from './account.ts';
import { makeNetwork, runServer } from './ground.ts';

const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});
const POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:Get*', Resource: '*' }],
});
const CORE = 'arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore';

let aws: Aws;
let account: Account;

beforeAll(async () => {
  aws = await openAws();
  account = await openAccount(aws);
});

afterAll(() => aws.close());

async function makeRole(name: string, { iam }: Account = account): Promise<void> {
  await iam.send(
    new CreateRoleCommand({
      RoleName: name,
      Path: '/a/b/',
      AssumeRolePolicyDocument: TRUST,
      Tags: [{ Key: 'k', Value: 'v' }],
    }),
  );
  await iam.send(new AttachRolePolicyCommand({ RoleName: name, PolicyArn: CORE }));
  await iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: 'own', PolicyDocument: POLICY }));
}

async function makeProfile(name: string, role: string, Path = '/a/b/', { iam }: Account = account): Promise<void> {
  await iam.send(
    new CreateInstanceProfileCommand({ InstanceProfileName: name, Path, Tags: [{ Key: 'k', Value: 'v' }] }),
  );
  await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: name, RoleName: role }));
}

test('IAM: one paged read gives roles with path, tags, policies and profiles', async () => {
  const own = await openAccount(aws);
  for (const name of ['one', 'two', 'three']) await makeRole(name, own);
  await makeProfile('profile', 'one', '/a/b/', own);
  const pages = [];
  for await (const page of paginateGetAccountAuthorizationDetails(
    { client: own.iam, pageSize: 2 },
    { Filter: ['Role'] },
  )) {
    pages.push(page.RoleDetailList ?? []);
  }
  expect(pages.map((page) => page.length)).toEqual([2, 1]);
  const role = pages.flat().find((one) => one.RoleName === 'one');
  expect(role).toMatchObject({
    Path: '/a/b/',
    Tags: [{ Key: 'k', Value: 'v' }],
    AttachedManagedPolicies: [{ PolicyArn: CORE }],
    RolePolicyList: [{ PolicyName: 'own' }],
    InstanceProfileList: [{ InstanceProfileName: 'profile' }],
  });
  expect(decodeURIComponent(role?.AssumeRolePolicyDocument ?? '')).toBe(TRUST);
  expect(role?.AssumeRolePolicyDocument).not.toBe(TRUST);
});

test('IAM: profiles are listed by path prefix, without tags, which have a call of their own', async () => {
  await makeRole('listed');
  await makeProfile('ours', 'listed', '/listed/b/');
  await makeProfile('theirs', 'listed', '/c/');
  const { InstanceProfiles } = await account.iam.send(new ListInstanceProfilesCommand({ PathPrefix: '/listed/' }));
  expect(InstanceProfiles).toMatchObject([
    { InstanceProfileName: 'ours', Path: '/listed/b/', Roles: [{ RoleName: 'listed' }] },
  ]);
  expect(InstanceProfiles?.[0]?.Tags ?? []).toEqual([]);
  const tags = await account.iam.send(new ListInstanceProfileTagsCommand({ InstanceProfileName: 'ours' }));
  expect(tags.Tags).toEqual([{ Key: 'k', Value: 'v' }]);
});

test('IAM: what is in use cannot be deleted', async () => {
  await makeRole('used');
  await makeProfile('used', 'used');
  const { Policy } = await account.iam.send(new CreatePolicyCommand({ PolicyName: 'policy', PolicyDocument: POLICY }));
  await account.iam.send(new AttachRolePolicyCommand({ RoleName: 'used', PolicyArn: Policy?.Arn }));
  expect(await codeOf(account.iam.send(new DeletePolicyCommand({ PolicyArn: Policy?.Arn })))).toBe('DeleteConflict');
  expect(await codeOf(account.iam.send(new DeleteRoleCommand({ RoleName: 'used' })))).toBe('DeleteConflict');
  expect(await codeOf(account.iam.send(new DeleteInstanceProfileCommand({ InstanceProfileName: 'used' })))).toBe(
    'DeleteConflict',
  );
});

test.each([
  { what: 'no JSON', document: '{nope' },
  { what: 'no statement', document: '{"Version":"2012-10-17"}' },
])('IAM: a policy with $what is refused', async ({ document }) => {
  await makeRole(`broken-${document.length}`);
  const calls = [
    account.iam.send(new CreateRoleCommand({ RoleName: 'bad', AssumeRolePolicyDocument: document })),
    account.iam.send(
      new UpdateAssumeRolePolicyCommand({ RoleName: `broken-${document.length}`, PolicyDocument: document }),
    ),
    account.iam.send(
      new PutRolePolicyCommand({ RoleName: `broken-${document.length}`, PolicyName: 'p', PolicyDocument: document }),
    ),
  ];
  expect(await Promise.all(calls.map(codeOf))).toEqual(Array(3).fill('MalformedPolicyDocument'));
});

test('SSM: parameters by path and by tag, in pages', async () => {
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    const Tags = [{ Key: 'k', Value: 'v' }];
    await account.ssm.send(
      new PutParameterCommand({ Name: `/t/n/x/${name}`, Value: name, Type: 'String', Description: 'd', Tags }),
    );
  }
  const byPath = [];
  for await (const page of paginateGetParametersByPath(
    { client: account.ssm, pageSize: 2 },
    { Path: '/t', Recursive: true },
  )) {
    byPath.push((page.Parameters ?? []).map((one) => one.Value));
  }
  expect(byPath).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  const byTag = [];
  const ParameterFilters = [{ Key: 'tag:k', Values: ['v'] }];
  for await (const page of paginateDescribeParameters({ client: account.ssm, pageSize: 2 }, { ParameterFilters })) {
    byTag.push((page.Parameters ?? []).map((one) => one.Description));
  }
  expect(byTag).toEqual([['d', 'd'], ['d', 'd'], ['d']]);
  const { Parameters, InvalidParameters } = await account.ssm.send(
    new GetParametersCommand({ Names: ['/t/n/x/a', '/none'] }),
  );
  expect([Parameters?.length, InvalidParameters]).toEqual([1, ['/none']]);
});

test('SSM: tags come with the first put or by themselves, never with an overwrite', async () => {
  const put = (more: object) =>
    account.ssm.send(new PutParameterCommand({ Name: '/t/one', Value: 'v', Type: 'String', ...more }));
  await put({});
  expect(await codeOf(put({}))).toBe('ParameterAlreadyExists');
  expect(await codeOf(put({ Overwrite: true, Tags: [{ Key: 'k', Value: 'v' }] }))).toBe('ValidationException');
  const resource = { ResourceType: 'Parameter' as const, ResourceId: '/t/one' };
  await account.ssm.send(new AddTagsToResourceCommand({ ...resource, Tags: [{ Key: 'k', Value: 'v' }] }));
  const { TagList } = await account.ssm.send(new ListTagsForResourceCommand(resource));
  expect(TagList).toEqual([{ Key: 'k', Value: 'v' }]);
});

test('SSM: only a running instance with a profile is managed', async () => {
  const network = await makeNetwork(account);
  await makeRole('managed');
  await makeProfile('managed', 'managed');
  const { InstanceId = '' } = await runServer(account, network, { IamInstanceProfile: { Name: 'managed' } });
  const bare = await runServer(account, network);
  const { InstanceInformationList } = await account.ssm.send(new DescribeInstanceInformationCommand({}));
  expect(InstanceInformationList).toMatchObject([{ InstanceId, PingStatus: 'Online' }]);
  const command = (id: string) =>
    account.ssm.send(
      new SendCommandCommand({
        DocumentName: 'AWS-RunShellScript',
        InstanceIds: [id],
        Parameters: { commands: ['true'] },
      }),
    );
  expect(await codeOf(command(bare.InstanceId ?? ''))).toBe('InvalidInstanceId');
  expect(await codeOf(command('i-0123456789abcdef0'))).toBe('InvalidInstanceId');
  expect(await codeOf(command(InstanceId))).toBe('accepted');
});

test('CloudWatch: alarms by prefix and in pages, without data at first, tags on creation only', async () => {
  const put = (AlarmName: string, more: object = {}) =>
    account.cloudwatch.send(
      new PutMetricAlarmCommand({
        ...{
          AlarmName,
          AlarmDescription: 'd',
          Namespace: 'AWS/EC2',
          MetricName: 'CPUUtilization',
          Statistic: 'Average',
        },
        ...{ Period: 300, EvaluationPeriods: 2, DatapointsToAlarm: 2, Threshold: 80, TreatMissingData: 'missing' },
        ...{ ComparisonOperator: 'GreaterThanThreshold', Dimensions: [{ Name: 'InstanceId', Value: 'i-1' }], ...more },
      }),
    );
  for (const name of ['st-1', 'st-2', 'st-3']) await put(name, { Tags: [{ Key: 'k', Value: 'v' }] });
  await put('other');
  const pages = [];
  for await (const page of paginateDescribeAlarms(
    { client: account.cloudwatch, pageSize: 2 },
    { AlarmNamePrefix: 'st-' },
  )) {
    pages.push((page.MetricAlarms ?? []).map((one) => one.AlarmName));
  }
  expect(pages).toEqual([['st-1', 'st-2'], ['st-3']]);
  const { MetricAlarms = [] } = await account.cloudwatch.send(
    new DescribeAlarmsCommand({ AlarmNames: ['st-1', 'none'] }),
  );
  expect(MetricAlarms).toMatchObject([{ StateValue: 'INSUFFICIENT_DATA', Threshold: 80, TreatMissingData: 'missing' }]);
  const ResourceARN = MetricAlarms[0]?.AlarmArn ?? '';
  const tags = async () => (await account.cloudwatch.send(new ListAlarmTagsCommand({ ResourceARN }))).Tags;
  await put('st-1', { Threshold: 90, Tags: [{ Key: 'late', Value: 'v' }] });
  expect(await tags()).toEqual([{ Key: 'k', Value: 'v' }]);
  await account.cloudwatch.send(new TagResourceCommand({ ResourceARN, Tags: [{ Key: 'k', Value: 'w' }] }));
  expect(await tags()).toEqual([{ Key: 'k', Value: 'w' }]);
  await account.cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: ['st-1'] }));
  expect(
    (await account.cloudwatch.send(new DescribeAlarmsCommand({ AlarmNamePrefix: 'st-' }))).MetricAlarms,
  ).toHaveLength(2);
});
