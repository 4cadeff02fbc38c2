/**
 * ScalingTier objects on the API server: read fresh, finalizer, place, status. It never writes `spec`, and every write names the
 * version that it was decided on. Versions are never given out twice, so neither a newer object nor a namesake is ever
 * overwritten; a uid would not help, because writes of a status do not compare it.
 */
import type { TierSpec, TierStatus } from '../api/types.ts';
import { FIELD_MANAGER, FINALIZER, GROUP, PLURAL, VERSION } from '../api/well-known.ts';
import type { TierMetadata } from '../core/tier.ts';
import { callIfFound, type KubeApi } from './api.ts';
import { equalJson } from './equal.ts';
import { hasCode, KubeError } from './errors.ts';
import type { ObjectMetadata } from './list.ts';
import { PLACE } from './place.ts';
import { summarize } from './trigger.ts';

/** A ScalingTier as read. */
export interface TierObject {
  readonly metadata: TierMetadata;
  readonly spec: TierSpec;
  readonly status: TierStatus;
  /** Of this version, as in its `TierSummary`. */
  readonly content: string;
}

/** Which object, in which version. */
export type TierVersion = Pick<TierMetadata, 'namespace' | 'name' | 'uid' | 'resourceVersion'>;

/** Reads and writes. Every failure is a `KubeError`; 409 means that the object has moved on. */
export interface TierClient {
  /** The object as the API server has it now, not as a cache has it; nothing when it is gone. */
  read(key: string): Promise<TierObject | undefined>;
  /** Sets the finalizer and the place by which the tier is served; answers with the new version. */
  guard(tier: TierObject, place: string): Promise<TierObject>;
  /** Nothing happens when the finalizer or the object is gone already. */
  removeFinalizer(tier: TierVersion): Promise<void>;
  /** Writes a status if nobody has written the object since; answers with the new version. */
  recordStatus(tier: TierVersion, status: TierStatus): Promise<TierVersion>;
  /**
   * Writes a status if nobody has written another one since `known` was; changes to the rest of the object do not
   * matter. Fails with 409 when somebody has.
   */
  writeStatus(tier: TierVersion, known: TierStatus, status: TierStatus): Promise<TierVersion>;
}

interface RawTier {
  readonly metadata: ObjectMetadata;
  readonly spec: TierSpec;
  readonly status?: TierStatus;
}

const MOST_ATTEMPTS = 4;
/** What a write answers with is of no interest but for its version. */
const METADATA_ONLY = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json';

/** The path of all tiers, or of those in one namespace. */
export function tiersPath(namespace?: string): string {
  const root = `/apis/${GROUP}/${VERSION}`;
  return namespace === undefined ? `${root}/${PLURAL}` : `${root}/namespaces/${namespace}/${PLURAL}`;
}

/** A client for tiers. */
export function createTierClient(api: KubeApi): TierClient {
  const read = async (key: string): Promise<TierObject | undefined> => {
    const raw = await callIfFound<RawTier>(api, { method: 'GET', path: pathOf(splitKey(key)) });
    return raw === undefined ? undefined : toTier(raw);
  };
  const recordStatus = (tier: TierVersion, status: TierStatus) => applyStatus(api, tier, status);
  return {
    read,
    guard: async (tier, place) => {
      const finalizers = [...new Set([...tier.metadata.finalizers, FINALIZER])];
      const raw = await patchMetadata(api, tier.metadata, { finalizers, annotations: { [PLACE]: place } });
      return { ...tier, metadata: metadataOf(raw), content: summarize(raw).content };
    },
    removeFinalizer: (tier) => removeFinalizer(api, tier, () => read(keyOfTier(tier))),
    recordStatus,
    writeStatus: async (tier, known, status) => {
      let version = tier;
      for (let attempt = 1; ; attempt++) {
        try {
          return await recordStatus(version, status);
        } catch (error) {
          const fresh = hasCode(error, 409) && attempt < MOST_ATTEMPTS ? await read(keyOfTier(tier)) : undefined;
          if (fresh === undefined || fresh.metadata.uid !== tier.uid || !equalJson(fresh.status, known)) throw error;
          version = fresh.metadata;
        }
      }
    },
  };
}

/** `namespace/name`. */
export function keyOfTier({ namespace, name }: Pick<TierMetadata, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`;
}

async function removeFinalizer(
  api: KubeApi,
  tier: TierVersion,
  read: () => Promise<TierObject | undefined>,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const fresh = await read();
    if (fresh?.metadata.uid !== tier.uid || !fresh.metadata.finalizers.includes(FINALIZER)) return;
    try {
      const left = fresh.metadata.finalizers.filter((finalizer) => finalizer !== FINALIZER);
      await patchMetadata(api, fresh.metadata, { finalizers: left });
      return;
    } catch (error) {
      if (hasCode(error, 404)) return;
      if (!hasCode(error, 409) || attempt >= MOST_ATTEMPTS) throw error;
    }
  }
}

function patchMetadata(
  api: KubeApi,
  tier: TierVersion,
  change: Partial<Pick<ObjectMetadata, 'finalizers' | 'annotations'>>,
): Promise<RawTier> {
  const { resourceVersion } = tier;
  return api.call<RawTier>({
    method: 'PATCH',
    path: pathOf(tier),
    query: { fieldManager: FIELD_MANAGER },
    contentType: 'application/merge-patch+json',
    accept: METADATA_ONLY,
    body: { metadata: { resourceVersion, ...change } },
  });
}

async function applyStatus(api: KubeApi, tier: TierVersion, status: TierStatus): Promise<TierVersion> {
  const raw = await api.call<RawTier>({
    method: 'PATCH',
    path: `${pathOf(tier)}/status`,
    query: { fieldManager: FIELD_MANAGER },
    contentType: 'application/json-patch+json',
    accept: METADATA_ONLY,
    // The whole status at once: an apply would leave what another manager has ever written beside it, which a restored
    // backup does, in pieces that the schema refuses.
    body: [
      { op: 'replace', path: '/metadata/resourceVersion', value: tier.resourceVersion },
      { op: 'add', path: '/status', value: status },
    ],
  });
  return metadataOf(raw);
}

function pathOf({ namespace, name }: Pick<TierMetadata, 'namespace' | 'name'>): string {
  return `${tiersPath(namespace)}/${name}`;
}

function splitKey(key: string): { readonly namespace: string; readonly name: string } {
  const [namespace = '', name = ''] = key.split('/');
  return { namespace, name };
}

function toTier(raw: RawTier): TierObject {
  if (raw.spec === undefined) throw new KubeError('read ScalingTier: it has no spec', { code: 0, reason: 'Garbled' });
  const { spec, status = { observedGeneration: -1 } } = raw;
  return { metadata: metadataOf(raw), spec, status, content: summarize(raw).content };
}

function metadataOf({ metadata }: RawTier): TierMetadata {
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid,
    generation: metadata.generation ?? 0,
    resourceVersion: metadata.resourceVersion,
    annotations: metadata.annotations ?? {},
    finalizers: metadata.finalizers ?? [],
    ...(metadata.deletionTimestamp === undefined ? {} : { deletionTimestamp: metadata.deletionTimestamp }),
  };
}
