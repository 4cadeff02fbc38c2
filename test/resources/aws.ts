/**
 * AWS clients of an account of one's own in the sandbox: every file's every kind assumes a role of another account, so
 * that none can see what another made. Nothing is retried here, so that every error is seen as it was answered.
 */
import { randomInt } from 'node:crypto';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Aws } from '../../src/aws/driver.ts';
import { attachSandbox } from '../sandbox/attach.ts';
import { proxyControl } from '../sandbox/proxy/client.ts';
import { clientsOf } from './clients.ts';

/** The region that all of these tests work in. */
export const REGION = 'us-east-1';

/** Clients, where they lead, and the way to be rid of their connections. */
export interface Session {
  readonly aws: Aws;
  /** The only address of AWS, for whoever wants to cause faults. */
  readonly endpoint: string;
  close(): void;
}

const anyAccount = (): string => String(randomInt(100_000_000_000, 999_999_999_999));

async function credentialsOf(endpoint: string, accountID: string) {
  const sts = new STSClient({
    endpoint,
    region: REGION,
    credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
  });
  const RoleArn = `arn:aws:iam::${accountID}:role/test`;
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'test' }));
  sts.destroy();
  const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken)
    throw new Error(`assume ${RoleArn}: no credentials in the answer`);
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}

/** AWS's durations are divided by it: everything still takes its time, and its order, but a server boots in seconds. */
export const FACTOR = 150;

/** Opens an account of the sandbox that nothing else uses. AWS's request limits do not hold in it: nothing here is about them. */
export async function openAccount(): Promise<Session> {
  const { endpoint } = attachSandbox().aws;
  const accountID = anyAccount();
  const credentials = await credentialsOf(endpoint, accountID);
  await proxyControl(endpoint).configure({ throttle: false, factor: FACTOR }, accountID);
  const requestHandler = new NodeHttpHandler({
    connectionTimeout: 5000,
    requestTimeout: 30_000,
    throwOnRequestTimeout: true,
  });
  const options = { endpoint, region: REGION, credentials, maxAttempts: 1, requestHandler };
  const aws: Aws = {
    region: REGION,
    accountID,
    partition: 'aws',
    ...clientsOf(options),
  };
  return { aws, endpoint, close: () => requestHandler.destroy() };
}
