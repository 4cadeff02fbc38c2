/** The shipped manifests: what they contain, and that they ask for no more than the operator uses. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { CRD_NAME } from '../../src/api/well-known.ts';
import { addConfigOptions, parseConfig } from '../../src/config.ts';
import { MOST_SHARDS } from '../../src/kube/lease-object.ts';
import { leaseName } from '../../src/kube/shards.ts';
import { kustomized, type Manifest, objectsOf, PROJECT, rulesOf } from './manifests.ts';

const objects = kustomized('deploy/base');
/** What a namespace applies of its own free will. */
const SECRET_READER = 'deploy/secret-reader/secret-reader.yaml';
const SECRET_WRITER = 'deploy/secret-writer/secret-writer.yaml';
const shipped = [...objects, ...objectsOf(SECRET_READER), ...objectsOf(SECRET_WRITER)];

function the(kind: string, name = 'scalingtier-operator', among = objects): Manifest {
  const found = among.filter((object) => object.kind === kind && object.metadata.name === name);
  expect(found).toHaveLength(1);
  return found[0] as Manifest;
}

interface Container {
  readonly image: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string }[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly [field: string]: unknown;
}

interface Pod {
  readonly serviceAccountName: string;
  readonly containers: readonly Container[];
  readonly [field: string]: unknown;
}

const deployment = the('Deployment').spec as {
  readonly template: { readonly spec: Pod };
  readonly [field: string]: unknown;
};
const pod = deployment.template.spec;
const container = pod.containers[0] as Container;

test('the base holds the definition and everything that the operator needs', () => {
  expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
    `CustomResourceDefinition ${CRD_NAME}`,
    'Namespace scalingtier-system',
    'ServiceAccount scalingtier-operator',
    'ClusterRole scalingtier-operator',
    'ClusterRoleBinding scalingtier-operator',
    'Role scalingtier-operator-lease',
    'RoleBinding scalingtier-operator-lease',
    'ConfigMap scalingtier-operator',
    'Deployment scalingtier-operator',
    'Service scalingtier-operator-metrics',
  ]);
});

describe('rights', () => {
  test('in every namespace: tiers, their status, events, and config maps by name', () => {
    expect(rulesOf(the('ClusterRole'))).toEqual([
      { apiGroups: ['scalingtier.dev'], resources: ['scalingtiers'], verbs: ['get', 'list', 'watch', 'patch'] },
      { apiGroups: ['scalingtier.dev'], resources: ['scalingtiers/status'], verbs: ['patch'] },
      { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] },
      { apiGroups: [''], resources: ['configmaps'], verbs: ['get'] },
    ]);
  });

  test('in its own namespace: its leases, one for each shard that there may be', () => {
    const lease = { apiGroups: ['coordination.k8s.io'], resources: ['leases'] };
    const names = Array.from({ length: MOST_SHARDS }, (_, shard) => leaseName('scalingtier-operator', shard));
    const shards = (count: number) => parseConfig({ clusterId: 'c', shards: count }, {}).shards;
    expect(shards(MOST_SHARDS)).toBe(MOST_SHARDS);
    expect(() => shards(MOST_SHARDS + 1)).toThrow('--shards');
    expect(rulesOf(the('Role', 'scalingtier-operator-lease'))).toEqual([
      { ...lease, verbs: ['create'] },
      { ...lease, resourceNames: names, verbs: ['get', 'update'] },
    ]);
  });

  test('secrets only where a namespace names them, and never to list', () => {
    const role = the('Role', 'scalingtier-secret-reader', objectsOf(SECRET_READER));

    expect(rulesOf(role)).toEqual([
      {
        apiGroups: [''],
        resources: ['secrets'],
        resourceNames: expect.arrayContaining([expect.any(String)]),
        verbs: ['get'],
      },
    ]);
    expect(role.metadata.namespace).toBeUndefined();
  });

  test('secrets are written only where a namespace names them, and not as shipped', () => {
    const role = the('Role', 'scalingtier-secret-writer', objectsOf(SECRET_WRITER));

    expect(rulesOf(role)).toEqual([
      {
        apiGroups: [''],
        resources: ['secrets'],
        resourceNames: expect.arrayContaining([expect.any(String)]),
        verbs: ['get', 'create', 'patch'],
      },
    ]);
    expect(role.metadata.namespace).toBeUndefined();
    const rights = objects.filter(({ kind }) => kind.endsWith('Role')).flatMap(rulesOf);
    expect(rights.flatMap((rule) => rule.resources)).not.toContain('secrets');
  });

  test('what the operator says to a tier that lacks the right names this file', () => {
    const source = readFileSync(join(PROJECT, 'src/kube/connection-secret.ts'), 'utf8');
    expect(source).toContain(`'${SECRET_WRITER}'`);
  });

  test('every binding gives a role that exists to the service account of the operator', () => {
    const bindings = shipped.filter(({ kind }) => kind.endsWith('Binding'));
    expect(bindings).toHaveLength(4);
    for (const { roleRef, subjects } of bindings) {
      const { kind, name } = roleRef as { kind: string; name: string };
      the(kind, name, shipped);
      expect(subjects).toEqual([
        { kind: 'ServiceAccount', name: 'scalingtier-operator', namespace: 'scalingtier-system' },
      ]);
    }
  });

  test('no rule has a star', () => {
    const roles = shipped.filter(({ kind }) => kind.endsWith('Role'));
    expect(roles).toHaveLength(4);
    expect(JSON.stringify(roles.map(rulesOf))).not.toContain('*');
  });
});

describe('the pod', () => {
  test('meets the restricted standard, which its namespace enforces', () => {
    expect(the('Namespace', 'scalingtier-system').metadata.labels).toMatchObject({
      'pod-security.kubernetes.io/enforce': 'restricted',
    });
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 65532,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(JSON.stringify(deployment)).not.toMatch(/hostPath|hostNetwork|hostPID|privileged"/);
  });

  test('runs the operator under its own service account, whose token nothing else mounts', () => {
    expect(container.args).toEqual(['run']);
    expect(pod).toMatchObject({ serviceAccountName: 'scalingtier-operator', automountServiceAccountToken: true });
    expect(the('ServiceAccount').automountServiceAccountToken).toBe(false);
  });

  test('is probed where the operator answers', () => {
    const port = container.ports.find(({ name }) => name === 'metrics')?.containerPort;
    const { metricsAddress } = parseConfig({}, { SCALINGTIER_CLUSTER_ID: 'x' });

    expect(metricsAddress).toBe(`0.0.0.0:${port}`);
    expect(container.livenessProbe).toMatchObject({ httpGet: { path: '/healthz', port: 'metrics' } });
    expect(container.readinessProbe).toMatchObject({ httpGet: { path: '/readyz', port: 'metrics' } });
  });

  test('leaves Node a quarter of its memory', () => {
    const limit = /^(\d+)Mi$/.exec((container.resources as { limits: { memory: string } }).limits.memory)?.[1];
    const heap = /--max-old-space-size=(\d+)/.exec(
      container.env.find(({ name }) => name === 'NODE_OPTIONS')?.value ?? '',
    )?.[1];

    expect(Number(heap)).toBe(Number(limit) * 0.75);
  });

  test('has the version of the project', () => {
    const { version } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { version: string };

    expect(container.image).toBe(`scalingtier-operator:${version}`);
    expect(readFileSync(join(PROJECT, 'deploy/example/kustomization.yaml'), 'utf8')).toContain(`newTag: ${version}\n`);
  });

  test('is selected by its deployment and by the metrics service', () => {
    const labels = { 'app.kubernetes.io/name': 'scalingtier-operator' };

    expect(deployment).toMatchObject({ selector: { matchLabels: labels }, template: { metadata: { labels } } });
    expect(the('Service', 'scalingtier-operator-metrics').spec).toMatchObject({ selector: labels });
  });
});

describe('the settings', () => {
  const { data } = the('ConfigMap') as unknown as { readonly data: Readonly<Record<string, string>> };

  test('as shipped, the operator refuses to start without a cluster id', () => {
    expect(() => parseConfig({}, data)).toThrow(/SCALINGTIER_CLUSTER_ID/);
  });

  test('are variables that the operator knows', () => {
    const help = addConfigOptions(new Command()).helpInformation();

    expect(Object.keys(data).filter((name) => !help.includes(name))).toEqual([]);
  });
});
