/** What every end-to-end test stands on: a scene of its own in the run's sandbox, with the shipped manifests installed. */
import { attachSandbox } from '../sandbox/attach.ts';
import { installOperator } from '../sandbox/install.ts';
import { serviceAccountKubeconfig } from '../sandbox/kubeconfig.ts';
import { type Scene, setScene } from '../sandbox/scene.ts';

export { condition, isSettled, type Scene, type TierObject } from '../sandbox/scene.ts';

/** Sets a scene. `name` must be of this test file alone; `account` has twelve digits. */
export async function scene(name: string, accountID: string, args: readonly string[] = []): Promise<Scene> {
  const state = attachSandbox();
  await installOperator(state, 'deploy/base');
  const kubeconfig = await serviceAccountKubeconfig(state, 'scalingtier-system', 'scalingtier-operator');
  return setScene({ state, kubeconfig, namespace: name, accountID, args });
}

/** What is left in the account of a scene of tiers whose names have this in them. */
export async function leftOf({ account }: Scene, name: string): Promise<readonly string[]> {
  return Object.values(await account.inventory())
    .flat()
    .filter((label) => label.includes(name))
    .sort();
}
