/**
 * How a bucket comes into being (S3 API reference, CreateBucket; User Guide, "Bucket naming rules"): the name must be allowed,
 * tags in the call count, and since 2023 a new bucket is private, encrypted and without access control lists.
 */
import { recordBirths } from '../births.ts';
import { type Answer, type Call, Refusal, type Step, succeeded, text } from '../call.ts';
import { escapeXml } from '../protocol.ts';
import type { World } from '../world.ts';
import { descend, type Element, parseXml, textAt } from '../xml.ts';
import { owners } from './owners.ts';

const NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const RESERVED = /^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|\.mrap|--x-s3)$|\.\.|^\d+\.\d+\.\d+\.\d+$/;

function checkName(name: string): void {
  if (!NAME.test(name) || RESERVED.test(name))
    throw new Refusal('InvalidBucketName', 'The specified bucket is not valid.', 400);
}

/** Made again by its owner, a bucket of `us-east-1` is answered as if it were new; elsewhere it is refused. */
function checkTaken(world: World, call: Call, name: string): void {
  const owned = owners(world).get(name);
  if (!owned) return;
  if (owned.account !== call.account)
    throw new Refusal('BucketAlreadyExists', 'The requested bucket name is not available.', 409);
  if (owned.region !== 'us-east-1' || call.region !== 'us-east-1')
    throw new Refusal('BucketAlreadyOwnedByYou', 'Your previous request to create the named bucket succeeded.', 409);
}

const tagsIn = (configuration: Element | undefined): readonly Element[] =>
  descend(configuration, 'Tags')?.children.filter(({ name }) => name === 'Tag') ?? [];

function taggingOf(tags: readonly Element[]): string {
  const set = tags.map((tag) => {
    const [key, value] = [textAt(tag, 'Key') ?? '', textAt(tag, 'Value') ?? ''];
    return `<Tag><Key>${escapeXml(key)}</Key><Value>${escapeXml(value)}</Value></Tag>`;
  });
  return `<Tagging><TagSet>${set.join('')}</TagSet></Tagging>`;
}

const BLOCKED = ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets']
  .map((name) => `<${name}>true</${name}>`)
  .join('');
const PRIVATE = `<PublicAccessBlockConfiguration>${BLOCKED}</PublicAccessBlockConfiguration>`;
const ENCRYPTED =
  '<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault><BucketKeyEnabled>false</BucketKeyEnabled></Rule></ServerSideEncryptionConfiguration>';
const OWNED =
  '<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>';

/** A call of the proxy's own about the same bucket, beside the one in hand. */
export function beside(call: Call, method: string, query: string, body = ''): Call {
  const { 'content-md5': _md5, 'content-encoding': _encoding, ...headers } = call.headers;
  const kept = Object.entries(headers).filter(([name]) => !/^x-amz-(checksum|sdk-checksum|trailer|decoded)/.test(name));
  return {
    ...call,
    method,
    path: `/${text(call.params, 'Bucket')}?${query}`,
    headers: Object.fromEntries(kept),
    body: Buffer.from(body),
    write: false,
    trace: { created: [], reached: false, replayed: false },
  };
}

/** The stand-in reads the region of a new bucket only from a body that names it. */
function plainCreation(call: Call): Call {
  const region = textAt(parseXml(call.body.toString()), 'LocationConstraint');
  const body =
    region === undefined
      ? ''
      : `<CreateBucketConfiguration><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`;
  const { path, write, trace } = call;
  return { ...beside(call, call.method, '', body), path, write, trace };
}

/** Makes buckets as S3 does. */
export function creation(world: World): Step {
  return async (call, next): Promise<Answer> => {
    if (call.operation !== 'CreateBucket') return next(call);
    const name = text(call.params, 'Bucket') ?? '';
    checkName(name);
    checkTaken(world, call, name);
    const isNew = !owners(world).has(name);
    const answer = await next(plainCreation(call));
    if (!succeeded(answer)) return answer;
    owners(world).set(name, { account: call.account, region: call.region });
    if (!isNew) return answer;
    call.trace.created.push(`s3:${name}`);
    recordBirths(world, call);
    const tags = call.body.length > 0 ? tagsIn(parseXml(call.body.toString())) : [];
    const parts: readonly (readonly [string, string])[] = [
      ['publicAccessBlock', PRIVATE],
      ['encryption', ENCRYPTED],
      ['ownershipControls', OWNED],
      ...(tags.length > 0 ? [['tagging', taggingOf(tags)] as const] : []),
    ];
    for (const [query, body] of parts) await next(beside(call, 'PUT', query, body));
    return answer;
  };
}
