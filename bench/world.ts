/**
 * Tiers on the API server that are as the generator says they are: an operator that starts finds nothing to do. Their
 * statuses are what the real engine makes of the generator's answers, so nothing here knows what a status holds.
 */
import { randomUUID } from 'node:crypto';
import type { TierSpec } from '../src/api/types.ts';
import { FINALIZER } from '../src/api/well-known.ts';
import { PLACE, placeOf } from '../src/kube/place.ts';
import type { Objects } from '../test/sandbox/objects.ts';
import { tierPath } from '../test/sandbox/scene.ts';
import { compile } from './generator/catalogue.ts';
import { openEngine, passOver } from './generator/engine.ts';
import type { BenchTier } from './generator/marks.ts';
import { CLUSTER, CONVERGED, tierName, tierNamespace } from './generator/recording.ts';
import type { Ground } from './ground.ts';

/** The account that the tiers of the bench stand in. */
export const ACCOUNT = '444444444444';

const AT_ONCE = 32;
const STATUS_ATTEMPTS = 3;

/** Does something with every item, a few at a time. */
export async function each<T>(items: readonly T[], work: (item: T) => Promise<void>, atOnce = AT_ONCE): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const item = items[next];
      next += 1;
      if (item !== undefined) await work(item);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

async function createObject(objects: Objects, index: number, region: string, spec: TierSpec): Promise<BenchTier> {
  const namespace = tierNamespace(index);
  const name = tierName(index);
  const made = await objects.need<{ readonly metadata: { readonly uid: string } }>(tierPath(namespace), {
    method: 'POST',
    query: { fieldManager: 'kubectl' },
    body: {
      apiVersion: 'scalingtier.dev/v1alpha1',
      kind: 'ScalingTier',
      metadata: { name, namespace, finalizers: [FINALIZER], annotations: { [PLACE]: placeOf(spec) } },
      spec,
    },
  });
  const owner = { cluster: CLUSTER, namespace, name, uid: made.metadata.uid };
  return { index, owner, account: ACCOUNT, region };
}

/** Tiers of the bench, in the order of their numbers. */
export interface World {
  readonly tiers: () => readonly BenchTier[];
  /** Adds tiers until there are so many. */
  grow(count: number): Promise<void>;
}

/** As many tiers as stand in one region; the next ones stand in the next one. */
const IN_ONE_REGION = 1_000;

const REGIONS = [
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'eu-north-1',
  'eu-central-1',
  'eu-south-1',
] as const;

/** Starts with no tiers; every tier rests for so many seconds between looks. */
export function openWorld(
  { recording, objects, generator, state }: Ground,
  restSeconds: number,
  inOneRegion = IN_ONE_REGION,
): World {
  const { marks, likeness } = compile(recording);
  const like = likeness(CONVERGED);
  const tiers: BenchTier[] = [];
  const namespaces = new Set<string>();

  const regionOf = (index: number): string => REGIONS[Math.floor(index / inOneRegion) % REGIONS.length] ?? REGIONS[0];

  const specOf = (region: string): TierSpec => {
    const owner = { cluster: CLUSTER, namespace: '', name: '', uid: '' };
    const { spec } = like(marks.valuesOf({ index: 0, owner, account: ACCOUNT, region }));
    return { ...spec, driftPolicy: { ...spec.driftPolicy, intervalSeconds: restSeconds } };
  };

  const needNamespace = async (index: number): Promise<void> => {
    const name = tierNamespace(index);
    if (namespaces.has(name)) return;
    namespaces.add(name);
    await objects.need('/api/v1/namespaces', { method: 'POST', body: { metadata: { name } } });
  };

  /** The status that two passes over what the generator answers leave behind: the second changes nothing any more. */
  const writeStatuses = async (fresh: readonly BenchTier[]): Promise<void> => {
    const { engine, close } = openEngine({ endpoint: state.aws.endpoint, patience: { sweepSeconds: 86_400 } });
    await generator.set({ throttle: false });
    try {
      await each(fresh, async ({ owner, ...tier }) => {
        let reference = { owner, ...like(marks.valuesOf({ owner, ...tier })) };
        for (let attempt = 0; attempt < STATUS_ATTEMPTS; attempt += 1) {
          const { status } = await passOver(engine, reference);
          if (JSON.stringify(status) === JSON.stringify(reference.status)) break;
          reference = { ...reference, status };
        }
        const path = `${tierPath(owner.namespace, owner.name)}/status`;
        const { namespace, name } = owner;
        await objects.need(path, {
          method: 'PATCH',
          contentType: 'application/apply-patch+yaml',
          query: { fieldManager: 'scalingtier-operator', force: 'true' },
          body: {
            apiVersion: 'scalingtier.dev/v1alpha1',
            kind: 'ScalingTier',
            metadata: { name, namespace },
            status: reference.status,
          },
        });
      });
    } finally {
      close();
      await generator.set({ throttle: true });
    }
  };

  return {
    tiers: () => tiers,
    async grow(count) {
      const first = tiers.length;
      const indexes = Array.from({ length: Math.max(0, count - first) }, (_, offset) => first + offset);
      for (const index of indexes) await needNamespace(index);
      const fresh: BenchTier[] = [];
      await each(indexes, async (index) => {
        const region = regionOf(index);
        fresh.push(await createObject(objects, index, region, specOf(region)));
      });
      tiers.push(...fresh.sort((a, b) => a.index - b.index));
      await generator.setTiers(tiers);
      await writeStatuses(fresh);
      await generator.clear();
    },
  };
}

/** A token that nobody used before. */
export const newToken = (): string => randomUUID();
