/** STS as the proxy knows it: it gives out credentials, and what it says passes through. */
import { type Service, writesByName } from '../service.ts';

/** STS. */
export const Sts: Service = {
  name: 'sts',
  signingName: 'sts',
  protocol: 'query',
  api: '2011-06-15',
  writes: writesByName,
  limits: { throttled: 'Throttling', status: 400, rows: [{ name: 'all', operations: /./, rate: 600, burst: 600 }] },
  steps: () => [],
};
