/** IAM as the proxy knows it: a global service whose refusals protect policies and roles in use. */
import { type Service, writesByName } from '../service.ts';
import { paging } from './paging.ts';
import { policies } from './policies.ts';
import { encodedPolicies, profiles } from './profiles.ts';

/** IAM. */
export const Iam: Service = {
  name: 'iam',
  signingName: 'iam',
  protocol: 'query',
  global: true,
  api: '2010-05-08',
  writes: writesByName,
  // AWS publishes no figures; 15 calls a second is what callers plan with.
  limits: { throttled: 'Throttling', status: 400, rows: [{ name: 'all', operations: /./, rate: 15, burst: 100 }] },
  steps: (world) => [policies(world), paging(world), profiles(world), encodedPolicies],
};
