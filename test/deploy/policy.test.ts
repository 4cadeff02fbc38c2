/** The AWS policies: they allow every call that the code makes, none that it does not, and changes only to what is ours. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { IAM_PATH_ROOT, PARAMETER_ROOT, TAG, uniqueName } from '../../src/aws/ownership.ts';
import { PROJECT } from './manifests.ts';

interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

const FOLDER = join(PROJECT, 'deploy/aws');
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
const textOf = (file: string) => readFileSync(join(FOLDER, file), 'utf8');
const statementsOf = (file: string) => (JSON.parse(textOf(file)) as { Statement: readonly Statement[] }).Statement;
const list = (value: string | readonly string[] | undefined): readonly string[] => [value ?? []].flat();

const POLICY = 'single-server-policy.json';
const statements = statementsOf(POLICY);

/** Rights that a call needs besides the one that has its name. */
const IMPLIED: Readonly<Record<string, readonly string[]>> = {
  'ec2:RunInstances': ['iam:PassRole', 'ec2:CreateTags'],
  'ec2:AssociateIamInstanceProfile': ['iam:PassRole'],
  'iam:CreateRole': ['iam:TagRole'],
  'iam:CreateInstanceProfile': ['iam:TagInstanceProfile'],
  'ssm:PutParameter': ['ssm:AddTagsToResource'],
  'cloudwatch:PutMetricAlarm': ['cloudwatch:TagResource'],
};

/** Everybody may ask who he is. */
const FREE = ['sts:GetCallerIdentity'];

/** The rights that the calls in a text need: `FooCommand` and `paginateFoo` of a client both are the call `Foo`. */
function rightsIn(source: string): readonly string[] {
  const imports = source.matchAll(/import\s*\{([^}]*)\}\s*from '@aws-sdk\/client-([a-z0-9-]+)'/g);
  return [...imports].flatMap(([, names = '', service = '']) =>
    [...names.matchAll(/\b(?:paginate([A-Z]\w+)|([A-Z]\w+)Command)\b/g)].map(
      ([, page, call]) => `${service}:${page ?? call}`,
    ),
  );
}

function rightsUsed(): readonly string[] {
  const called = ['aws', 'resources', 'operations'].flatMap((folder) =>
    readdirSync(join(PROJECT, 'src', folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) => rightsIn(readFileSync(join(PROJECT, 'src', folder, name), 'utf8'))),
  );
  const all = called.flatMap((right) => [right, ...(IMPLIED[right] ?? [])]);
  return [...new Set(all)].filter((right) => !FREE.includes(right)).sort();
}

test('the calls of a source are found', () => {
  const source =
    "import {\n  CreateVpcCommand,\n  paginateDescribeVpcs,\n  type Vpc,\n} from '@aws-sdk/client-ec2';\nimport type { X } from '@aws-sdk/client-iam';";

  expect(rightsIn(source)).toEqual(['ec2:CreateVpc', 'ec2:DescribeVpcs']);
});

test('the policy of SingleServer allows exactly the calls that the code makes', () => {
  const allowed = [...new Set(statements.flatMap(({ Action }) => list(Action)))].sort();

  expect(allowed).toEqual(rightsUsed());
});

test('whatever it lets change is ours by tag, path or name', () => {
  const ours = (statement: Statement): boolean => {
    const conditions = Object.keys(statement.Condition?.StringEquals ?? {});
    const byTag = [`aws:RequestTag/${TAG.cluster}`, `aws:ResourceTag/${TAG.cluster}`].some((key) =>
      conditions.includes(key),
    );
    const named = [`${IAM_PATH_ROOT}CLUSTER_ID/`, `parameter${PARAMETER_ROOT}/`, 'alarm:st-'];
    return byTag || list(statement.Resource).every((arn) => named.some((part) => arn.includes(part)));
  };
  // Images and interfaces have no tags of ours; a rule is changed only together with its group, which must be ours.
  const others = ['Read', 'ReadImageParameters', 'LaunchFromAnyImage', 'ChangeRulesOfOurGroups'];

  expect(statements.filter((statement) => !ours(statement)).map(({ Sid }) => Sid)).toEqual(others);
});

test('what is on everything without a condition only reads', () => {
  const open = statements.filter(({ Resource, Condition }) => list(Resource).includes('*') && !Condition);

  expect(open.map(({ Sid }) => Sid)).toEqual(['Read']);
  for (const action of open.flatMap(({ Action }) => list(Action))) expect(action).toMatch(/^\w+:(Describe|Get|List)/);
});

test('a server gets no role but ours, and our roles get no policy but the known ones', () => {
  const of = (action: string) => statements.filter(({ Action }) => list(Action).includes(action));
  const Resource = 'arn:aws:iam::*:role/scalingtier.dev/CLUSTER_ID/*';

  expect(of('iam:PassRole')).toEqual([
    expect.objectContaining({ Resource, Condition: { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } } }),
  ]);
  expect(of('iam:AttachRolePolicy')).toEqual([
    expect.objectContaining({ Resource, Condition: { ArnEquals: { 'iam:PolicyARN': expect.any(Array) } } }),
  ]);
});

test('tags are given when something is made, to what is ours already, and to rules', () => {
  const tagging = statements.filter(({ Action }) => list(Action).includes('ec2:CreateTags'));

  expect(tagging.map(({ Sid }) => Sid)).toEqual(['TagWhatIsBeingCreated', 'ChangeOurs', 'AdoptRulesOfOurGroups']);
  const creating = statements.find(({ Sid }) => Sid === 'CreateAsOurs');
  expect(list(tagging[0]?.Condition?.StringEquals?.['ec2:CreateAction']).map((call) => `ec2:${call}`)).toEqual(
    list(creating?.Action),
  );
});

test('names of alarms start as the policy says', () => {
  const owner = { cluster: 'c', namespace: 'n', name: 'a', uid: 'u' };

  expect(uniqueName(owner, 'cpu', 255)).toMatch(/^st-/);
});

test.each(files)('%s has a form that IAM takes', (file) => {
  const names = statementsOf(file).map(({ Sid }) => Sid);

  expect(names).toEqual([...new Set(names)]);
  for (const { Sid, Effect, Action } of statementsOf(file)) {
    expect(Sid).toMatch(/^[A-Za-z0-9]+$/);
    expect(Effect).toBe('Allow');
    for (const action of list(Action)) expect(action).toMatch(/^[a-z0-9]+:[A-Za-z]+$/);
  }
  // IAM's limit for a managed policy; white space does not count.
  expect(textOf(file).replaceAll(/\s/g, '').length).toBeLessThanOrEqual(6144);
});

test('nobody gets into a role without an external id, or without being the service account', () => {
  expect(statementsOf('tier-trust-policy.json')).toEqual([
    expect.objectContaining({
      Action: 'sts:AssumeRole',
      Condition: { StringEquals: { 'sts:ExternalId': 'EXTERNAL_ID' } },
    }),
  ]);
  expect(statementsOf('operator-trust-policy.json')[0]?.Condition?.StringEquals).toMatchObject({
    'OIDC_PROVIDER:sub': 'system:serviceaccount:scalingtier-system:scalingtier-operator',
  });
});
