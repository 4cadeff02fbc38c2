/** Systems Manager as the proxy knows it: Parameter Store and commands to instances. */
import { type Service, writesByName } from '../service.ts';

/** Systems Manager. */
export const Ssm: Service = {
  name: 'ssm',
  signingName: 'ssm',
  protocol: 'json',
  api: 'AmazonSSM',
  writes: writesByName,
  limits: {
    throttled: 'ThrottlingException',
    status: 400,
    rows: [{ name: 'all', operations: /./, rate: 40, burst: 100 }],
  },
  steps: () => [],
};
