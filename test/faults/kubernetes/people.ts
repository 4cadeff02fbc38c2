/**
 * People and tools that handle objects roughly: finalizers taken off by hand, objects deleted and made again, restored from a
 * backup, namespaces deleted. What is asked: nothing made twice, nothing that holds data deleted, and what was left behind is
 * named to whoever comes next and can be adopted.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { condition, isSettled, type TierObject } from '../../sandbox/scene.ts';
import { brokenInventory, writesSince } from './promises.ts';
import { PATIENCE, type Site, type Story, TIER } from './site.ts';

const ADOPT = 'scalingtier.dev/adopt';

const isHalfMade = ({ status }: TierObject): boolean => (status.resources?.length ?? 0) > 8;

type Backup = TierObject & { readonly metadata: { readonly annotations?: Readonly<Record<string, string>> } };

async function created({ scene }: Site): Promise<Backup> {
  await scene.apply(TIER);
  return scene.settled(TIER, PATIENCE);
}

/** Takes the finalizer off by hand and deletes the object, so that all of AWS is left behind. */
async function tornOut({ scene, path }: Site): Promise<void> {
  await scene.objects.need(path, { method: 'DELETE' });
  const body = { metadata: { finalizers: null } };
  const { status } = await scene.objects.ask(path, { method: 'PATCH', body });
  if (status !== 200 && status !== 404) throw new Error(`taking the finalizer off: ${status}`);
}

/** The same while no operator runs, which is when people do it. */
async function tornOutUnseen(site: Site): Promise<void> {
  await site.scene.operator().kill();
  await tornOut(site);
  await site.reborn();
}

/** Whoever comes next must be told by id, and nothing may be made or ended meanwhile. */
async function reported({ scene }: Site, since: number): Promise<void> {
  const found = await scene.until(
    TIER,
    'what an earlier object left is reported',
    (tier) => condition(tier, 'Stalled')?.reason === 'OwnershipConflict',
    PATIENCE,
  );
  const message = condition(found, 'Stalled')?.message ?? '';
  if (!/(vpc|vol|i)-[0-9a-f]+|st-\w+/.test(message)) throw new Error(`the report names no resource: "${message}"`);
  await delay(3_000);
  const ended = (await writesSince(scene, since)).filter(({ operation }) =>
    /^(Delete|Terminate|Release)/.test(operation),
  );
  if (ended.length > 0) throw new Error(`ended without being asked: ${ended.map(({ operation }) => operation)}`);
}

const idsOf = ({ status }: TierObject, roles: RegExp): string =>
  (status.resources ?? [])
    .filter(({ role }) => roles.test(role))
    .map(({ role, id }) => `${role} ${id}`)
    .sort()
    .join(', ');

/** Adopts what was left, and compares: what stands must be what stood. */
async function adopted({ scene }: Site, before: TierObject): Promise<void> {
  await scene.annotate(TIER, `${ADOPT}=true`);
  const after = await scene.until(TIER, 'adopted and settled', isSettled, PATIENCE);
  await scene.annotate(TIER, `${ADOPT}-`);
  const named = /^(ec2\.(vpc|volume|instance|subnet|address)|iam)/;
  if (idsOf(after, named) !== idsOf(before, named))
    throw new Error(`adopted other resources: ${idsOf(after, named)}, not ${idsOf(before, named)}`);
}

const finalizerRemoved: Story = async (site) => {
  const before = await created(site);
  await tornOutUnseen(site);
  const since = await site.scene.proxy.latest();
  await site.scene.apply(TIER);
  await reported(site, since);
  await adopted(site, before);
  return 'standing';
};

/** Part of it was there, or is still: what is left is taken over and the rest made. */
async function completed({ scene }: Site): Promise<void> {
  await scene.annotate(TIER, `${ADOPT}=true`);
  await scene.until(TIER, 'adopted and settled', isSettled, PATIENCE);
  await scene.annotate(TIER, `${ADOPT}-`);
  const broken = await brokenInventory(scene);
  if (broken.length > 0) throw new Error(broken.join('; '));
}

const finalizerRemovedDuringCreation: Story = async (site) => {
  const { scene } = site;
  await scene.apply(TIER);
  await scene.until(TIER, 'half made', isHalfMade, PATIENCE);
  await tornOutUnseen(site);
  const since = await scene.proxy.latest();
  await scene.apply(TIER);
  await reported(site, since);
  await completed(site);
  return 'standing';
};

/** The operator is already ending things for the object when it vanishes. */
const finalizerRemovedDuringDeletion: Story = async (site) => {
  const { scene, path } = site;
  await created(site);
  await scene.objects.need(path, { method: 'DELETE' });
  await delay(1_500);
  await tornOut(site);
  await scene.apply(TIER);
  await completed(site);
  return 'standing';
};

/** The watch tells of neither the end nor the new beginning until both are long past. */
const recreatedUnseen: Story = async (site) => {
  const { scene, kube } = site;
  const before = await created(site);
  kube.addFaults({ match: {}, effect: { kind: 'watchHold' } });
  await tornOut(site);
  const since = await scene.proxy.latest();
  await scene.apply(TIER);
  await delay(2_000);
  kube.removeFault();
  await reported(site, since);
  await adopted(site, before);
  return 'standing';
};

/** Only a list tells: there is an object of that name, as before, and it is another. */
const recreatedBetweenLists: Story = async (site) => {
  const { scene, kube } = site;
  const before = await created(site);
  kube.addFaults({ match: {}, effect: { kind: 'watchCut', how: 'reset' }, count: 1 });
  const [blocked] = kube.addFaults({ match: { verb: 'watch' }, effect: { kind: 'error', status: 410 } });
  const [held] = kube.addFaults({ match: { verb: 'list' }, effect: { kind: 'hold' } });
  await tornOut(site);
  const since = await scene.proxy.latest();
  await scene.apply(TIER);
  await delay(2_000);
  kube.removeFault(blocked);
  kube.removeFault(held);
  await reported(site, since);
  await adopted(site, before);
  return 'standing';
};

/** As backup tools do it: the object with its old status, annotations and finalizers, under a new uid. */
const restored: Story = async (site) => {
  const { scene, path } = site;
  const { metadata, spec, status } = await created(site);
  await tornOutUnseen(site);
  const since = await scene.proxy.latest();
  const { name, finalizers = [], annotations = {} } = metadata;
  const object = { apiVersion: 'scalingtier.dev/v1alpha1', kind: 'ScalingTier', spec };
  const back = { ...object, metadata: { name, namespace: scene.namespace, finalizers, annotations } };
  await scene.objects.need(path.replace(/\/[^/]+$/, ''), { method: 'POST', body: back });
  await scene.objects.need(`${path}/status`, { method: 'PATCH', body: { status } });
  await reported(site, since);
  const made = await brokenInventory(scene);
  if (made.length > 0) throw new Error(made.join('; '));
  await adopted(site, { metadata, spec, status });
  return 'standing';
};

/** A namespace takes everything with it: the tier must be let go in order, even though nothing new may be written there. */
function namespaceDeleted(isReady: (tier: TierObject) => boolean): Story {
  return async (site) => {
    const { scene } = site;
    await scene.apply(TIER);
    await scene.until(TIER, 'far enough', isReady, PATIENCE);
    const namespace = `/api/v1/namespaces/${scene.namespace}`;
    await scene.objects.need(namespace, { method: 'DELETE' });
    const end = performance.now() + PATIENCE * 1000;
    while ((await scene.objects.ask(namespace)).status !== 404) {
      if (performance.now() > end) throw new Error(`the namespace is not gone within ${PATIENCE} s`);
      await delay(250);
    }
    return 'gone';
  };
}

const deletedDuringCreation: Story = async ({ scene }) => {
  await scene.apply(TIER);
  await scene.until(TIER, 'half made', isHalfMade, PATIENCE);
  await scene.remove(TIER, PATIENCE);
  return 'gone';
};

/** By name. */
export const peopleStories: Readonly<Record<string, Story>> = {
  'finalizer removed by hand': finalizerRemoved,
  'finalizer removed by hand during creation': finalizerRemovedDuringCreation,
  'finalizer removed by hand during deletion': finalizerRemovedDuringDeletion,
  'deleted and made again while the watch is held': recreatedUnseen,
  'deleted and made again between two lists': recreatedBetweenLists,
  'restored from a backup under a new uid': restored,
  'namespace deleted': namespaceDeleted(isSettled),
  'namespace deleted during creation': namespaceDeleted(isHalfMade),
  'deleted during creation': deletedDuringCreation,
};
