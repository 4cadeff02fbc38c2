/** The AWS policies: they allow every call that the code makes, none that it does not, and changes only to what is ours. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { StageName } from '../../src/api/types.ts';
import { IAM_PATH_ROOT, PARAMETER_ROOT, TAG, uniqueName } from '../../src/aws/ownership.ts';
import { horizonOf } from '../../src/engine/horizon.ts';
import { resources } from '../../src/resources/index.ts';
import { stages } from '../../src/stages/index.ts';
import { exampleSpec, factsOf, graphOf } from '../stages/tiers.ts';
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

const kebab = (name: string) => name.replaceAll(/(?<!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
const READ_POLICY = 'read-policy.json';
const POLICY = 'single-server-policy.json';
/** From the bottom of the ladder upwards: who stands on one has the policies of those below it, too. */
const ladder = Object.keys(stages) as readonly StageName[];
/** What a tier needs besides, when it moves from one stage to the next. */
const MOVE_POLICY = 'move-policy.json';
const policyOf = (stage: StageName) => `${kebab(stage)}-policy.json`;
const statements = statementsOf(POLICY);
const granting = [
  READ_POLICY,
  ...files.filter((file) => /^(?!read|operator|tier|customer).*-policy\.json$/.test(file)),
];

/** Rights that a call needs besides the one that has its name. */
const IMPLIED: Readonly<Record<string, readonly string[]>> = {
  'ec2:RunInstances': ['iam:PassRole', 'ec2:CreateTags'],
  'ec2:AssociateIamInstanceProfile': ['iam:PassRole'],
  'iam:CreateRole': ['iam:TagRole'],
  'iam:CreateInstanceProfile': ['iam:TagInstanceProfile'],
  'ssm:PutParameter': ['ssm:AddTagsToResource'],
  'cloudwatch:PutMetricAlarm': ['cloudwatch:TagResource'],
  // RDS makes the secret itself, with the caller's rights, when it is to manage the password.
  'rds:CreateDBInstance': [
    'rds:AddTagsToResource',
    'iam:CreateServiceLinkedRole',
    'kms:DescribeKey',
    'secretsmanager:CreateSecret',
    'secretsmanager:TagResource',
  ],
  'secretsmanager:CreateSecret': ['secretsmanager:TagResource'],
  // Elastic Load Balancing asks about the account with the caller's rights while it has no role of its own there.
  'elasticloadbalancing:CreateLoadBalancer': [
    'ec2:DescribeAccountAttributes',
    'ec2:DescribeInternetGateways',
    'elasticloadbalancing:AddTags',
    'iam:CreateServiceLinkedRole',
  ],
  // Auto Scaling asks whether the caller himself may launch from the template.
  'autoscaling:CreateAutoScalingGroup': [
    'autoscaling:CreateOrUpdateTags',
    'ec2:RunInstances',
    'iam:CreateServiceLinkedRole',
    'iam:PassRole',
  ],
  'elasticache:CreateReplicationGroup': ['elasticache:AddTagsToResource', 'iam:CreateServiceLinkedRole'],
  // ElastiCache makes the endpoints itself, with the caller's rights.
  'elasticache:CreateServerlessCache': ['elasticache:AddTagsToResource', 'ec2:CreateTags', 'ec2:CreateVpcEndpoint'],
  'elasticache:DeleteReplicationGroup': ['elasticache:CreateSnapshot'],
  'elasticache:DeleteServerlessCache': ['elasticache:CreateServerlessCacheSnapshot'],
  's3:CreateBucket': ['s3:TagResource'],
};

/** Services whose name in IAM is not that of the client. */
const PREFIX: Readonly<Record<string, string>> = {
  'auto-scaling': 'autoscaling',
  'elastic-load-balancing-v2': 'elasticloadbalancing',
  'route-53': 'route53',
  'secrets-manager': 'secretsmanager',
  'service-quotas': 'servicequotas',
};

/** Calls whose right has another name: S3 names rights after what is seen or set, not after the call. */
const RIGHT: Readonly<Record<string, string>> = {
  's3:DeleteBucketCors': 's3:PutBucketCORS',
  's3:DeleteBucketEncryption': 's3:PutEncryptionConfiguration',
  's3:DeleteBucketLifecycle': 's3:PutLifecycleConfiguration',
  's3:DeletePublicAccessBlock': 's3:PutBucketPublicAccessBlock',
  's3:GetBucketCors': 's3:GetBucketCORS',
  's3:GetBucketEncryption': 's3:GetEncryptionConfiguration',
  's3:GetBucketLifecycleConfiguration': 's3:GetLifecycleConfiguration',
  's3:GetPublicAccessBlock': 's3:GetBucketPublicAccessBlock',
  's3:HeadBucket': 's3:ListBucket',
  's3:ListBuckets': 's3:ListAllMyBuckets',
  's3:ListObjectVersions': 's3:ListBucketVersions',
  's3:PutBucketCors': 's3:PutBucketCORS',
  's3:PutBucketEncryption': 's3:PutEncryptionConfiguration',
  's3:PutBucketLifecycleConfiguration': 's3:PutLifecycleConfiguration',
  's3:PutPublicAccessBlock': 's3:PutBucketPublicAccessBlock',
};

/** Everybody may ask who he is. */
const FREE = ['sts:GetCallerIdentity'];

/** What is read of these is what others must not see: whoever only looks has no right to it. */
const CONFIDENTIAL = ['secretsmanager:GetSecretValue'];

const isLook = (right: string): boolean => /:(Describe|List|Get|Head)/.test(right) && !CONFIDENTIAL.includes(right);

/** The rights that the calls in a text need: `FooCommand` and `paginateFoo` of a client both are the call `Foo`. */
function rightsIn(source: string): readonly string[] {
  const imports = source.matchAll(/import\s*\{([^}]*)\}\s*from '@aws-sdk\/client-([a-z0-9-]+)'/g);
  return [...imports].flatMap(([, names = '', service = '']) =>
    [...names.matchAll(/\b(?:paginate([A-Z]\w+)|([A-Z]\w+)Command)\b/g)].map(([, page, call]) => {
      const name = `${PREFIX[service] ?? service}:${page ?? call}`;
      return RIGHT[name] ?? name;
    }),
  );
}

const sourceOf = (path: string) => readFileSync(path, 'utf8');
const sourcesIn = (folder: string): readonly string[] =>
  readdirSync(join(PROJECT, 'src', folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(PROJECT, 'src', folder, name));

/** A file of a kind and what it is made of, beside what all kinds share. */
function withImports(path: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(path) || !/\/src\/(resources|operations)\//.test(path)) return seen;
  seen.add(path);
  for (const [, from = ''] of sourceOf(path).matchAll(/^(?:import|export) (?!type )[^;]*? from '(\.[^']+)'/gm)) {
    withImports(join(dirname(path), from), seen);
  }
  return seen;
}

const complete = (rights: readonly string[]): readonly string[] =>
  [...new Set(rights.flatMap((right) => [right, ...(IMPLIED[right] ?? [])]))]
    .filter((right) => !FREE.includes(right))
    .sort();

/** What all passes may call: each of it where a tier's kinds have to do with that service. */
const shared = sourcesIn('aws').flatMap((path) => rightsIn(sourceOf(path)));

const kindSources = sourcesIn('resources');
const stepSources = sourcesIn('operations');
function fileOf(type: string): string {
  const found = kindSources.filter((path) => new RegExp(`(^  type:|TYPE =) '${type}'`, 'm').test(sourceOf(path)));
  if (found.length !== 1) throw new Error(`find the file of ${type}: there are ${found.length}`);
  return found[0] as string;
}

/** The rights that tiers of a stage need: those of the kinds of its examples, and of what keeps their data. */
function rightsOf(stage: StageName): readonly string[] {
  const examples = readdirSync(join(PROJECT, 'examples')).filter((name) => name.startsWith(kebab(stage)));
  const kinds = examples.flatMap((name) => {
    const spec = exampleSpec(name);
    return horizonOf(resources, { graph: graphOf({ spec, facts: factsOf(spec) }), named: [], adopt: false }).own;
  });
  const own = [...new Set(kinds.flatMap(({ type }) => [...withImports(fileOf(type))]))].flatMap((path) =>
    rightsIn(sourceOf(path)),
  );
  const services = new Set(own.map((right) => right.split(':')[0]));
  return complete([...own, ...shared.filter((right) => services.has(right.split(':')[0]))]);
}

const allowedBy = (policies: readonly string[]): readonly string[] =>
  [...new Set(policies.flatMap(statementsOf).flatMap(({ Action }) => list(Action)))].sort();

test('the calls of a source are found', () => {
  const source =
    "import {\n  CreateVpcCommand,\n  paginateDescribeVpcs,\n  type Vpc,\n} from '@aws-sdk/client-ec2';\nimport type { X } from '@aws-sdk/client-iam';";

  expect(rightsIn(source)).toEqual(['ec2:CreateVpc', 'ec2:DescribeVpcs']);
});

test('whoever looks may look at every kind: what an earlier object left may be of any stage', () => {
  const all = complete([...shared, ...[...kindSources, ...stepSources].flatMap((path) => rightsIn(sourceOf(path)))]);

  expect(allowedBy([READ_POLICY])).toEqual(all.filter(isLook));
});

test.each(ladder)('the policies up to that of %s allow exactly the changes that its kinds make', (stage) => {
  const below = ladder.slice(0, ladder.indexOf(stage));
  const allowed = allowedBy([...below, stage].map(policyOf));
  const needed = complete([...below, stage].flatMap(rightsOf));

  expect(allowed).toEqual(needed.filter((right) => !isLook(right)));
});

test('every policy of a stage is one of a stage that works', () => {
  expect(granting.toSorted()).toEqual([MOVE_POLICY, READ_POLICY, ...ladder.map(policyOf)].toSorted());
  expect(existsSync(join(FOLDER, policyOf('SingleServer')))).toBe(true);
});

test('the policy of moves allows exactly what steps and kinds of moves call beyond the stages', () => {
  const stage = complete(ladder.flatMap(rightsOf));
  const kinds = sourcesIn('moves').flatMap((path) =>
    [...sourceOf(path).matchAll(/from '(?:\.\.\/)+(resources\/[^']+)'/g)].flatMap(([, file = '']) => [
      ...withImports(join(PROJECT, 'src', file)),
    ]),
  );
  const steps = complete([...stepSources, ...new Set(kinds)].flatMap((path) => rightsIn(sourceOf(path))));

  expect(allowedBy([MOVE_POLICY])).toEqual(steps.filter((right) => !isLook(right) && !stage.includes(right)));
});

/** What cannot be ours by tag, path or name, and why it harms nobody. */
const OTHERS: Readonly<Record<string, string>> = {
  Read: 'reads',
  ReadImageParameters: 'reads',
  LaunchFromAnyImage: 'images and interfaces have no tags of ours',
  ChangeRulesOfOurGroups: 'a rule is changed only together with its group, which must be ours',
  UseAnyDefaultOptions: 'default option groups are AWS’s own',
  LetDatabasesIntoTheNetwork: 'the role is the one that AWS defines for RDS',
  LetDatabasesMakeTheirSecrets: 'only RDS itself may make what has such a name',
  LaunchFromTemplates: 'the template is part of the same launch, and must be ours',
  LetServerlessCachesIntoTheNetwork: 'only ElastiCache offers such endpoints, and network and groups must be ours',
  TagEndpointsOfServerlessCaches: 'a tag of ElastiCache’s own, on what is being made',
  LeadNamesInNamedZones: 'records have no tags; whoever gives the right names the zone, and only addresses are changed',
  CancelSteps: 'whoever ends a command of others does what their operator repeats; AWS has no tags on commands',
  RunNothingButShellScripts: 'the document of AWS’s own by which a script runs, and the server must be ours',
  LetServicesActForTheAccount: 'the roles are those that AWS defines for these services',
};

test('whatever it lets change is ours by tag, path or name', () => {
  const named = [
    `${IAM_PATH_ROOT}CLUSTER_ID/`,
    `parameter${PARAMETER_ROOT}/`,
    'alarm:st-',
    's3:::st-',
    'elasticache:*:*:snapshot:st-',
    'serverlesscachesnapshot:st-',
  ];
  const ours = ({ Condition, Resource }: Statement): boolean => {
    const { StringEquals = {}, StringLike = {} } = Condition ?? {};
    const byTag = ['aws:RequestTag', 'aws:ResourceTag', 'ssm:resourceTag']
      .map((key) => `${key}/${TAG.cluster}`)
      .some((key) => key in StringEquals);
    const byDatabase = list(StringLike['aws:ResourceTag/aws:rds:primaryDBInstanceArn']).join().endsWith(':db:st-*');
    return byTag || byDatabase || list(Resource).every((arn) => named.some((part) => arn.includes(part)));
  };
  const strange = granting.flatMap(statementsOf).filter((statement) => !ours(statement));

  expect(strange.map(({ Sid }) => Sid).toSorted()).toEqual(Object.keys(OTHERS).toSorted());
});

test('what is on everything without a condition only reads, and no secrets', () => {
  const open = granting
    .flatMap(statementsOf)
    .filter(({ Resource, Condition }) => list(Resource).includes('*') && !Condition);

  expect(open.map(({ Sid }) => Sid).toSorted()).toEqual(['CancelSteps', 'Read']);
  expect(open.flatMap(({ Action }) => list(Action)).filter((action) => !isLook(action))).toEqual(['ssm:CancelCommand']);
  expect(allowedBy([READ_POLICY]).filter((action) => !isLook(action))).toEqual([]);
});

test('a copy or a replica is made of our databases only, under names of ours', () => {
  const of = (action: string) =>
    statementsOf('separate-database-policy.json').filter(({ Action }) => list(Action).includes(action));
  const named = ['db', 'pg', 'snapshot', 'subgrp'].map((type) => `arn:aws:rds:*:*:${type}:st-*`);
  const tagged = (key: string) => ({ StringEquals: { [`aws:${key}/${TAG.cluster}`]: 'CLUSTER_ID' } });

  for (const action of ['rds:CreateDBSnapshot', 'rds:CreateDBInstanceReadReplica', 'rds:CreateDBInstance']) {
    expect(of(action).slice(0, 2)).toEqual([
      expect.objectContaining({ Resource: named, Condition: tagged('RequestTag') }),
      expect.objectContaining({ Resource: '*', Condition: tagged('ResourceTag') }),
    ]);
  }
});

test('a fleet launches from our templates only: there is no other right to launch without our tags', () => {
  const launching = [...statements, ...statementsOf('load-balanced-policy.json')].filter(({ Action }) =>
    list(Action).includes('ec2:RunInstances'),
  );
  const ofTemplates = launching.filter(({ Resource }) =>
    list(Resource).some((arn) => arn === '*' || arn.includes('launch-template/')),
  );

  expect(ofTemplates.map(({ Sid }) => Sid)).toEqual(['CreateAsOurs', 'CreateWithinOurs']);
  const untagged = launching.filter((statement) => !ofTemplates.includes(statement));
  expect(untagged.map(({ Sid, Condition }) => [Sid, Object.keys(Condition?.ArnLike ?? {})])).toEqual([
    ['LaunchFromAnyImage', []],
    ['LaunchFromTemplates', ['ec2:LaunchTemplate']],
  ]);
});

test('tags are given to load balancers and gateways when they are made, and to what is ours already', () => {
  const tagging = statementsOf('load-balanced-policy.json').filter(({ Action }) =>
    list(Action).some((action) => action === 'elasticloadbalancing:AddTags' || action === 'ec2:CreateTags'),
  );
  const actions = tagging.map(({ Sid, Condition: { StringEquals = {} } = {} }) => [
    Sid,
    list(StringEquals['ec2:CreateAction'] ?? StringEquals['elasticloadbalancing:CreateAction']),
  ]);

  expect(Object.fromEntries(actions)).toEqual({
    TagGatewaysThatAreBeingCreated: ['CreateNatGateway'],
    TagBalancersThatAreBeingCreated: ['CreateListener', 'CreateLoadBalancer', 'CreateRule', 'CreateTargetGroup'],
    ChangeAndBuildWithinOurs: [],
    TagEndpointsOfServerlessCaches: ['CreateVpcEndpoint'],
  });
});

test('a password is read of our secrets only, and of those that RDS keeps for our databases', () => {
  const reading = granting
    .flatMap(statementsOf)
    .filter(({ Action }) => list(Action).some((it) => CONFIDENTIAL.includes(it)));

  expect(reading.map(({ Condition }) => Condition)).toEqual([
    { StringEquals: { [`aws:ResourceTag/${TAG.cluster}`]: 'CLUSTER_ID' } },
    { StringLike: { 'aws:ResourceTag/aws:rds:primaryDBInstanceArn': 'arn:aws:rds:*:*:db:st-*' } },
  ]);
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

test('names of alarms and databases start as the policies say', () => {
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
