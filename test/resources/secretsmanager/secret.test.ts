/** Secrets: where they are read, and that what is read of them is no secret. */
import { allOf } from '../../../src/aws/pages.ts';
import { diffSpec } from '../../../src/core/diff.ts';
import { Secret, type SecretSpec } from '../../../src/resources/secretsmanager/secret.ts';
import { awsError, fakeAws, OWNER, self, tagsOf } from '../rds/fake.ts';

const node = 'secretsmanager.secret/database';
const ARN = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:scaling-tier/shop/web/db/master-AbCdEf';

const SPEC: SecretSpec = {
  name: 'scaling-tier/shop/web/db/master',
  description: 'user name and password',
  username: 'appadmin',
  recoveryWindowInDays: 7,
  rotation: 2,
};

const TAGS = tagsOf(node, { 'scalingtier.dev/rotation': '2', 'scalingtier.dev/recovery-window-days': '7' });
const COMMON = { ARN, Name: SPEC.name, Description: SPEC.description, Tags: TAGS };
const listed = (versions: Record<string, string[]>) => ({
  SecretList: [{ ...COMMON, SecretVersionsToStages: versions }],
});
const described = (versions: Record<string, string[]>, more: object = {}) => ({
  ...COMMON,
  VersionIdsToStages: versions,
  ...more,
});

test('a sweep reads lists only, and asks for no value', async () => {
  const { aws, asked } = fakeAws({ ListSecrets: listed({ one: ['AWSPREVIOUS'], two: ['AWSCURRENT'] }) });
  const [seen] = await allOf(Secret.observe(aws, { by: 'cluster', cluster: OWNER.cluster }));
  expect(seen?.attributes.versionId).toBe('two');
  expect(seen && diffSpec(Secret, SPEC, seen)).toEqual([]);
  expect(asked.map(({ operation }) => operation)).toEqual(['ListSecrets']);
});

test('a fresh reading asks the secret itself: lists may be five minutes late', async () => {
  const { aws, asked } = fakeAws({
    ListSecrets: listed({ one: ['AWSCURRENT'] }),
    DescribeSecret: described({ one: ['AWSPREVIOUS'], two: ['AWSCURRENT'] }),
  });
  const [seen] = await allOf(Secret.observe(aws, { by: 'tiers', owners: [OWNER] }));
  expect(seen?.attributes.versionId).toBe('two');
  expect(asked.some(({ operation }) => operation === 'GetSecretValue')).toBe(false);
});

describe('a list that is late', () => {
  const moments = (agoSeconds: number) => new Date(Date.now() - agoSeconds * 1000);
  const sweep = (secrets: readonly object[]) => ({ SecretList: secrets });
  const [late, now] = [{ one: ['AWSCURRENT'] }, { one: ['AWSPREVIOUS'], two: ['AWSCURRENT'] }];

  async function versionsSwept(fresh: object, ...lists: readonly object[]): Promise<readonly unknown[]> {
    const left = [...lists];
    const { aws } = fakeAws({ DescribeSecret: fresh, ListSecrets: () => sweep([left.shift() ?? {}]) });
    await allOf(Secret.observe(aws, { by: 'ids', ids: [ARN] }));
    const versions: unknown[] = [];
    for (const _ of lists) {
      const [seen] = await allOf(Secret.observe(aws, { by: 'cluster', cluster: OWNER.cluster }));
      versions.push(seen?.attributes.versionId);
    }
    return versions;
  }

  const entry = (versions: object, LastChangedDate: Date) => ({
    ...COMMON,
    SecretVersionsToStages: versions,
    LastChangedDate,
  });

  test('does not take back what a fresh reading has shown', async () => {
    const fresh = described(now, { LastChangedDate: moments(20) });
    const lists = [entry(late, moments(90)), entry(now, moments(20)), entry({ three: ['AWSCURRENT'] }, moments(5))];
    expect(await versionsSwept(fresh, ...lists)).toEqual(['two', 'two', 'three']);
  });

  test('does not bring back what waits for its end', async () => {
    const fresh = described(late, { LastChangedDate: moments(20), DeletedDate: moments(20) });
    expect(await versionsSwept(fresh, entry(late, moments(90)))).toEqual([undefined]);
  });

  test('is right again when it can be late no longer', async () => {
    const fresh = described(now, { LastChangedDate: moments(3600) });
    expect(await versionsSwept(fresh, entry(late, moments(7200)))).toEqual(['one']);
  });
});

test('one that waits for its end is not there', async () => {
  const { aws } = fakeAws({ DescribeSecret: described({}, { DeletedDate: new Date() }) });
  expect(await allOf(Secret.observe(aws, { by: 'ids', ids: [ARN] }))).toEqual([]);
});

const taken = awsError('ResourceExistsException');
const waiting = awsError(
  'InvalidRequestException',
  "You can't create this secret because a secret with this name is already scheduled for deletion.",
);

test('a create whose answer was lost is answered by the secret that it made', async () => {
  const { aws, writes } = fakeAws({ CreateSecret: taken, DescribeSecret: described({ one: ['AWSCURRENT'] }) });
  const made = await Secret.create(aws, self(node), SPEC);
  expect(made).toEqual({ id: ARN, attributes: { secretArn: ARN, name: SPEC.name, versionId: 'one' } });
  expect(writes().map(({ operation }) => operation)).toEqual(['CreateSecret']);
});

test('the token is the same however often a create is tried, and another for each rotation', async () => {
  const tokens = await Promise.all(
    [SPEC, SPEC, { ...SPEC, rotation: 3 }].map(async (spec) => {
      const { aws, callOf } = fakeAws({ CreateSecret: { ARN, Name: SPEC.name } });
      await Secret.create(aws, self(node), spec);
      return callOf('CreateSecret')?.ClientRequestToken as string;
    }),
  );
  expect(tokens[0]).toBe(tokens[1]);
  expect(tokens[0]).not.toBe(tokens[2]);
  expect(tokens[0]).toMatch(/^[0-9a-f]{64}$/);
});

test("a stranger's secret of the same name is left alone", async () => {
  const theirs = { ...described({ one: ['AWSCURRENT'] }), Tags: [] };
  for (const CreateSecret of [taken, waiting]) {
    const secret = CreateSecret === waiting ? { ...theirs, DeletedDate: new Date() } : theirs;
    const { aws, writes } = fakeAws({ CreateSecret, DescribeSecret: secret });
    await expect(Secret.create(aws, self(node), SPEC)).rejects.toBe(CreateSecret);
    expect(writes().map(({ operation }) => operation)).toEqual(['CreateSecret']);
  }
});

test('a name that is blocked by an end in its recovery window is freed by calling it back', async () => {
  const { aws, writes, callOf } = fakeAws({
    CreateSecret: waiting,
    DescribeSecret: described({ one: ['AWSCURRENT'] }, { DeletedDate: new Date() }),
  });
  const made = await Secret.create(aws, self(node), SPEC);
  expect(writes().map(({ operation }) => operation)).toEqual([
    ...['CreateSecret', 'RestoreSecret', 'TagResource', 'PutSecretValue'],
  ]);
  expect(made.attributes.versionId).toBe(callOf('PutSecretValue')?.ClientRequestToken);
});

test('a rotation whose version was pushed out of force since is not made again', async () => {
  const { aws, writes } = fakeAws({
    DescribeSecret: described({ theirs: ['AWSCURRENT'] }),
    PutSecretValue: awsError('ResourceExistsException'),
  });
  const [seen] = await allOf(Secret.observe(aws, { by: 'ids', ids: [ARN] }));
  if (!seen) throw new Error('the secret was not read');
  const change = { path: 'rotation', from: null, to: 2, impact: 'online' } as const;
  await Secret.update(aws, { ...seen, self: self(node) }, SPEC, [change]);
  expect(writes().at(-1)).toMatchObject({ operation: 'TagResource' });
});

test('its recovery window is that of its last spec', async () => {
  const { aws, callOf } = fakeAws({ DescribeSecret: described({ one: ['AWSCURRENT'] }) });
  const [seen] = await allOf(Secret.observe(aws, { by: 'ids', ids: [ARN] }));
  if (!seen) throw new Error('the secret was not read');
  await Secret.delete(aws, { ...seen, self: self(node) });
  expect(callOf('DeleteSecret')).toEqual({ SecretId: ARN, RecoveryWindowInDays: 7 });
});
