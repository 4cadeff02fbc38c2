/** CloudWatch as the proxy knows it: alarms, and what load balancers measure. Today's SDKs speak JSON to it. */
import { type Service, writesByName } from '../service.ts';
import { listAlarms, tagsOnCreationOnly } from './alarms.ts';
import { measured } from './metrics.ts';

/** CloudWatch. */
export const CloudWatch: Service = {
  name: 'cloudwatch',
  signingName: 'monitoring',
  protocol: 'json',
  api: 'GraniteServiceVersion20100801',
  writes: writesByName,
  // CloudWatch User Guide, "CloudWatch service quotas".
  limits: {
    throttled: 'ThrottlingException',
    status: 400,
    rows: [
      { name: 'describe', operations: /^DescribeAlarms$/, rate: 9, burst: 50 },
      { name: 'data', operations: /^GetMetricData$/, rate: 50, burst: 50 },
      { name: 'put', operations: /^PutMetricAlarm$/, rate: 3, burst: 50 },
      { name: 'others', operations: /./, rate: 10, burst: 50 },
    ],
  },
  steps: (world) => [listAlarms(world), tagsOnCreationOnly(world), measured(world)],
};
