/** Systems Manager as the proxy knows it: Parameter Store and commands to instances. */
import { type Service, writesByName } from '../service.ts';
import { commands } from './commands.ts';
import { instances } from './instances.ts';
import { parameters } from './parameters.ts';

/** Systems Manager. */
export const Ssm: Service = {
  name: 'ssm',
  signingName: 'ssm',
  protocol: 'json',
  api: 'AmazonSSM',
  writes: writesByName,
  // Parameter Store, standard throughput: 40 transactions a second for reads of values, 3 for writes.
  limits: {
    throttled: 'ThrottlingException',
    status: 400,
    rows: [
      { name: 'get', operations: /^GetParameter/, rate: 40, burst: 100 },
      { name: 'put', operations: /^(Put|Delete)Parameter/, rate: 3, burst: 50 },
      { name: 'others', operations: /./, rate: 20, burst: 100 },
    ],
  },
  steps: (world) => [instances(world), commands(world), parameters(world)],
};
