/**
 * Installs the shipped manifests (namespace, RBAC, custom resource) into a sandbox, as a user would, and waits until the
 * API server really serves the new types. There is no kubelet: a Deployment among them stays without pods.
 */
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { projectFolder } from './folders.ts';
import { kubectl, kubectlJson, tryKubectl } from './kubectl.ts';
import type { SandboxState } from './sandbox.ts';

interface CustomResourceDefinitions {
  readonly items: readonly {
    readonly spec: {
      readonly group: string;
      readonly names: { readonly plural: string };
      readonly versions: readonly { readonly name: string; readonly served: boolean }[];
    };
    readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
  }[];
}

type Definition = CustomResourceDefinitions['items'][number];

const isEstablished = ({ status }: Definition): boolean =>
  status?.conditions?.some((condition) => condition.type === 'Established' && condition.status === 'True') === true;

/** All definitions, once they are established. A new one has no conditions yet, which `kubectl wait` takes for an error. */
async function established(state: SandboxState, deadline: number): Promise<readonly Definition[]> {
  for (;;) {
    const { items } = await kubectlJson<CustomResourceDefinitions>(state, ['get', 'crd']);
    if (items.every(isEstablished)) return items;
    if (Date.now() > deadline) throw new Error('waiting for the custom types: not all of them are established in time');
    await delay(100);
  }
}

/** Applies a kustomization, by default the shipped one, and waits for its types. */
export async function installOperator(state: SandboxState, kustomization = 'deploy/base'): Promise<void> {
  const folder = path.resolve(projectFolder, kustomization);
  await kubectl(state, ['apply', '--server-side', '--kustomize', folder]);
  await untilServed(state);
}

/** Waits until every custom type is established and in discovery; the one does not imply the other. */
export async function untilServed(state: SandboxState, seconds = 30): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  const items = await established(state, deadline);
  for (const { spec } of items) {
    for (const { name } of spec.versions.filter(({ served }) => served)) {
      const address = `/apis/${spec.group}/${name}`;
      while (!(await isListed(state, address, spec.names.plural))) {
        if (Date.now() > deadline)
          throw new Error(`waiting for "${spec.names.plural}" at "${address}": not after ${seconds} s`);
        await delay(100);
      }
    }
  }
}

async function isListed(state: SandboxState, address: string, plural: string): Promise<boolean> {
  const { code, stdout } = await tryKubectl(state, ['get', '--raw', address]);
  if (code !== 0) return false;
  const { resources } = JSON.parse(stdout) as { readonly resources: readonly { readonly name: string }[] };
  return resources.some(({ name }) => name === plural);
}
