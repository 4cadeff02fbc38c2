/**
 * ElastiCache as the proxy knows it. The stand-in lacks parameter groups, replica counts, user groups, serverless caches, every
 * refusal and every end: nothing of it is used, the proxy answers by itself.
 */
import { recordBirths } from '../births.ts';
import { type Params, Refusal, type Step } from '../call.ts';
import { type Service, writesByName } from '../service.ts';
import { UNIMPLEMENTED } from '../unimplemented.ts';
import type { World } from '../world.ts';
import { cachesReady } from './caches.ts';
import { ENGINE_VERSIONS } from './engine-versions.ts';
import { GROUPS } from './groups.ts';
import { PARAMETER_GROUPS } from './parameter-groups.ts';
import { SERVERLESS } from './serverless.ts';
import { type Scene, settle, storeOf } from './store.ts';
import { SUBNET_GROUPS } from './subnet-groups.ts';
import { TAGS } from './tags.ts';
import { USER_GROUPS } from './user-groups.ts';
import { USERS } from './users.ts';
import { answerOf } from './wire.ts';

type Operation = (scene: Scene, params: Params) => Params | Promise<Params>;

const OPERATIONS: Readonly<Record<string, Operation>> = {
  ...SUBNET_GROUPS,
  ...PARAMETER_GROUPS,
  ...USERS,
  ...USER_GROUPS,
  ...GROUPS,
  ...SERVERLESS,
  ...ENGINE_VERSIONS,
  ...TAGS,
};

/** Answers every call. */
function operations(world: World): Step {
  return async (call) => {
    const operation = OPERATIONS[call.operation];
    if (!operation) throw new Refusal(UNIMPLEMENTED, `the sandbox cannot do elasticache:${call.operation}`, 501);
    const scene: Scene = { world, call, store: storeOf(world, call) };
    settle(scene);
    await cachesReady(scene);
    const result = await operation(scene, call.params);
    call.trace.reached = true;
    recordBirths(world, call);
    return answerOf(call.operation, result);
  };
}

/** ElastiCache. */
export const ElastiCache: Service = {
  name: 'elasticache',
  signingName: 'elasticache',
  protocol: 'query',
  api: '2015-02-02',
  writes: writesByName,
  // AWS publishes no figures; these are what callers plan with.
  limits: {
    throttled: 'Throttling',
    status: 400,
    rows: [
      { name: 'reads', operations: /^(Describe|List)/, rate: 20, burst: 100 },
      { name: 'writes', operations: /./, rate: 5, burst: 50 },
    ],
  },
  steps: (world) => [operations(world)],
};
