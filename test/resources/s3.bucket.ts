/** How the contract suite tries a bucket. */
import {
  CreateBucketCommand,
  DeleteBucketTaggingCommand,
  DeleteObjectCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { classify } from '../../src/aws/errors.ts';
import { uniqueName } from '../../src/aws/ownership.ts';
import { allOf } from '../../src/aws/pages.ts';
import { Bucket, type BucketSpec, type CorsRule } from '../../src/resources/s3/bucket.ts';
import { openAccount, REGION } from './aws.ts';
import { fixture } from './fixture.ts';
import { converge, deleteFully, differences, find, type World } from './world.ts';

const nameOf = ({ owner }: World, suffix: string): string => uniqueName(owner, suffix, 63);

const specOf = (name: string): BucketSpec => ({
  name,
  region: REGION,
  objectOwnership: 'BucketOwnerEnforced',
  blockPublicAccess: true,
  encryption: { sseAlgorithm: 'AES256', kmsKeyArn: null },
  versioning: true,
  lifecycle: { abortMultipartDays: 7, noncurrentDays: 30 },
  cors: [],
  denyInsecureTransport: true,
});

const CORS: CorsRule = {
  allowedOrigins: ['https://shop.example.test'],
  allowedMethods: ['GET', 'PUT'],
  allowedHeaders: ['*'],
  exposeHeaders: ['ETag'],
  maxAgeSeconds: 300,
};

const STATEMENT = {
  Sid: 'SomebodyElse',
  Effect: 'Allow',
  Principal: { AWS: 'arn:aws:iam::123456789012:root' },
  Action: 's3:ListBucket',
};

export default fixture({
  resource: Bucket,
  missing: 'st-nobody-00000000-nothing',
  prepare: async (world) => ({ name: (suffix: string) => nameOf(world, suffix) }),
  initial: ({ name }) => specOf(name('uploads')),
  changed: [
    { name: 'versioning', change: () => ({ versioning: false }), expect: 'update' },
    {
      name: 'lifecycle',
      change: () => ({ lifecycle: { abortMultipartDays: 3, noncurrentDays: null } }),
      expect: 'update',
    },
    { name: 'list of origins', change: () => ({ cors: [CORS] }), expect: 'update' },
    {
      name: 'key',
      change: () => ({
        encryption: { sseAlgorithm: 'aws:kms' as const, kmsKeyArn: 'arn:aws:kms:us-east-1:123456789012:key/1' },
      }),
      expect: 'update',
    },
    {
      name: 'protection, taken off,',
      change: () => ({ denyInsecureTransport: false, blockPublicAccess: false }),
      expect: 'update',
    },
    { name: 'name', change: ({ name }) => ({ name: name('other') }), expect: 'replace' },
  ],
  stranger: ({ name }, index) => ({ name: name(`stranger-${index}`) }),
  strip: async ({ aws }, id) => {
    await aws.s3.send(new DeleteBucketTaggingCommand({ Bucket: id }));
  },
  extra: (open) => {
    const build = async (suffix = 'uploads') => {
      const world = open();
      const self = world.identity('s3.bucket/uploads');
      const spec = specOf(nameOf(world, suffix));
      return { world, self, spec, live: await converge(world.aws, Bucket, self, spec) };
    };

    test('a bucket that holds only a delete marker and old versions is not empty and stays', async () => {
      const { world, live } = await build();
      await world.aws.s3.send(new PutObjectCommand({ Bucket: live.id, Key: 'a', Body: 'a' }));
      const { VersionId } = await world.aws.s3.send(new DeleteObjectCommand({ Bucket: live.id, Key: 'a' }));
      await expect(Bucket.delete(world.aws, live)).rejects.toMatchObject({ name: 'BucketNotEmpty' });
      const [full] = await allOf(Bucket.observe(world.aws, { by: 'ids', ids: [live.id] }));
      expect(live.holds).toBeUndefined();
      expect(full?.holds).toMatch(
        /^objects or versions of objects; empty it, or set spec\.deletionPolicy\.storage to Retain$/,
      );
      expect(VersionId).toBeDefined();
    });

    test('tags of others are kept when ours are written', async () => {
      const { world, self, spec, live } = await build();
      const TagSet = [{ Key: 'cost-centre', Value: '42' }];
      await world.aws.s3.send(new PutBucketTaggingCommand({ Bucket: live.id, Tagging: { TagSet } }));
      const [robbed] = await allOf(Bucket.observe(world.aws, { by: 'ids', ids: [live.id] }));
      if (!robbed) throw new Error('the bucket was not found by its name');
      await Bucket.update(world.aws, { ...robbed, self }, spec, differences(Bucket, spec, { ...robbed, self }));
      const after = await world.aws.s3.send(new GetBucketTaggingCommand({ Bucket: live.id }));
      expect(after.TagSet).toEqual(expect.arrayContaining([...TagSet, { Key: 'team', Value: 'shop' }]));
    });

    test('statements of others in the policy are kept when ours is written and taken away', async () => {
      const { world, self, spec, live } = await build();
      const foreign = { ...STATEMENT, Resource: live.attributes.arn };
      const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [foreign] });
      await world.aws.s3.send(new PutBucketPolicyCommand({ Bucket: live.id, Policy }));
      expect((await find(world.aws, Bucket, self))?.spec.denyInsecureTransport).toBe(false);
      await converge(world.aws, Bucket, self, spec);
      await converge(world.aws, Bucket, self, { ...spec, denyInsecureTransport: false });
      const { Policy: left = '{}' } = await world.aws.s3.send(new GetBucketPolicyCommand({ Bucket: live.id }));
      expect((JSON.parse(left) as { Statement: unknown }).Statement).toEqual([foreign]);
    });

    test("a stranger's bucket of that name is not taken for ours, nor asked about", async () => {
      const world = open();
      const other = await openAccount();
      const name = nameOf(world, 'taken');
      await other.aws.s3.send(new CreateBucketCommand({ Bucket: name }));
      const self = world.identity('s3.bucket/uploads');
      const failure = await Bucket.create(world.aws, self, specOf(name)).catch(classify);
      expect(failure).toMatchObject({ class: 'exists', code: 'BucketAlreadyExists' });
      expect(await allOf(Bucket.observe(world.aws, { by: 'ids', ids: [name] }))).toEqual([]);
      other.close();
    });

    test('a bucket with a name of its own is found by its tier once it was made', async () => {
      const world = open();
      const self = world.identity('s3.bucket/uploads');
      const live = await converge(world.aws, Bucket, self, specOf(`own-${world.owner.cluster}`));
      const swept = await allOf(Bucket.observe(world.aws, { by: 'cluster', cluster: world.owner.cluster }));
      expect(swept.map(({ id }) => id)).toEqual([live.id]);
      await deleteFully(world.aws, Bucket, live);
    });
  },
});
