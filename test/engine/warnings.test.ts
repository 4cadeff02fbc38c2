/** What could not be found out before the first write: said in the log and, where a right is missing, in an event; never in the way. */
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import type { Demand } from '../../src/core/demand.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { graph, kinds } from '../core/trio.ts';
import { type World, world } from '../core/world.ts';
import { awsError } from './account.ts';

const VPCS: Demand = { sort: 'quota', quota: 'VPCs', count: 1, types: [] };

/** A world whose stage needs room for a VPC, in an account that answers a question about it with an error. */
function worldOf(error: Error): World {
  const made = world({ kinds, graph: graph() });
  const { stages, sessions } = made.engine;
  const serviceQuotas = Object.assign(new ServiceQuotasClient({ region: 'us-east-1' }), {
    send: () => Promise.reject(error),
  });
  const change: Partial<Engine> = {
    stages: {
      ...stages,
      SingleServer: Object.assign(
        (...given: Parameters<(typeof stages)['SingleServer']>) => stages.SingleServer(...given),
        {
          demands: () => [VPCS],
        },
      ),
    },
    sessions: { ...sessions, open: async (request) => ({ ...(await sessions.open(request)), serviceQuotas }) },
  };
  Object.assign(made.engine, change);
  return made;
}

const told = ({ events }: World) => events.filter(({ message }) => message.startsWith('not known'));

it('a right that is missing is an event, once, and the tier is built', async () => {
  const w = worldOf(awsError('AccessDeniedException'));
  await w.settle();
  expect(told(w)).toEqual([
    {
      type: 'Warning',
      reason: 'AccessDenied',
      action: 'Observe',
      message:
        'not known: whether there is room for 1 more VPCs (AccessDeniedException); the right servicequotas:GetServiceQuota would tell',
    },
  ]);
  expect(w.tier.status.conditions).toContainEqual(expect.objectContaining({ type: 'Ready', status: 'True' }));
});

it('an answer that AWS does not have is no event', async () => {
  const w = worldOf(awsError('NoSuchResourceException'));
  await w.settle();
  expect(told(w)).toEqual([]);
  expect(w.tier.status.conditions).toContainEqual(expect.objectContaining({ type: 'Ready', status: 'True' }));
});

it('a lease that is lost while AWS is asked ends the pass, and is no status', async () => {
  const w = worldOf(awsError('LeadershipLost'));
  await expect(w.pass()).rejects.toThrow();
  expect(w.tier.status).toEqual({ observedGeneration: -1 });
});
