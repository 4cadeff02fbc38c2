/** AWS as a list of answers, for what AWS is documented to answer and the sandbox has no way to show. */
import { Readable } from 'node:stream';
import type { Aws } from '../../src/aws/driver.ts';
import { REGION } from './aws.ts';
import { clientsOf } from './clients.ts';

interface Request {
  readonly body?: string | Uint8Array;
}

/** What was asked, by operation, and AWS itself. */
export interface Wire {
  readonly aws: Aws;
  /** The parameters of every call so far, in EC2's own form. */
  readonly calls: readonly URLSearchParams[];
}

/** AWS that answers each call with the next of these bodies: the inside of an EC2 response element. */
export function answering(...bodies: readonly string[]): Wire {
  const calls: URLSearchParams[] = [];
  const handle = async ({ body = '' }: Request) => {
    const xml = bodies[calls.length];
    calls.push(new URLSearchParams(typeof body === 'string' ? body : Buffer.from(body).toString()));
    if (xml === undefined) throw new Error(`answer ${calls.at(-1)?.get('Action')}: no answer is left`);
    const stream = Readable.from([Buffer.from(`<Response>${xml}</Response>`)]);
    return { response: { statusCode: 200, headers: { 'content-type': 'text/xml' }, body: stream } };
  };
  const options = {
    region: REGION,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
    requestHandler: { handle, updateHttpClientConfig: () => undefined, httpHandlerConfigs: () => ({}) },
  };
  const aws: Aws = {
    region: REGION,
    accountID: '123456789012',
    partition: 'aws',
    ...clientsOf(options),
  };
  return { aws, calls };
}
