/**
 * What the tests of tiers with a fleet share: a tier that is quick to build, and eyes and hands of a person on its load
 * balancer and its servers. It must not use the operator's code to find things.
 */
import { type AutoScalingGroup, DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import {
  DescribeListenersCommand,
  DescribeRulesCommand,
  DescribeTargetHealthCommand,
  type Listener,
  type Rule,
  type TargetHealthDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { TierSpecInput } from '../../src/api/types.ts';
import type { Entry } from '../sandbox/proxy/client.ts';
import { isSettled, type Scene, scene, type TierObject } from './harness.ts';

/** Seconds that a change may take on the stand-in, which makes AWS's minutes short. */
export const LONG = 240;

/** AWS takes a quarter of an hour for a database and as long for a cache. */
const FACTOR = 200;

type Balancer = NonNullable<TierSpecInput['loadBalancer']>;

/** A listener without TLS, which needs no certificate. */
export const HTTP = { port: 80, protocol: 'HTTP' } as const;

/** A load balancer with these wishes, on plain HTTP unless they say otherwise. */
export const balancer = (wishes: Partial<Balancer> = {}): Balancer => ({
  allowPlaintext: true,
  listeners: [HTTP],
  ...wishes,
});

/** A tier with few wishes, quick to build: without a replica of the database, and with one node of cache. */
export const SHOP = {
  stage: 'LoadBalanced',
  compute: { statelessAcknowledged: true },
  database: { rds: { multiAZ: false } },
  cache: { replicas: 0, multiAZ: false, snapshotRetentionDays: 0 },
  loadBalancer: balancer(),
} as const satisfies Partial<TierSpecInput>;

/** A scene with a tier in it, and a person who looks at it. */
export interface FleetScene extends Scene {
  /** Id of a role of the tier. */
  idOf(role: string): Promise<string>;
  group(): Promise<AutoScalingGroup>;
  targets(name?: string): Promise<readonly TargetHealthDescription[]>;
  listeners(): Promise<readonly Listener[]>;
  /** Rules of a listener but the one that takes what no other takes. */
  rules(port?: number): Promise<readonly Rule[]>;
  /** Changes the spec and waits until it is so; answers with the tier as its plan was seen, or was made at once. */
  change(spec: object): Promise<TierObject>;
  /** Calls of the operator that changed something in AWS since then. */
  made(since: number, operation?: RegExp): Promise<readonly Entry[]>;
}

/** Sets a scene for tiers with a fleet. `name` must be of this test file alone; `account` has twelve digits. */
export async function fleetScene(name: string, accountID: string, tier = 'shop'): Promise<FleetScene> {
  const here = await scene(name, accountID);
  const { account, proxy } = here;
  await proxy.configure({ factor: FACTOR }, account.id);

  const idOf = async (role: string): Promise<string> => {
    const { status } = await here.get(tier);
    return status.resources?.find((resource) => resource.role === role)?.id ?? '';
  };

  return {
    ...here,
    idOf,
    async group() {
      const AutoScalingGroupNames = [await idOf('autoscaling.group/server')];
      const call = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames });
      return (await account.autoScaling.send(call)).AutoScalingGroups?.[0] ?? ({} as AutoScalingGroup);
    },
    async targets(group = 'web') {
      const TargetGroupArn = await idOf(`elb.target-group/${group}`);
      const answer = await account.elb.send(new DescribeTargetHealthCommand({ TargetGroupArn }));
      return answer.TargetHealthDescriptions ?? [];
    },
    async listeners() {
      const LoadBalancerArn = await idOf('elb.load-balancer/main');
      return (await account.elb.send(new DescribeListenersCommand({ LoadBalancerArn }))).Listeners ?? [];
    },
    async rules(port = 80) {
      const ListenerArn = await idOf(`elb.listener/${port}`);
      const { Rules = [] } = await account.elb.send(new DescribeRulesCommand({ ListenerArn }));
      return Rules.filter(({ IsDefault }) => !IsDefault);
    },
    async change(spec) {
      const { generation } = (await here.get(tier)).metadata;
      await here.patch(tier, spec);
      const planned = await here.until(
        tier,
        'the change is planned or made',
        ({ metadata, status, ...rest }) =>
          metadata.generation > generation &&
          status.observedGeneration === metadata.generation &&
          (status.plan?.summary !== '+0 ~0 -0' || isSettled({ metadata, status, ...rest })),
        LONG,
      );
      await here.settled(tier, LONG);
      return planned;
    },
    async made(since, operation = /./) {
      const entries = await proxy.journal({ account: account.id, since });
      return entries.filter(
        (entry) =>
          entry.write &&
          entry.effective &&
          operation.test(entry.operation) &&
          !entry.caller.userAgent.includes('person'),
      );
    },
    // Whatever was restarted is what runs.
    operator: () => here.operator(),
  };
}

/** The same with the tier in it, up and running. */
export async function shopScene(name: string, accountID: string): Promise<FleetScene> {
  const here = await fleetScene(name, accountID);
  await here.apply('shop', SHOP);
  await here.settled('shop', LONG);
  return here;
}
