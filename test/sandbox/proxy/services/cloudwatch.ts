/** CloudWatch as the proxy knows it: alarms. */
import { type Service, writesByName } from '../service.ts';

/** CloudWatch. */
export const CloudWatch: Service = {
  name: 'cloudwatch',
  signingName: 'monitoring',
  protocol: 'json',
  api: 'GraniteServiceVersion20100801',
  writes: writesByName,
  limits: { throttled: 'Throttling', status: 400, rows: [{ name: 'all', operations: /./, rate: 9, burst: 50 }] },
  steps: () => [],
};
