/**
 * The binaries of the control plane: those in KUBEBUILDER_ASSETS when it is set, else one binary built from the Go
 * module next to this file and linked under four names. It must not start anything.
 */
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { type Build, built, type Say } from './cache.ts';

/** Paths of the programs; a folder made by others may come without the controller manager. */
export interface ControlPlaneBinaries {
  readonly etcd: string;
  readonly apiServer: string;
  readonly kubectl: string;
  readonly controllerManager: string | undefined;
}

const source = path.join(import.meta.dirname, 'controlplane');
const names = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl'] as const;

/** Finds or builds the programs of the control plane. */
export async function controlPlaneBinaries(say: Say): Promise<ControlPlaneBinaries> {
  const assets = process.env.KUBEBUILDER_ASSETS ?? '';
  return assets === '' ? binariesIn(await built(controlPlaneBuild(), say)) : assetsIn(path.resolve(assets), say);
}

function assetsIn(folder: string, say: Say): ControlPlaneBinaries {
  const binaries = binariesIn(folder);
  for (const file of [binaries.etcd, binaries.apiServer, binaries.kubectl]) {
    if (!existsSync(file))
      throw new Error(`using KUBEBUILDER_ASSETS="${folder}": "${path.basename(file)}" is not there`);
  }
  if (binaries.controllerManager === undefined) {
    say(
      `no kube-controller-manager in "${folder}": deleted namespaces stay Terminating, owned objects are not collected`,
    );
  }
  return binaries;
}

function binariesIn(folder: string): ControlPlaneBinaries {
  const [etcd, apiServer, controllerManager, kubectl] = names.map((name) => path.join(folder, name)) as [
    string,
    string,
    string,
    string,
  ];
  return { etcd, apiServer, kubectl, controllerManager: existsSync(controllerManager) ? controllerManager : undefined };
}

function controlPlaneBuild(): Build {
  const texts = ['go.mod', 'go.sum', 'main.go'].map((name) => readFileSync(path.join(source, name), 'utf8'));
  const version = kubernetesVersion(texts[0] ?? '');
  const flags = linkerFlags(version);
  return {
    name: 'controlplane',
    announcement: `building a Kubernetes ${version} control plane from source, once, 4 to 6 minutes`,
    inputs: [process.platform, process.arch, flags, ...texts],
    async make(folder, run) {
      const args = ['build', '-trimpath', '-ldflags', flags, '-o', path.join(folder, 'controlplane'), '.'];
      await run('go', args, { cwd: source, env: { CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false -mod=readonly' } });
      for (const name of names) symlinkSync('controlplane', path.join(folder, name));
    },
  };
}

/** The version of Kubernetes that the module asks for. */
export function kubernetesVersion(goMod: string): string {
  const version = /^\s*k8s\.io\/kubernetes (v\d+\.\d+\.\d+)$/m.exec(goMod)?.[1];
  if (version === undefined)
    throw new Error('reading the version of Kubernetes from go.mod: no "k8s.io/kubernetes v…" line');
  return version;
}

function linkerFlags(version: string): string {
  const [major, minor] = version.slice(1).split('.');
  // Without these stamps `kubectl version` cannot parse its own version.
  const stamps = [
    `k8s.io/component-base/version.gitVersion=${version}`,
    `k8s.io/component-base/version.gitMajor=${major}`,
    `k8s.io/component-base/version.gitMinor=${minor}`,
    `k8s.io/client-go/pkg/version.gitVersion=${version}`,
  ];
  return ['-s', '-w', ...stamps.map((stamp) => `-X ${stamp}`)].join(' ');
}
