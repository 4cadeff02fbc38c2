/**
 * Faults of the whole API server, in a sandbox of their own: killed in the middle of a creation, its history compacted away,
 * its schema replaced or taken away under living objects.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { installOperator } from '../../sandbox/install.ts';
import { serviceAccountKubeconfig } from '../../sandbox/kubeconfig.ts';
import { startSandbox } from '../../sandbox/sandbox.ts';
import type { TierObject } from '../../sandbox/scene.ts';
import type { Ground, Point } from '../trial.ts';
import { compactEtcd, killApiServer } from './control-plane.ts';
import { brokenAtEnd } from './promises.ts';
import { untilListed } from './reads.ts';
import { PATIENCE, pointOf, type Site, type Story, TIER } from './site.ts';

const CRD = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/scalingtiers.scalingtier.dev';
const DOWN_MILLISECONDS = 5_000;

const isHalfMade = ({ status }: TierObject): boolean => (status.resources?.length ?? 0) > 8;

const killedDuringCreation: Story = async ({ scene, state }) => {
  await scene.apply(TIER);
  await scene.until(TIER, 'half made', isHalfMade, PATIENCE);
  const start = await killApiServer(state);
  await delay(DOWN_MILLISECONDS);
  await start();
  return 'standing';
};

/** More than a few revisions, so that the one that the operator knows lies far back. */
async function writeRevisions({ scene }: Site, count: number): Promise<void> {
  const path = `/api/v1/namespaces/${scene.namespace}/configmaps`;
  await scene.objects.need(path, { method: 'POST', body: { metadata: { name: 'noise' } } });
  for (let round = 0; round < count; round += 1)
    await scene.objects.need(`${path}/noise`, { method: 'PATCH', body: { data: { round: `${round}` } } });
}

/** A change is made while no watch is open, and when one can be opened again the server has forgotten where it was. */
const compacted: Story = async (site) => {
  const { scene, kube, state } = site;
  await scene.apply(TIER);
  const { metadata } = await scene.settled(TIER, PATIENCE);
  // Silent rather than refused: many refusals in a row are a reason of their own to read the list again.
  kube.addFaults(
    { match: { verb: 'watch' }, effect: { kind: 'hang', when: 'before' } },
    { match: {}, effect: { kind: 'watchCut', how: 'reset' }, count: 1 },
  );
  await scene.patch(TIER, { tags: { 'example.com/mark': 'compacted' } });
  await writeRevisions(site, 50);
  await compactEtcd(state);
  const start = await killApiServer(state);
  await start();
  const since = kube.latest();
  kube.removeFault();
  // A routine look may come upon the change as well: what is at stake is that the list is read again.
  await untilListed(site, since, 1);
  const isNoticed = ({ status }: TierObject): boolean => (status.observedGeneration ?? 0) > metadata.generation;
  await scene.until(TIER, 'a change before the compaction is noticed', isNoticed, PATIENCE);
  return 'standing';
};

interface Definition {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly versions: readonly {
      readonly schema: {
        readonly openAPIV3Schema: { readonly properties: { readonly spec: { readonly properties: object } } };
      };
    }[];
  };
}

const FIELD = 'ofALaterVersion';

/** The definition as a later version might ship it: one optional field more. */
function widened({ metadata, spec }: Definition): object {
  const versions = spec.versions.map((version) => {
    const root = version.schema.openAPIV3Schema;
    const properties = { ...root.properties.spec.properties, [FIELD]: { type: 'string' } };
    const openAPIV3Schema = {
      ...root,
      properties: { ...root.properties, spec: { ...root.properties.spec, properties } },
    };
    return { ...version, schema: { openAPIV3Schema } };
  });
  return { metadata: { name: metadata.name }, spec: { ...spec, versions } };
}

/** An upgrade of the schema and its way back, the first in the middle of a creation. */
const schemaReplaced: Story = async ({ scene }) => {
  const original = await scene.objects.need<Definition>(CRD);
  const replace = (body: object) => scene.objects.need(CRD, { method: 'PATCH', body });
  await scene.apply(TIER);
  await scene.until(TIER, 'half made', isHalfMade, PATIENCE);
  await replace(widened(original));
  await scene.settled(TIER, PATIENCE);
  await scene.patch(TIER, { [FIELD]: 'unknown to this operator', tags: { 'example.com/mark': 'widened' } });
  await scene.settled(TIER, PATIENCE);
  await replace({ spec: original.spec });
  await scene.patch(TIER, { tags: { 'example.com/mark': 'narrowed' } });
  return 'standing';
};

/** As uninstalling does it: every tier ends in order before its type goes, and the operator lives to see it come back. */
const schemaDeleted: Story = async ({ scene, state }) => {
  await scene.apply(TIER);
  await scene.settled(TIER, PATIENCE);
  await scene.objects.need(CRD, { method: 'DELETE' });
  for (
    const end = performance.now() + PATIENCE * 1000;
    (await scene.objects.ask(CRD)).status !== 404;
    await delay(250)
  ) {
    if (performance.now() > end) throw new Error(`the definition is not gone within ${PATIENCE} s`);
  }
  const left = await brokenAtEnd(scene);
  if (left.length > 0) throw new Error(left.join('; '));
  await delay(DOWN_MILLISECONDS);
  await installOperator(state, 'deploy/base');
  await scene.apply(TIER);
  return 'standing';
};

/** By name. */
export const serverStories: Readonly<Record<string, Story>> = {
  'API server killed during creation': killedDuringCreation,
  'history compacted': compacted,
  'schema widened and narrowed': schemaReplaced,
  'schema deleted and installed again': schemaDeleted,
};

/** Tells one story in a sandbox of its own. */
export async function pointInOwnSandbox(name: string, { place, script }: Ground, story: Story): Promise<Point> {
  const sandbox = await startSandbox({ quiet: true });
  try {
    const { state } = sandbox;
    await installOperator(state, 'deploy/base');
    const kubeconfig = await serviceAccountKubeconfig(state, 'scalingtier-system', 'scalingtier-operator');
    return await pointOf({ state, kubeconfig, script, place }, name, story);
  } finally {
    await sandbox.stop();
  }
}
