/** What is said to S3: tags that are replaced as a whole, whose bucket it is, and what must be in the call that makes one. */
import { diffTags } from '../../../src/core/diff.ts';
import { Bucket, type BucketSpec } from '../../../src/resources/s3/bucket.ts';
import { awsError, recordingAws, self, tagsOf } from '../recording.ts';

const node = 's3.bucket/uploads';

const SPEC: BucketSpec = {
  name: 'st-web-00000000-uploads',
  region: 'us-east-1',
  objectOwnership: 'BucketOwnerEnforced',
  blockPublicAccess: true,
  encryption: { sseAlgorithm: 'AES256', kmsKeyArn: null },
  versioning: true,
  lifecycle: { abortMultipartDays: 7, noncurrentDays: 30 },
  cors: [],
  denyInsecureTransport: true,
};

const live = {
  ...{ owner: undefined, node: undefined, incarnation: 1, id: SPEC.name, spec: SPEC },
  attributes: { name: SPEC.name, arn: '', domainName: '' },
  health: { state: 'active', phase: 'ready' as const },
  self: self(node),
};

const PLACE = { Bucket: SPEC.name, ExpectedBucketOwner: '123456789012' };

test("PutBucketTagging replaces the whole set: AWS's own tags and those of others are said again", async () => {
  const theirs = [
    { Key: 'aws:cloudformation:stack-name', Value: 'before' },
    { Key: 'cost-centre', Value: '42' },
  ];
  const { aws, writes } = recordingAws({ GetBucketTagging: { TagSet: [...theirs, { Key: 'team', Value: 'old' }] } });
  const changes = diffTags({ ...self(node).tags }, { team: 'old' }, ['team']);
  await Bucket.update(aws, live, SPEC, changes);
  expect(writes()).toEqual([
    { operation: 'PutBucketTagging', input: { ...PLACE, Tagging: { TagSet: [...theirs, ...tagsOf(node)] } } },
  ]);
});

test('tags that could not be read are not replaced', async () => {
  const { aws, writes } = recordingAws({ GetBucketTagging: awsError('AccessDenied') });
  const changes = diffTags(self(node).tags, {}, []);
  await expect(Bucket.update(aws, live, SPEC, changes)).rejects.toThrow('AccessDenied');
  expect(writes()).toEqual([]);
});

test('a bucket without tags is an error code, and gets them', async () => {
  const { aws, callOf } = recordingAws({ GetBucketTagging: awsError('NoSuchTagSet') });
  await Bucket.update(aws, live, SPEC, diffTags(self(node).tags, {}, []));
  expect(callOf('PutBucketTagging')).toEqual({ ...PLACE, Tagging: { TagSet: tagsOf(node) } });
});

test.each([
  ['us-east-1', {}],
  ['eu-central-1', { LocationConstraint: 'eu-central-1' }],
])(
  'its tags are in the call that makes it, and %s is named only where that is not the default',
  async (region, place) => {
    const { aws, callOf } = recordingAws({ HeadBucket: awsError('NotFound') });
    await Bucket.create(aws, self(node), { ...SPEC, region });
    expect(callOf('HeadBucket')).toEqual(PLACE);
    expect(callOf('CreateBucket')).toEqual({
      Bucket: SPEC.name,
      ObjectOwnership: 'BucketOwnerEnforced',
      CreateBucketConfiguration: { ...place, Tags: tagsOf(node) },
    });
  },
);

test('every call about a bucket says whose it is, so that a name that changed hands is refused', async () => {
  const { aws, asked } = recordingAws();
  const changes = Object.keys(SPEC).map((path) => ({ path, from: null, to: null, impact: 'online' as const }));
  await Bucket.update(aws, live, SPEC, changes);
  await Bucket.delete(aws, live);
  expect(asked.length).toBeGreaterThan(8);
  expect(asked.filter(({ input }) => input.ExpectedBucketOwner !== '123456789012')).toEqual([]);
});

test('versioning goes from on to suspended, never to off', async () => {
  const { aws, callOf } = recordingAws();
  const changes = [{ path: 'versioning', from: true, to: false, impact: 'online' as const }];
  await Bucket.update(aws, live, { ...SPEC, versioning: false }, changes);
  expect(callOf('PutBucketVersioning')).toEqual({ ...PLACE, VersioningConfiguration: { Status: 'Suspended' } });
});
