/**
 * AWS clients of an account of one's own in the sandbox: every test assumes a role of another account, so that no test
 * can see what another made. Nothing is retried here, so that every error is seen as it was answered.
 */
import { randomInt } from 'node:crypto';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { EC2Client } from '@aws-sdk/client-ec2';
import { IAMClient } from '@aws-sdk/client-iam';
import { SSMClient } from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Aws } from '../../src/aws/driver.ts';

/** The region that all of these tests work in. */
export const REGION = 'us-east-1';

/** Clients, and the way to be rid of their connections. */
export interface Session {
  readonly aws: Aws;
  close(): void;
}

const anyAccount = (): string => String(randomInt(100_000_000_000, 999_999_999_999));

async function credentialsOf(endpoint: string, accountID: string) {
  const sts = new STSClient({ endpoint, region: REGION, credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' } });
  const RoleArn = `arn:aws:iam::${accountID}:role/test`;
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'test' }));
  sts.destroy();
  const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken) throw new Error(`assume ${RoleArn}: no credentials in the answer`);
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}

/** Opens an account that nothing else uses. */
export async function openAccount(endpoint: string): Promise<Session> {
  const accountID = anyAccount();
  const credentials = await credentialsOf(endpoint, accountID);
  // Longer than anything that the stand-in does, shorter than a test: a lost answer ends here.
  const requestHandler = new NodeHttpHandler({ connectionTimeout: 2000, requestTimeout: 4000, throwOnRequestTimeout: true });
  const options = { endpoint, region: REGION, credentials, maxAttempts: 1, requestHandler };
  const aws: Aws = {
    region: REGION,
    accountID,
    partition: 'aws',
    ec2: new EC2Client(options),
    iam: new IAMClient(options),
    ssm: new SSMClient(options),
    cloudwatch: new CloudWatchClient(options),
  };
  return { aws, close: () => requestHandler.destroy() };
}
