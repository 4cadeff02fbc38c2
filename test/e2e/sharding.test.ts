/** One, two and four operators share four shards: every tier has exactly one of them, also when they come, die and change. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { placeOf, shardOf } from '../../src/kube/place.ts';
import { leaseName } from '../../src/kube/shards.ts';
import { serviceAccountKubeconfig } from '../sandbox/kubeconfig.ts';
import { type OperatorProcess, startOperator } from '../sandbox/operator.ts';
import { type Scene, scene } from './harness.ts';

const NAMESPACE = 'e2e-sharding';
const REGION = 'us-east-1';
const SHARDS = 4;
const LEASE_SECONDS = 6;
const roleOf = (account: string): string => `arn:aws:iam::${account}:role/scalingtier-operator`;

/** Two accounts of each shard, with one tier in each. */
const tiers = Array.from({ length: 100 }, (_, index) => String(111_111_111_800 + index))
  .map((account) => ({ account, name: `tier-${account.slice(-3)}`, assumeRoleARN: roleOf(account) }))
  .map((tier) => ({ ...tier, shard: shardOf(placeOf({ aws: { ...tier, region: REGION } } as never), SHARDS) }))
  .filter(({ shard }, index, all) => all.slice(0, index).filter((other) => other.shard === shard).length < 2);

interface LeaseObject {
  readonly spec: { readonly holderIdentity?: string };
}

describe('shards', () => {
  let here: Scene;
  let kubeconfig: string;
  /** By the name that AWS sees them by; the first is the scene's own. */
  const operators = new Map<string, OperatorProcess>();

  const args = (shards: number): readonly string[] => [
    ...['--watch-namespaces', NAMESPACE, '--leader-elect', 'true', '--shards', String(shards)],
    ...['--lease-namespace', NAMESPACE, '--lease-duration', String(LEASE_SECONDS)],
    ...['--renew-deadline', '4', '--retry-period', '1'],
  ];

  async function start(name: string, shards = SHARDS): Promise<void> {
    const env = { AWS_SDK_UA_APP_ID: name };
    operators.set(name, await startOperator(here.state, { kubeconfig, args: args(shards), env }));
  }

  /** How many shards each operator says that it holds. */
  async function held(): Promise<Readonly<Record<string, number>>> {
    const counts = [...operators].map(async ([name, { metrics }]) => {
      const text = await fetch(`${metrics}/metrics`).then((answer) => answer.text());
      return [name, Number(/^scalingtier_shards_held (\d+)$/m.exec(text)?.[1])] as const;
    });
    return Object.fromEntries(await Promise.all(counts));
  }

  /** Who holds the lease of each shard. */
  async function holders(): Promise<readonly string[]> {
    const path = `/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases`;
    const names = Array.from({ length: SHARDS }, (_, shard) => leaseName('scalingtier-operator', shard));
    const leases = await Promise.all(names.map((name) => here.objects.need<LeaseObject>(`${path}/${name}`)));
    return leases.map(({ spec }) => spec.holderIdentity ?? '');
  }

  async function until(question: string, holds: () => Promise<boolean>, seconds = 30): Promise<number> {
    const began = performance.now();
    while (!(await holds().catch(() => false))) {
      if (performance.now() - began > seconds * 1000) throw new Error(`not within ${seconds} s: ${question}`);
      await delay(100);
    }
    return (performance.now() - began) / 1000;
  }

  const untilHeld = (counts: Readonly<Record<string, number>>): Promise<number> =>
    until(`held: ${JSON.stringify(counts)}`, async () =>
      Object.entries(await held()).every(([name, count]) => counts[name] === count),
    );

  /** Asks for a look at every tier; answers with who called AWS in each account, in order, each change once. */
  async function callers(since: number): Promise<readonly (readonly string[])[]> {
    await Promise.all(tiers.map(({ name }) => here.lookNow(name)));
    return Promise.all(
      tiers.map(async ({ account }) => {
        const entries = await here.proxy.journal({ account, since });
        const names = entries.map(({ caller }) => /\bapp\/(\w+)/.exec(caller.userAgent)?.[1] ?? 'first');
        return names.filter((name, index) => name !== names[index - 1]);
      }),
    );
  }

  /** The operator's right to its leases, in the namespace of this test. */
  async function grantLeases(): Promise<void> {
    const rbac = (namespace: string, plural: string): string =>
      `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/${plural}`;
    for (const plural of ['roles', 'rolebindings']) {
      const name = 'scalingtier-operator-lease';
      const shipped = await here.objects.need<object>(`${rbac('scalingtier-system', plural)}/${name}`);
      const body = { ...shipped, metadata: { name } };
      await here.objects.need(rbac(NAMESPACE, plural), { method: 'POST', body });
    }
  }

  beforeAll(async () => {
    here = await scene(NAMESPACE, '111111111107', args(SHARDS));
    kubeconfig = await serviceAccountKubeconfig(here.state, 'scalingtier-system', 'scalingtier-operator');
    operators.set('first', here.operator());
    await grantLeases();
    for (const { name, assumeRoleARN } of tiers) {
      await here.apply(name, { managementPolicy: 'ObserveOnly', aws: { region: REGION, assumeRoleARN } });
    }
  });

  afterAll(async () => {
    await Promise.all([...operators.values()].map((operator) => operator.stop()));
    await here?.close();
  });

  test('one operator serves all of them', async () => {
    expect(tiers).toHaveLength(2 * SHARDS);
    await untilHeld({ first: SHARDS });
    for (const names of await callers(0)) expect(names).toEqual(['first']);
  });

  test('of two, each serves its half: a tier changes hands once, or not at all', async () => {
    const since = await here.proxy.latest();
    await start('second');
    await untilHeld({ first: 2, second: 2 });
    const orders = await callers(since);
    const ends = orders.map((names) => names.at(-1));
    expect(ends.filter((name) => name === 'first')).toHaveLength(SHARDS);
    expect(ends.filter((name) => name === 'second')).toHaveLength(SHARDS);
    for (const names of orders) expect(['first', 'second', 'first second']).toContain(names.join(' '));
  });

  test('of four, each serves a quarter', async () => {
    await Promise.all([start('third'), start('fourth')]);
    await untilHeld({ first: 1, second: 1, third: 1, fourth: 1 });
    const orders = await callers(await here.proxy.latest());
    for (const names of orders) expect(names).toHaveLength(1);
    for (const name of operators.keys()) expect(orders.filter(([one]) => one === name)).toHaveLength(2);
    expect(new Set(await holders()).size).toBe(SHARDS);
  });

  test('what a killed one served is served by another within two lease periods', async () => {
    const before = await holders();
    const since = await here.proxy.latest();
    const mine = (await callers(since)).flatMap(([name], index) => (name === 'second' ? [tiers[index]?.shard] : []));
    const dead = before[mine[0] ?? 0] ?? '';
    expect(await operators.get('second')?.kill()).toBe('SIGKILL');
    operators.delete('second');
    const seconds = await until('the dead one holds nothing', async () => {
      const now = await holders();
      return !now.includes(dead) && !now.includes('');
    });
    expect(seconds).toBeLessThan(2 * LEASE_SECONDS);
    await until(
      'it is served',
      async () => Object.values(await held()).reduce((sum, count) => sum + count, 0) === SHARDS,
    );
    for (const names of await callers(await here.proxy.latest())) {
      expect(names).toHaveLength(1);
      expect(names).not.toContain('second');
    }
  });

  test('one that divides the tiers otherwise serves nothing until all others have ended', async () => {
    await start('other', 2);
    const other = operators.get('other');
    await until('it waits', async () => other?.logs().includes('another number of shards is served') === true);
    await delay(2 * LEASE_SECONDS * 1000);
    expect((await held()).other).toBe(0);
    for (const name of ['first', 'third', 'fourth']) {
      expect(await operators.get(name)?.stop()).toBe('exit code 0');
      operators.delete(name);
    }
    await untilHeld({ other: 2 });
    for (const names of await callers(await here.proxy.latest())) expect(names).toEqual(['other']);
  });
});
