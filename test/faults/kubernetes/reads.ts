/** Faults of what the operator reads from the API server: lists that fail or lag, watches that break, fall silent or lie. */
import { setTimeout as delay } from 'node:timers/promises';
import type { KubeEntry, KubeFaultRule } from '../../sandbox/kube-proxy/proxy.ts';
import type { TierObject } from '../../sandbox/scene.ts';
import { writesSince } from './promises.ts';
import { PATIENCE, type Site, type Story, TIER } from './site.ts';

const LIST = '*/scalingtiers';

/** A story about a tier that stands when it begins. */
function afterCreation(story: Story): Story {
  return async (site) => {
    await site.scene.apply(TIER);
    await site.scene.settled(TIER, PATIENCE);
    return story(site);
  };
}

/** A process that starts anew while lists misbehave, and finds a tier that was made meanwhile. */
function startUnder(...rules: readonly KubeFaultRule[]): Story {
  return async ({ scene, kube, reborn }) => {
    kube.addFaults(...rules);
    await reborn();
    await scene.apply(TIER);
    await scene.settled(TIER, PATIENCE);
    return 'standing';
  };
}

/** A watch that breaks again and again while a tier is made. */
function creationWithCuts(how: 'end' | 'reset'): Story {
  return async ({ scene, kube }) => {
    await scene.apply(TIER);
    for (let cut = 0; cut < 8; cut += 1) {
      kube.addFaults({ match: {}, effect: { kind: 'watchCut', how }, count: 1 });
      await delay(1_000);
    }
    kube.removeFault();
    return 'standing';
  };
}

const tagged = (value: string) => ({ tags: { 'example.com/mark': value } });

/** Waits until a change of the spec has been carried out. */
async function carriedOut({ scene, kube }: Site, value: string): Promise<void> {
  const { metadata } = await scene.get(TIER);
  await scene.patch(TIER, tagged(value));
  kube.removeFault();
  const isDone = (tier: TierObject): boolean => (tier.status.observedGeneration ?? 0) > metadata.generation;
  await scene.until(TIER, 'a change of the spec is noticed', isDone, PATIENCE);
}

/** A change of the spec that a half-open watch does not tell of: silence must not last longer than a stream. */
const halfOpen: Story = async (site) => {
  const { kube } = site;
  const [id] = kube.addFaults({ match: {}, effect: { kind: 'watchSilence' }, count: 1 });
  if (!kube.faults().some((fault) => fault.id === id && fault.struck === 1)) throw new Error('no watch was open');
  await carriedOut(site, 'half-open');
  return 'standing';
};

/** Of several changes only the last is told. */
const missedStates: Story = async (site) => {
  const { scene, kube } = site;
  kube.addFaults({ match: {}, effect: { kind: 'watchDrop', types: ['MODIFIED'] } });
  for (const value of ['one', 'two', 'three']) await scene.patch(TIER, tagged(value));
  await carriedOut(site, 'four');
  return 'standing';
};

/** The end of a watch's history without any: the server says 410 whatever the version. */
const expired: Story = async (site) => {
  const { kube } = site;
  const since = kube.latest();
  kube.addFaults(
    { match: { verb: 'watch', nth: [1, 2] }, effect: { kind: 'error', status: 410 } },
    { match: {}, effect: { kind: 'watchCut', how: 'end' }, count: 1 },
  );
  await untilListed(site, since, 2);
  await carriedOut(site, 'expired');
  return 'standing';
};

/** Complete lists of tiers since an entry of the journal. */
const listsSince = ({ kube }: Site, since: number): readonly KubeEntry[] =>
  kube
    .journal(since)
    .filter(({ verb, outcome, path }) => verb === 'list' && outcome === 'ok' && path.endsWith('/scalingtiers'));

/** Waits for so many complete lists since an entry of the journal. */
export async function untilListed(site: Site, since: number, times: number): Promise<void> {
  for (const end = performance.now() + PATIENCE * 1000; listsSince(site, since).length < times; await delay(100)) {
    if (performance.now() > end) throw new Error(`not ${times} complete lists within ${PATIENCE} s`);
  }
}

/** Lists until now, by number. */
function lastList(site: Site): number {
  const { seq } = listsSince(site, 0).at(-1) ?? {};
  if (seq === undefined) throw new Error('no list has been read so far');
  return seq;
}

/** A fresh process that is shown the past: it must do nothing on the strength of it. */
async function bornInThePast(site: Site, seq: number): Promise<void> {
  const { scene, kube, reborn } = site;
  const since = await scene.proxy.latest();
  kube.addFaults(
    { match: { verb: 'list', path: LIST }, effect: { kind: 'replay', seq } },
    { match: {}, effect: { kind: 'watchHold' } },
  );
  await reborn();
  await delay(8_000);
  const writes = await writesSince(scene, since);
  if (writes.length > 0)
    throw new Error(`acted on an old list: ${writes.map(({ operation }) => operation).join(', ')}`);
  kube.removeFault();
}

/** The list of a time before the tier was there. */
const emptyPast: Story = async (site) => {
  const { scene } = site;
  await untilListed(site, 0, 1);
  const seq = lastList(site);
  await scene.apply(TIER);
  await scene.settled(TIER, PATIENCE);
  await bornInThePast(site, seq);
  return 'standing';
};

/** The list of a time when an object of the same name was being deleted. */
const deletionInThePast: Story = async (site) => {
  const { scene, kube, path, reborn } = site;
  await scene.apply(TIER);
  await scene.settled(TIER, PATIENCE);
  const before = kube.latest();
  await scene.operator().kill();
  await scene.objects.need(path, { method: 'DELETE' });
  await reborn();
  await untilListed(site, before, 1);
  const seq = lastList(site);
  await scene.remove(TIER, PATIENCE);
  await scene.apply(TIER);
  await scene.settled(TIER, PATIENCE);
  await bornInThePast(site, seq);
  return 'standing';
};

/** By name. */
export const readStories: Readonly<Record<string, Story>> = {
  'list: fails five times': startUnder({
    match: { verb: 'list', nth: [1, 2, 3, 4, 5] },
    effect: { kind: 'error', status: 500 },
  }),
  'list: connection breaks': startUnder({ match: { verb: 'list', nth: [1, 2] }, effect: { kind: 'resetAfter' } }),
  'list: slow': startUnder({ match: { verb: 'list' }, effect: { kind: 'delay', milliseconds: 5_000 } }),
  'list: too many requests': startUnder({
    match: { verb: 'list', nth: [1, 2, 3, 4] },
    effect: { kind: 'error', status: 429, retryAfterSeconds: 1 },
  }),
  'watch: refused five times': startUnder({
    match: { verb: 'watch', nth: [1, 2, 3, 4, 5] },
    effect: { kind: 'error', status: 503 },
  }),
  'watch: ended again and again': creationWithCuts('end'),
  'watch: reset again and again': creationWithCuts('reset'),
  'watch: half-open': afterCreation(halfOpen),
  'watch: intermediate states missed': afterCreation(missedStates),
  'watch: expired': afterCreation(expired),
  'time travel: before the tier was there': emptyPast,
  'time travel: while a namesake was being deleted': deletionInThePast,
};
