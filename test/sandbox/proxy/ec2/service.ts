/** EC2 as the proxy knows it. */
import { type Service, writesByName } from '../service.ts';

/** EC2. */
export const Ec2: Service = {
  name: 'ec2',
  signingName: 'ec2',
  protocol: 'ec2',
  api: '2016-11-15',
  writes: writesByName,
  limits: { throttled: 'RequestLimitExceeded', status: 503, rows: [] },
  steps: () => [],
};
