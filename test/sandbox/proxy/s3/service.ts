/** S3 as the proxy knows it: buckets and their configuration. Objects pass through. */
import type { Step } from '../call.ts';
import { type Service, writesByName } from '../service.ts';
import type { World } from '../world.ts';
import { configuration } from './configuration.ts';
import { creation } from './creation.ts';
import { listing } from './listing.ts';
import { checkOwner } from './owners.ts';
import { policies } from './policies.ts';
import { readRequest } from './requests.ts';

function ownership(world: World): Step {
  return async (call, next) => {
    checkOwner(world, call);
    return next(call);
  };
}

/** S3. */
export const S3: Service = {
  name: 's3',
  signingName: 's3',
  protocol: 'rest',
  api: '2006-03-01',
  writes: writesByName,
  read: readRequest,
  // S3 counts by prefix of a bucket; of calls about buckets themselves it publishes no figures.
  limits: {
    throttled: 'SlowDown',
    status: 503,
    rows: [{ name: 'all', operations: /./, rate: 100, burst: 200 }],
  },
  steps: (world) => [ownership(world), configuration(world), policies(world), creation(world), listing(world)],
};
