/** What a request to S3 is called: by method, path and query. */
import { readRequest } from './requests.ts';

const read = (method: string, path: string) => readRequest({ method, path, headers: {}, body: Buffer.alloc(0) });

test.each([
  ['GET', '/?x-id=ListBuckets&prefix=st-&max-buckets=1000', 'ListBuckets', { prefix: 'st-', 'max-buckets': '1000' }],
  ['PUT', '/uploads', 'CreateBucket', { Bucket: 'uploads' }],
  ['HEAD', '/uploads', 'HeadBucket', { Bucket: 'uploads' }],
  ['DELETE', '/uploads', 'DeleteBucket', { Bucket: 'uploads' }],
  ['PUT', '/uploads?versioning', 'PutBucketVersioning', { Bucket: 'uploads', versioning: '' }],
  ['GET', '/uploads?lifecycle', 'GetBucketLifecycleConfiguration', { Bucket: 'uploads', lifecycle: '' }],
  ['DELETE', '/uploads?policy', 'DeleteBucketPolicy', { Bucket: 'uploads', policy: '' }],
  ['GET', '/uploads?publicAccessBlock', 'GetPublicAccessBlock', { Bucket: 'uploads', publicAccessBlock: '' }],
  ['GET', '/uploads?versions&max-keys=1', 'ListObjectVersions', { Bucket: 'uploads', versions: '', 'max-keys': '1' }],
  ['PUT', '/uploads/a/b%20c?x-id=PutObject', 'PutObject', { Bucket: 'uploads', Key: 'a/b c' }],
])('%s %s is %s', (method, path, operation, params) => {
  expect(read(method, path)).toEqual({ operation, params });
});
