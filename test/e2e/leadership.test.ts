/** Two operators, one lease: one works, the other waits, and takes over when the first ends. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { serviceAccountKubeconfig } from '../sandbox/kubeconfig.ts';
import { kubectlJson } from '../sandbox/kubectl.ts';
import { type OperatorProcess, startOperator } from '../sandbox/operator.ts';
import { type Scene, scene } from './harness.ts';

describe('leadership', () => {
  let here: Scene;
  let second: OperatorProcess;

  const args = ['--leader-elect', 'true', '--lease-duration', '4', '--renew-deadline', '3', '--retry-period', '1'];
  const lease = async (): Promise<string> =>
    (
      await kubectlJson<{ spec: { holderIdentity?: string } }>(here.state, [
        'get',
        'lease',
        'scalingtier-operator',
        '--namespace',
        'scalingtier-system',
      ])
    ).spec.holderIdentity ?? '';

  async function until(question: string, holds: () => Promise<boolean>): Promise<void> {
    for (const deadline = performance.now() + 120_000; !(await holds().catch(() => false)); ) {
      if (performance.now() > deadline) throw new Error(`not within 120 s: ${question}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  beforeAll(async () => {
    here = await scene('e2e-leadership', '111111111106', args);
    await until('the first leads', async () => (await lease()) !== '' && here.operator().logs().includes('"leading"'));
    const kubeconfig = await serviceAccountKubeconfig(here.state, 'scalingtier-system', 'scalingtier-operator');
    second = await startOperator(here.state, { kubeconfig, args: ['--watch-namespaces', here.namespace, ...args] });
  });

  afterAll(async () => {
    await second?.stop();
    await here?.close();
  });

  test('the second waits while the first works, and takes over when the first is killed', async () => {
    const first = await lease();
    expect(second.logs()).not.toContain('"leading"');
    await here.operator().kill();
    await until('the second leads', async () => (await lease()) !== first && second.logs().includes('"leading"'));
    await here.apply('shop', { managementPolicy: 'ObserveOnly' });
    await here.until('shop', 'the second plans', ({ status }) => (status.plan?.create ?? 0) > 0);
  });

  test('an operator that ends hands the lease over at once', async () => {
    expect(await second.stop()).toBe('exit code 0');
    expect(await lease()).toBe('');
  });
});
