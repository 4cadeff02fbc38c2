/** Secrets as clients see them: versions, names that stay taken, pages, reads that lag behind writes. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateSecretCommand,
  type CreateSecretCommandInput,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  paginateListSecrets,
  RestoreSecretCommand,
  TagResourceCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { type Account, type Aws, codeOf, openAccount, openAws } from './account.ts';
import { eventually } from './ground.ts';

let aws: Aws;
let account: Account;

beforeAll(async () => {
  aws = await openAws();
  account = await openAccount(aws);
});

afterEach(() => aws.control.configure({ factor: 0, lagSeconds: 0, pageSize: 0 }, account.id));

afterAll(() => aws.close());

let count = 0;
const freshName = () => {
  count += 1;
  return `secret/${count}`;
};

const create = (more: Partial<CreateSecretCommandInput> = {}) =>
  account.secretsManager.send(new CreateSecretCommand({ Name: freshName(), SecretString: 'one', ...more }));
const put = (SecretId: string, SecretString: string, ClientRequestToken: string) =>
  account.secretsManager.send(new PutSecretValueCommand({ SecretId, SecretString, ClientRequestToken }));
const describe = (SecretId: string) => account.secretsManager.send(new DescribeSecretCommand({ SecretId }));
const value = async (SecretId: string) =>
  (await account.secretsManager.send(new GetSecretValueCommand({ SecretId }))).SecretString;
const names = async () =>
  ((await account.secretsManager.send(new ListSecretsCommand({}))).SecretList ?? []).map((one) => one.Name ?? '');

test('a creation repeated with its token is the same secret, with another value it is refused', async () => {
  const Name = freshName();
  const ClientRequestToken = randomUUID();
  const first = await create({ Name, ClientRequestToken });
  expect(first.VersionId).toBe(ClientRequestToken);
  expect((await create({ Name, ClientRequestToken })).ARN).toBe(first.ARN);
  expect(await codeOf(create({ Name, ClientRequestToken, SecretString: 'two' }))).toBe('ResourceExistsException');
  expect(await codeOf(create({ Name, ClientRequestToken: randomUUID() }))).toBe('ResourceExistsException');
});

test('a new version is current, the one before it previous, and older ones are not listed', async () => {
  const tokens = [randomUUID(), randomUUID(), randomUUID()] as const;
  const { ARN = '' } = await create({ ClientRequestToken: tokens[0] });
  await put(ARN, 'two', tokens[1]);
  await put(ARN, 'three', tokens[2]);
  await put(ARN, 'three', tokens[2]);
  expect(await codeOf(put(ARN, 'four', tokens[2]))).toBe('ResourceExistsException');
  expect(await value(ARN)).toBe('three');
  expect((await describe(ARN)).VersionIdsToStages).toEqual({
    [tokens[1]]: ['AWSPREVIOUS'],
    [tokens[2]]: ['AWSCURRENT'],
  });
});

test('a deleted secret keeps its name, cannot be read or written, and is restored with its value', async () => {
  const { ARN = '', Name = '' } = await create();
  const deletion = new DeleteSecretCommand({ SecretId: Name, RecoveryWindowInDays: 7 });
  const { DeletionDate } = await account.secretsManager.send(deletion);
  expect(DeletionDate?.getTime()).toBeGreaterThan(Date.now() + 6 * 86_400_000);
  expect((await describe(ARN)).DeletedDate).toBeInstanceOf(Date);
  expect(await names()).not.toContain(Name);
  const refused = [create({ Name }), put(ARN, 'two', randomUUID()), value(ARN)];
  expect(await Promise.all(refused.map(codeOf))).toEqual(Array(3).fill('InvalidRequestException'));
  await account.secretsManager.send(new RestoreSecretCommand({ SecretId: Name }));
  expect((await describe(ARN)).DeletedDate).toBeUndefined();
  expect(await value(ARN)).toBe('one');
});

test('a secret deleted for good is gone, and its name is free a moment later', async () => {
  const [{ Name: going = '' }, { Name: gone = '' }] = [await create(), await create()];
  const deletion = (SecretId: string) => new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true });
  // So slow that the moment is not over before the questions are.
  await aws.control.configure({ factor: 0.01 }, account.id);
  await account.secretsManager.send(deletion(going));
  expect(await codeOf(describe(going))).toBe('ResourceNotFoundException');
  expect(await codeOf(create({ Name: going }))).toBe('InvalidRequestException');
  await aws.control.configure({ factor: 10 }, account.id);
  await account.secretsManager.send(deletion(gone));
  expect(await eventually(() => codeOf(create({ Name: gone })), 'accepted')).toBe('accepted');
});

test.each([
  { what: 'a window of three days', more: { RecoveryWindowInDays: 3 } },
  { what: 'a window and none', more: { RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: true } },
])('a deletion with $what is refused', async ({ more }) => {
  const { ARN } = await create();
  const deletion = new DeleteSecretCommand({ SecretId: ARN, ...more });
  expect(await codeOf(account.secretsManager.send(deletion))).toBe('InvalidParameterException');
});

test('secrets are listed by tag and by name, in pages however small', async () => {
  const Tags = [{ Key: 'owner', Value: 'pages' }];
  const made = [];
  for (let index = 0; index < 5; index += 1) made.push((await create({ Tags })).Name);
  await create();
  const Filters = [
    { Key: 'tag-key' as const, Values: ['owner'] },
    { Key: 'tag-value' as const, Values: ['pages'] },
  ];
  const pages = [];
  for await (const page of paginateListSecrets({ client: account.secretsManager, pageSize: 2 }, { Filters })) {
    pages.push((page.SecretList ?? []).length);
  }
  expect(pages).toEqual([2, 2, 1]);
  await aws.control.configure({ pageSize: 1 }, account.id);
  const one = await account.secretsManager.send(new ListSecretsCommand({ Filters }));
  expect(one.SecretList).toMatchObject([{ Tags, Name: expect.any(String) }]);
  const byName = new ListSecretsCommand({ Filters: [{ Key: 'name', Values: [made[0] ?? ''] }] });
  expect((await account.secretsManager.send(byName)).SecretList).toHaveLength(1);
});

test('while reads lag, a new secret is not there and tags are as they were', async () => {
  const { ARN = '' } = await create();
  await sleep(1000);
  await aws.control.configure({ lagSeconds: 1 }, account.id);
  const late = await create();
  expect(await codeOf(describe(late.ARN ?? ''))).toBe('ResourceNotFoundException');
  expect(await names()).not.toContain(late.Name);
  await account.secretsManager.send(new TagResourceCommand({ SecretId: ARN, Tags: [{ Key: 'k', Value: 'v' }] }));
  expect((await describe(ARN)).Tags ?? []).toEqual([]);
  expect(await eventually(async () => (await describe(ARN)).Tags?.length, 1)).toBe(1);
  expect(await eventually(async () => (await names()).includes(late.Name ?? ''), true)).toBe(true);
});

test('no value of a secret is in the journal', async () => {
  const since = await aws.control.latest();
  const { ARN = '' } = await create({ SecretString: 'never-to-be-seen' });
  await put(ARN, 'never-to-be-seen-either', randomUUID());
  expect(JSON.stringify(await aws.control.journal({ account: account.id, since }))).not.toContain('never-to-be-seen');
});
