/** A tier that is as it should be stays so in the operator's eyes, look after look, while AWS's reads lag behind. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { TierSpecInput } from '../../src/api/types.ts';
import { balancer, SHOP } from './fleet.ts';
import { type Scene, scene } from './harness.ts';

const LOOKS = 10;
const LONG = 240;

/** A tier of a stage, in an account of its own, and a call that every look makes. */
interface Sweeping {
  readonly read: string;
  readonly account: string;
  readonly spec: Partial<TierSpecInput>;
}

/** For each stage one. */
const STAGES: readonly (readonly [TierSpecInput['stage'], Sweeping])[] = [
  ['SingleServer', { read: 'ec2:DescribeVpcs', account: '111111111114', spec: {} }],
  [
    'SeparateDatabase',
    {
      read: 'rds:DescribeDBInstances',
      account: '111111111115',
      spec: { database: { rds: { readReplicas: { count: 1 }, parameters: { max_connections: '200' } } } },
    },
  ],
  [
    'LoadBalanced',
    {
      read: 'autoscaling:DescribeAutoScalingGroups',
      account: '111111111124',
      spec: {
        ...SHOP,
        compute: { ...SHOP.compute, desiredInstances: 3 },
        cache: { replicas: 1 },
        loadBalancer: balancer({
          targetGroups: [
            { name: 'web', isDefault: true },
            { name: 'api', port: 4000 },
          ],
          rules: [{ priority: 10, paths: ['/api/*'], targetGroup: 'api' }],
        }),
      },
    },
  ],
];

describe.each(STAGES)('a tier of stage %s that is as it should be', (stage, { read, account, spec }) => {
  let here: Scene;
  const name = stage.toLowerCase();

  beforeAll(async () => {
    here = await scene(`e2e-sweeps-${name}`, account);
    await here.proxy.configure({ factor: 200 }, here.account.id);
    await here.apply('shop', { stage, ...spec });
    await here.settled('shop', LONG);
    await here.until(
      'shop',
      'a copy of its data',
      ({ status }) => status.conditions?.some(({ type, status: is }) => type === 'DataSafe' && is === 'True') ?? false,
      LONG,
    );
  });

  afterAll(async () => {
    await here?.close();
  });

  /** What must not change: all but the token of the last request. */
  const standing = async (): Promise<object> => {
    const { lastHandledReconcileAt: _, ...status } = (await here.get('shop')).status;
    return status;
  };

  test(`has nothing to be done in ${LOOKS} looks, and no word of its status changes`, async () => {
    await here.proxy.configure({ lagSeconds: 2 }, here.account.id);
    await here.lookNow('shop', LONG);
    await here.settled('shop', LONG);
    const before = await standing();
    const since = await here.proxy.latest();
    for (let look = 0; look < LOOKS; look += 1) {
      // What a process remembers must not be what keeps it quiet.
      if (look % 2 === 0) {
        await here.operator().stop();
        await here.restart();
      }
      await here.lookNow('shop', LONG);
      expect(await standing()).toEqual(before);
    }
    const entries = await here.proxy.journal({ account: here.account.id, since });
    const writes = entries.filter(({ write }) => write);
    expect(writes.map(({ service, operation }) => `${service}:${operation}`)).toEqual([]);
    expect(
      entries.filter(({ service, operation }) => `${service}:${operation}` === read).length,
    ).toBeGreaterThanOrEqual(LOOKS);
  });
});
