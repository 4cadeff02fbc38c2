/** Service Quotas behind the proxy, spoken by the real SDK. */
import { GetServiceQuotaCommand, ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Account, type Aws, codeOf, openAccount, openAws } from './account.ts';

let aws: Aws;
let account: Account;
let client: ServiceQuotasClient;

beforeAll(async () => {
  aws = await openAws();
  account = await openAccount(aws);
  const { credentials, region } = account.ec2.config;
  client = new ServiceQuotasClient({ endpoint: aws.endpoint, credentials, region, maxAttempts: 1 });
});

afterAll(() => aws.close());

const ask = (ServiceCode: string, QuotaCode: string) =>
  client.send(new GetServiceQuotaCommand({ ServiceCode, QuotaCode }));

test.each([
  ['vpc', 'L-F678F1CE', 'VPCs per Region'],
  ['rds', 'L-7B6409FD', 'DB instances'],
])('the quota %s %s has a name and a value', async (service, code, name) => {
  const { Quota } = await ask(service, code);
  expect(Quota).toMatchObject({ ServiceCode: service, QuotaCode: code, QuotaName: name, Value: expect.any(Number) });
});

test('a quota that there is not is refused in AWS’s words', async () => {
  expect(await codeOf(ask('rds', 'L-F678F1CE'))).toBe('NoSuchResourceException');
});
