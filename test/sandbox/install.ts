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
  }[];
}

/** Applies a kustomization, by default the shipped one, and waits for its types. */
export async function installOperator(state: SandboxState, kustomization = 'deploy/base'): Promise<void> {
  const folder = path.resolve(projectFolder, kustomization);
  await kubectl(state, ['apply', '--server-side', '--kustomize', folder]);
  await untilServed(state);
}

/** Waits until every custom type is established and in discovery; the one does not imply the other. */
export async function untilServed(state: SandboxState, seconds = 30): Promise<void> {
  const wait = ['wait', 'crd', '--all', '--for=condition=Established', `--timeout=${seconds}s`];
  await kubectl(state, wait);
  const deadline = Date.now() + seconds * 1000;
  const { items } = await kubectlJson<CustomResourceDefinitions>(state, ['get', 'crd']);
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
