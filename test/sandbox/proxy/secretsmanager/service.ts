/** Secrets Manager as the proxy knows it: secrets with versions, whose names outlive them for a while. */
import { paramsOfJson } from '../protocol.ts';
import { type Service, writesByName } from '../service.ts';
import { secrets } from './list.ts';
import { refusals } from './refusals.ts';

function created(operation: string, body: string): readonly string[] {
  if (operation !== 'CreateSecret') return [];
  const { ARN, Name } = paramsOfJson(body);
  return [ARN, Name].filter((one) => typeof one === 'string');
}

/** Secrets Manager. */
export const SecretsManager: Service = {
  name: 'secretsmanager',
  signingName: 'secretsmanager',
  protocol: 'json',
  api: 'secretsmanager',
  writes: writesByName,
  // User Guide, "AWS Secrets Manager quotas": request rates, in calls a second.
  limits: {
    throttled: 'ThrottlingException',
    status: 400,
    rows: [
      { name: 'values', operations: /^(DescribeSecret|GetSecretValue)$/, rate: 10_000, burst: 10_000 },
      { name: 'lists', operations: /^(List|BatchGet)/, rate: 100, burst: 100 },
      { name: 'others', operations: /./, rate: 50, burst: 50 },
    ],
  },
  created,
  steps: (world) => [secrets(world), refusals(world)],
};
