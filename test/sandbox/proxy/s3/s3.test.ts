/** Buckets as S3 has them: names, owners, regions, configuration that is written one part at a time, and ends. */

import { randomInt } from 'node:crypto';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { type Aws, codeOf, openAws, REGION } from '../account.ts';
import { eventually } from '../ground.ts';

let aws: Aws;
const clients: S3Client[] = [];

beforeAll(async () => {
  aws = await openAws();
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  await aws.close();
});

interface Account {
  readonly id: string;
  readonly s3: (region?: string) => S3Client;
}

async function openAccount(settings = {}): Promise<Account> {
  const id = String(randomInt(100_000_000_000, 999_999_999_999));
  const options = { endpoint: aws.endpoint, region: REGION, maxAttempts: 1 };
  const sts = new STSClient({ ...options, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  const role = { RoleArn: `arn:aws:iam::${id}:role/test`, RoleSessionName: 'test' };
  const { Credentials: given } = await sts.send(new AssumeRoleCommand(role));
  sts.destroy();
  await aws.control.configure({ factor: 0, throttle: false, ...settings }, id);
  const credentials = {
    accessKeyId: given?.AccessKeyId ?? '',
    secretAccessKey: given?.SecretAccessKey ?? '',
    sessionToken: given?.SessionToken ?? '',
  };
  const s3 = (region = REGION): S3Client => {
    const client = new S3Client({ ...options, region, credentials });
    clients.push(client);
    return client;
  };
  return { id, s3 };
}

const anyName = (): string => `st-test-${randomInt(1_000_000_000)}`;

const enable = (Bucket: string) =>
  new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } });

test('a new bucket has its tags, and is private, encrypted and without access control lists', async () => {
  const s3 = (await openAccount()).s3();
  const Bucket = anyName();
  const Tags = [{ Key: 'team', Value: 'shop & co' }];
  await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { Tags } }));
  expect((await s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet).toEqual(Tags);
  const { PublicAccessBlockConfiguration } = await s3.send(new GetPublicAccessBlockCommand({ Bucket }));
  expect(Object.values(PublicAccessBlockConfiguration ?? {})).toEqual([true, true, true, true]);
  const { OwnershipControls } = await s3.send(new GetBucketOwnershipControlsCommand({ Bucket }));
  expect(OwnershipControls?.Rules?.[0]?.ObjectOwnership).toBe('BucketOwnerEnforced');
  const { ServerSideEncryptionConfiguration } = await s3.send(new GetBucketEncryptionCommand({ Bucket }));
  expect(ServerSideEncryptionConfiguration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm).toBe(
    'AES256',
  );
});

test.each(['Upper', 'a', 'under_score', '192.168.0.1', 'two..dots', 'xn--puny', `a${'b'.repeat(63)}`])(
  'InvalidBucketName: %s',
  async (Bucket) => {
    const s3 = (await openAccount()).s3();
    expect(await codeOf(s3.send(new CreateBucketCommand({ Bucket })))).toBe('InvalidBucketName');
  },
);

test('a name belongs to one account, and only to the owner it is open', async () => {
  const [ours, theirs] = [await openAccount(), await openAccount()];
  const Bucket = anyName();
  await theirs.s3().send(new CreateBucketCommand({ Bucket }));
  const s3 = ours.s3();
  expect(await codeOf(s3.send(new CreateBucketCommand({ Bucket })))).toBe('BucketAlreadyExists');
  expect(await codeOf(s3.send(new GetBucketTaggingCommand({ Bucket })))).toBe('AccessDenied');
  await expect(s3.send(new HeadBucketCommand({ Bucket }))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 403 },
  });
  expect((await s3.send(new ListBucketsCommand({}))).Buckets ?? []).toEqual([]);
  const wrong = new HeadBucketCommand({ Bucket, ExpectedBucketOwner: ours.id });
  await expect(theirs.s3().send(wrong)).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
});

test('made again by its owner it is as new in us-east-1, and refused elsewhere', async () => {
  const { s3 } = await openAccount();
  const [here, there] = [anyName(), anyName()];
  await s3().send(new CreateBucketCommand({ Bucket: here }));
  expect(await codeOf(s3().send(new CreateBucketCommand({ Bucket: here })))).toBe('accepted');
  const west = s3('eu-west-1');
  const input = { Bucket: there, CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' as const } };
  await west.send(new CreateBucketCommand(input));
  expect(await codeOf(west.send(new CreateBucketCommand(input)))).toBe('BucketAlreadyOwnedByYou');
});

test('a bucket is reached through its own region, and listed with it, page by page', async () => {
  const { s3 } = await openAccount();
  const east = s3();
  const prefix = `${anyName()}-`;
  for (const end of ['a', 'b', 'c']) await east.send(new CreateBucketCommand({ Bucket: `${prefix}${end}` }));
  const CreateBucketConfiguration = { LocationConstraint: 'eu-west-1' as const };
  await s3('eu-west-1').send(new CreateBucketCommand({ Bucket: `${prefix}west`, CreateBucketConfiguration }));
  expect(await codeOf(east.send(new GetBucketVersioningCommand({ Bucket: `${prefix}west` })))).toBe(
    'PermanentRedirect',
  );
  const common = { Prefix: prefix, BucketRegion: REGION, MaxBuckets: 2 };
  const first = await east.send(new ListBucketsCommand(common));
  const rest = { ...common, ContinuationToken: first.ContinuationToken };
  const second = await east.send(new ListBucketsCommand(rest));
  const names = [first, second].flatMap(({ Buckets = [] }) => Buckets.map(({ Name }) => Name));
  expect(names).toEqual(['a', 'b', 'c'].map((end) => `${prefix}${end}`));
  expect(first.Buckets?.[0]?.BucketRegion).toBe(REGION);
  expect(second.ContinuationToken).toBeUndefined();
});

test('of two writes of configuration at once one is refused', async () => {
  const s3 = (await openAccount({ factor: 5 })).s3();
  const Bucket = anyName();
  await s3.send(new CreateBucketCommand({ Bucket }));
  const codes = await Promise.all([codeOf(s3.send(enable(Bucket))), codeOf(s3.send(enable(Bucket)))]);
  expect(codes.sort()).toEqual(['OperationAborted', 'accepted']);
});

test('reads of configuration lag behind its writes', async () => {
  const s3 = (await openAccount({ lagSeconds: 0.5 })).s3();
  const Bucket = anyName();
  await s3.send(new CreateBucketCommand({ Bucket }));
  const status = async () =>
    (await s3.send(new GetBucketVersioningCommand({ Bucket })).catch(() => ({ Status: 'unseen' }))).Status;
  expect(await status()).toBe('unseen');
  await eventually(status, undefined);
  await s3.send(enable(Bucket));
  expect(await status()).toBeUndefined();
  expect(await eventually(status, 'Enabled')).toBe('Enabled');
});

test('each part that is absent has its own code', async () => {
  const s3 = (await openAccount()).s3();
  const Bucket = anyName();
  await s3.send(new CreateBucketCommand({ Bucket }));
  expect(await codeOf(s3.send(new GetBucketTaggingCommand({ Bucket })))).toBe('NoSuchTagSet');
  expect(await codeOf(s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket })))).toBe(
    'NoSuchLifecycleConfiguration',
  );
});

test('a policy that refuses what comes without TLS refuses nothing else, and reads as it was written', async () => {
  const s3 = (await openAccount()).s3();
  const Bucket = anyName();
  await s3.send(new CreateBucketCommand({ Bucket }));
  const denial = { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: `arn:aws:s3:::${Bucket}/*` };
  const Condition = { Bool: { 'aws:SecureTransport': 'false' } };
  const put = (policy: object) =>
    s3.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: '2012-10-17', ...policy }) }));
  expect(await codeOf(put({}))).toBe('MalformedPolicy');
  await put({ Statement: [{ ...denial, Condition }] });
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'a' }));
  const { Policy = '' } = await s3.send(new GetBucketPolicyCommand({ Bucket }));
  expect(JSON.parse(Policy)).toMatchObject({ Statement: [{ Condition }] });
  await s3.send(new DeleteBucketPolicyCommand({ Bucket }));
  expect(await codeOf(s3.send(new GetBucketPolicyCommand({ Bucket })))).toBe('NoSuchBucketPolicy');
});

test('a bucket with versions or delete markers is not empty', async () => {
  const s3 = (await openAccount()).s3();
  const Bucket = anyName();
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(enable(Bucket));
  const { VersionId } = await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'a' }));
  const marker = await s3.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
  const remove = () => s3.send(new DeleteBucketCommand({ Bucket }));
  expect(await codeOf(remove())).toBe('BucketNotEmpty');
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'a', VersionId }));
  expect(await codeOf(remove())).toBe('BucketNotEmpty');
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'a', VersionId: marker.VersionId }));
  await remove();
  expect(await codeOf(s3.send(new GetBucketVersioningCommand({ Bucket })))).toBe('NoSuchBucket');
});
