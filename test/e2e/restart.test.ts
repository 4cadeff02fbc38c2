/** The operator dies in the middle of a creation, again and again: the next one goes on, and nothing is made twice or lost. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Scene, scene } from './harness.ts';

describe('restarts', () => {
  let here: Scene;

  beforeAll(async () => {
    here = await scene('e2e-restart', '111111111104', ['--absence-grace-seconds', '3']);
  });

  afterAll(async () => {
    await here?.close();
  });

  test('killed after every eighth write to AWS, the server is built once', async () => {
    const since = await here.proxy.latest();
    await here.apply('shop');
    for (let kills = 0; kills < 5; kills += 1) {
      const { pid } = here.operator();
      const [id = ''] = await here.proxy.addFaults({
        match: { account: here.account.id, write: true, nth: 8 },
        effect: { kind: 'kill', pid, when: kills % 2 === 0 ? 'after' : 'before' },
        count: 1,
      });
      expect(await Promise.race([here.operator().exited, delay(60_000, 'still alive')])).toBe('SIGKILL');
      await here.proxy.removeFault(id);
      await here.restart();
    }
    const tier = await here.settled('shop', 120);
    const inventory = await here.account.inventory();
    const roles = tier.status.resources?.map(({ role }) => role) ?? [];
    const count = (type: string): number => roles.filter((role) => role.startsWith(`${type}/`)).length;
    expect(inventory.vpc).toHaveLength(1);
    expect(inventory.subnet).toHaveLength(count('ec2.subnet'));
    expect(inventory.gateway).toHaveLength(1);
    expect(inventory.table).toHaveLength(count('ec2.route-table'));
    expect(inventory.rule).toHaveLength(count('ec2.security-group-rule'));
    expect(inventory.instance).toHaveLength(1);
    expect(inventory.address).toHaveLength(1);
    expect(inventory.volume?.filter((label) => label.includes('ec2.volume/data'))).toHaveLength(1);
    const killed = (await here.proxy.journal({ account: here.account.id, since })).filter(
      ({ fault }) => fault !== undefined,
    );
    expect(killed).toHaveLength(5);
  });

  test('a restart of a tier at rest writes nothing, to AWS or to its status', async () => {
    // At rest is what a whole look found nothing new about: the volume may have been seen last before it was attached.
    const { metadata } = await here.lookNow('shop');
    const since = await here.proxy.latest();
    await here.operator().stop();
    const operator = await here.restart();
    const ready = async (): Promise<string> =>
      await fetch(`${operator.metrics}/metrics`)
        .then((answer) => answer.text())
        .catch(() => '');
    for (let look = 0; look < 100 && !/reconcile_total\{[^}]*\} [1-9]/.test(await ready()); look += 1) await delay(200);
    const writes = (await here.proxy.journal({ account: here.account.id, since })).filter(({ write }) => write);
    expect(writes.map(({ operation }) => operation)).toEqual([]);
    expect((await here.get('shop')).metadata.resourceVersion).toBe(metadata.resourceVersion);
  });

  test('SIGTERM ends it within ten seconds, with exit code 0', async () => {
    const began = performance.now();
    expect(await here.operator().stop()).toBe('exit code 0');
    expect(performance.now() - began).toBeLessThan(10_000);
    await here.restart();
  });
});
