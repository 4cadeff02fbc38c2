/**
 * What a request to S3 asks for. S3 names no operation: method, path and query say it together. Only the bucket in the path
 * is known here (path style), because the sandbox has no host names of buckets. It must not judge the call.
 */
import type { Params } from '../call.ts';
import type { Incoming } from '../decode.ts';

/** The configuration that a query names, as operations call it. */
const PARTS: Readonly<Record<string, string>> = {
  cors: 'BucketCors',
  encryption: 'BucketEncryption',
  lifecycle: 'BucketLifecycleConfiguration',
  location: 'BucketLocation',
  ownershipControls: 'BucketOwnershipControls',
  policy: 'BucketPolicy',
  publicAccessBlock: 'PublicAccessBlock',
  tagging: 'BucketTagging',
  versioning: 'BucketVersioning',
};

const VERBS: Readonly<Record<string, string>> = { GET: 'Get', PUT: 'Put', DELETE: 'Delete' };

const OF_BUCKET: Readonly<Record<string, string>> = {
  GET: 'ListObjects',
  PUT: 'CreateBucket',
  HEAD: 'HeadBucket',
  DELETE: 'DeleteBucket',
};

const OF_OBJECT: Readonly<Record<string, string>> = {
  GET: 'GetObject',
  PUT: 'PutObject',
  HEAD: 'HeadObject',
  DELETE: 'DeleteObject',
};

function operationOf(method: string, bucket: string, key: string, query: URLSearchParams): string {
  if (bucket === '') return method === 'GET' ? 'ListBuckets' : `${method} /`;
  if (key !== '') return OF_OBJECT[method] ?? `${method}Object`;
  const part = Object.keys(PARTS).find((name) => query.has(name));
  const verb = VERBS[method];
  if (part !== undefined && verb !== undefined) return `${verb}${PARTS[part]}`;
  if (method === 'GET' && query.has('versions')) return 'ListObjectVersions';
  if (method === 'GET' && query.get('list-type') === '2') return 'ListObjectsV2';
  if (method === 'POST' && query.has('delete')) return 'DeleteObjects';
  return OF_BUCKET[method] ?? `${method}Bucket`;
}

/** Operation and parameters of a request: bucket, key and whatever the query says. */
export function readRequest({ method, path }: Incoming): { readonly operation: string; readonly params: Params } {
  const url = new URL(path, 'http://sandbox');
  const [, bucket = '', ...rest] = url.pathname.split('/').map(decodeURIComponent);
  const key = rest.join('/');
  const { 'x-id': _id, ...query } = Object.fromEntries(url.searchParams);
  return {
    operation: operationOf(method, bucket, key, url.searchParams),
    params: { ...(bucket === '' ? {} : { Bucket: bucket }), ...(key === '' ? {} : { Key: key }), ...query },
  };
}
