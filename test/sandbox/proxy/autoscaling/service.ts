/** Auto Scaling as the proxy knows it: answered here as a whole, with instances that are the stand-in's. */
import { randomUUID } from 'node:crypto';
import type { Answer, Step } from '../call.ts';
import { xmlAnswer } from '../protocol.ts';
import { type Service, writesByName } from '../service.ts';
import type { World } from '../world.ts';
import { branch, type Element, leaf, writeXml } from '../xml.ts';
import { advance } from './fleet.ts';
import {
  attachTargetGroups,
  createGroup,
  deleteGroup,
  detachTargetGroups,
  setDesiredCapacity,
  setMetrics,
  setProcesses,
  updateGroup,
} from './groups.ts';
import { setInstanceHealth, terminateInstance } from './instances.ts';
import { deletePolicy, putPolicy } from './policies.ts';
import {
  describeActivities,
  describeGroups,
  describeInstances,
  describePolicies,
  describeRefreshes,
  describeTags,
  describeTargetGroups,
} from './reads.ts';
import { cancelRefresh, rollbackRefresh, startRefresh } from './refreshes.ts';
import { inTurn, regionOf, type Scene } from './store.ts';
import { createTags, deleteTags } from './tags.ts';

type Handler = (scene: Scene) => object | Promise<object>;

const HANDLERS: Readonly<Record<string, Handler>> = {
  CreateAutoScalingGroup: createGroup,
  UpdateAutoScalingGroup: updateGroup,
  DeleteAutoScalingGroup: deleteGroup,
  SetDesiredCapacity: setDesiredCapacity,
  SetInstanceHealth: setInstanceHealth,
  TerminateInstanceInAutoScalingGroup: terminateInstance,
  AttachLoadBalancerTargetGroups: attachTargetGroups,
  DetachLoadBalancerTargetGroups: detachTargetGroups,
  EnableMetricsCollection: setMetrics,
  DisableMetricsCollection: setMetrics,
  SuspendProcesses: setProcesses,
  ResumeProcesses: setProcesses,
  CreateOrUpdateTags: createTags,
  DeleteTags: deleteTags,
  PutScalingPolicy: putPolicy,
  DeletePolicy: deletePolicy,
  StartInstanceRefresh: startRefresh,
  CancelInstanceRefresh: cancelRefresh,
  RollbackInstanceRefresh: rollbackRefresh,
  DescribeAutoScalingGroups: describeGroups,
  DescribeAutoScalingInstances: describeInstances,
  DescribeScalingActivities: describeActivities,
  DescribeInstanceRefreshes: describeRefreshes,
  DescribePolicies: describePolicies,
  DescribeTags: describeTags,
  DescribeLoadBalancerTargetGroups: describeTargetGroups,
};

/** A result as the query protocol writes it; what is not there is left out. */
function elements(result: object): readonly Element[] {
  return Object.entries(result).flatMap(([name, value]: [string, unknown]) => {
    if (value === undefined || value === null) return [];
    if (Array.isArray(value)) return [branch(name, value.map(member))];
    return [typeof value === 'object' ? branch(name, elements(value)) : leaf(name, String(value))];
  });
}

const member = (value: unknown): Element =>
  typeof value === 'object' && value !== null ? branch('member', elements(value)) : leaf('member', String(value));

function answerOf(operation: string, result: object): Answer {
  const root = branch(`${operation}Response`, [
    branch(`${operation}Result`, elements(result)),
    branch('ResponseMetadata', [leaf('RequestId', randomUUID())]),
  ]);
  return xmlAnswer(200, writeXml(root));
}

/** Answers every call that it knows; the stand-in knows none of the groups. */
function groups(world: World): Step {
  return async (call, next) => {
    const handler = HANDLERS[call.operation];
    if (!handler) return next(call);
    const scene: Scene = { world, call };
    return inTurn(scene, async () => {
      // Calls that wait for their turn share one look: else they come faster than they are answered.
      if (regionOf(scene).advancedAt <= call.time) await advance(scene);
      const result = await handler(scene);
      call.trace.reached = true;
      if (call.write) await advance(scene);
      return answerOf(call.operation, result);
    });
  };
}

/** Auto Scaling. */
export const AutoScaling: Service = {
  name: 'autoscaling',
  signingName: 'autoscaling',
  protocol: 'query',
  api: '2011-01-01',
  writes: writesByName,
  // AWS publishes no figures; callers plan with these.
  limits: {
    throttled: 'Throttling',
    status: 400,
    rows: [
      { name: 'describe', operations: /^Describe/, rate: 20, burst: 100 },
      { name: 'others', operations: /./, rate: 10, burst: 50 },
    ],
  },
  steps: (world) => [groups(world)],
};
