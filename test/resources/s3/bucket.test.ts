/** What of buckets is a matter of order and of errors, tried without AWS. */
import type { Aws } from '../../../src/aws/driver.ts';
import { classify } from '../../../src/aws/errors.ts';
import { identify } from '../../../src/aws/ownership.ts';
import { allOf } from '../../../src/aws/pages.ts';
import { Bucket, type BucketSpec } from '../../../src/resources/s3/bucket.ts';
import { PARTS } from '../../../src/resources/s3/parts.ts';

const owner = { cluster: 'test', namespace: 'shop', name: 'web', uid: '5d1f' };
const self = identify(owner, 's3.bucket/uploads', 1);

const spec: BucketSpec = {
  name: 'own-uploads',
  region: 'us-east-1',
  objectOwnership: 'BucketOwnerEnforced',
  blockPublicAccess: true,
  encryption: { sseAlgorithm: 'AES256', kmsKeyArn: null },
  versioning: true,
  lifecycle: { abortMultipartDays: 7, noncurrentDays: 30 },
  cors: [],
  denyInsecureTransport: true,
};

type Answers = Readonly<Record<string, object | Error>>;

const failing = (code: string): Error => Object.assign(new Error(code), { name: code, Code: code });

/** AWS with one answer for each call, and the calls in the order in which they began and ended. */
function awsWith(answers: Answers): { readonly aws: Aws; readonly calls: readonly string[] } {
  const calls: string[] = [];
  const send = async (command: { readonly constructor: { readonly name: string } }): Promise<object> => {
    const name = command.constructor.name.replace(/Command$/, '');
    calls.push(`${name} begins`);
    await new Promise((resolve) => setTimeout(resolve, 1));
    calls.push(`${name} ends`);
    const answer = answers[name] ?? {};
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const aws = { region: 'us-east-1', accountID: '123456789012', partition: 'aws', s3: { send, config: {} } };
  return { aws: aws as unknown as Aws, calls };
}

const observedIn = async (answers: Answers): Promise<Partial<BucketSpec>> => {
  const { aws } = awsWith(answers);
  const place = { Bucket: spec.name, ExpectedBucketOwner: aws.accountID };
  const read = await Promise.all(
    Object.entries(PARTS).map(async ([key, part]) => [key, await part.read(aws, place)] as const),
  );
  return Object.fromEntries(read) as Partial<BucketSpec>;
};

test('each part that is absent is an error code of its own, and an answer', async () => {
  const absent = await observedIn({
    GetPublicAccessBlock: failing('NoSuchPublicAccessBlockConfiguration'),
    GetBucketOwnershipControls: failing('OwnershipControlsNotFoundError'),
    GetBucketEncryption: failing('ServerSideEncryptionConfigurationNotFoundError'),
    GetBucketLifecycleConfiguration: failing('NoSuchLifecycleConfiguration'),
    GetBucketCors: failing('NoSuchCORSConfiguration'),
    GetBucketPolicy: failing('NoSuchBucketPolicy'),
  });
  expect(absent).toEqual({
    blockPublicAccess: false,
    objectOwnership: null,
    encryption: null,
    versioning: false,
    lifecycle: null,
    cors: [],
    denyInsecureTransport: false,
  });
});

test('a part that could not be read is a failure, not absent', async () => {
  await expect(observedIn({ GetBucketPolicy: failing('AccessDenied') })).rejects.toThrow('AccessDenied');
});

test('the first configuration calls collide: they are made one after the other', async () => {
  const { aws, calls } = awsWith({});
  const changes = Object.keys(spec).map((path) => ({ path, from: null, to: null, impact: 'online' as const }));
  const attributes = { name: spec.name, arn: '', domainName: '' };
  const health = { state: 'active', phase: 'ready' as const };
  const live = { owner, node: self.node, incarnation: 1, id: spec.name, spec: {}, attributes, health, self };
  await Bucket.update(aws, live, spec, changes);
  expect(calls.filter((_, index) => index % 2 === 0).map((call) => call.replace('begins', 'ends'))).toEqual(
    calls.filter((_, index) => index % 2 === 1),
  );
  expect(calls.filter((call) => /^(Put|Delete).* begins/.test(call))).toEqual([
    'PutPublicAccessBlock begins',
    'PutBucketOwnershipControls begins',
    'PutBucketEncryption begins',
    'PutBucketVersioning begins',
    'PutBucketLifecycleConfiguration begins',
    'DeleteBucketCors begins',
    'PutBucketPolicy begins',
  ]);
});

test('in us-east-1 a bucket that is made again loses its access control lists: it is not made again', async () => {
  const { aws, calls } = awsWith({});
  const failure = await Bucket.create(aws, self, spec).catch(classify);
  expect(failure).toMatchObject({ class: 'exists', code: 'BucketAlreadyOwnedByYou' });
  expect(calls.join()).not.toContain('CreateBucket');
});

test('BucketExists counts 403 and 301 as success: here they say nothing, and the answer to the creation counts', async () => {
  for (const code of ['AccessDenied', 'PermanentRedirect']) {
    const { aws } = awsWith({ HeadBucket: failing(code), CreateBucket: failing('BucketAlreadyExists') });
    expect(await Bucket.create(aws, self, spec).catch(classify)).toMatchObject({ code: 'BucketAlreadyExists' });
  }
});

test('a look that was throttled makes no bucket', async () => {
  const { aws, calls } = awsWith({ HeadBucket: failing('SlowDown') });
  expect(await Bucket.create(aws, self, spec).catch(classify)).toMatchObject({ class: 'throttled' });
  expect(calls.join()).not.toContain('CreateBucket');
});

test('names of buckets are not free at once after a deletion: AWS is busy with them', () => {
  expect(classify(failing('OperationAborted')).class).toBe('busy');
});

test('nothing is asked before somebody iterates', async () => {
  const { aws, calls } = awsWith({});
  Bucket.observe(aws, { by: 'ids', ids: [] });
  expect(calls).toEqual([]);
  expect(await allOf(Bucket.observe(aws, { by: 'ids', ids: [] }))).toEqual([]);
});
