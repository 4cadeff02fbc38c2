/**
 * EC2's request limits (EC2 Developer Guide, "Request throttling for the Amazon EC2 API": token buckets by kind of
 * action). The first row that fits counts. Data only.
 */
import type { Call } from '../call.ts';
import type { Limits } from '../throttle.ts';

const UNFILTERED =
  /^Describe(Instances|InstanceStatus|NetworkInterfaces|SecurityGroups|Snapshots|Volumes|SpotInstanceRequests|Images)$/;

const isUnfiltered = ({ params }: Call): boolean =>
  !Object.keys(params).some((key) => key === 'Filter' || key === 'MaxResults' || key.endsWith('Id'));

/** The buckets. */
export const LIMITS: Limits = {
  throttled: 'RequestLimitExceeded',
  status: 503,
  rows: [
    { name: 'run', operations: /^RunInstances$/, rate: 2, burst: 5 },
    { name: 'start', operations: /^StartInstances$/, rate: 2, burst: 5 },
    { name: 'stop', operations: /^StopInstances$/, rate: 2, burst: 5 },
    { name: 'terminate', operations: /^TerminateInstances$/, rate: 5, burst: 100 },
    { name: 'tags', operations: /^(CreateTags|DeleteTags)$/, rate: 10, burst: 100 },
    // Describe calls that name neither filters nor a page size cost more.
    { name: 'unfiltered', operations: UNFILTERED, when: isUnfiltered, rate: 10, burst: 50 },
    { name: 'describes', operations: /^(Describe|Get)/, rate: 20, burst: 100 },
    { name: 'mutations', operations: /./, rate: 5, burst: 50 },
  ],
};
