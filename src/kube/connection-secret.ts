/**
 * The Secret in a tier's namespace from which pods read how to reach the tier's database: written when it differs, and only
 * if it is the tier's. What it holds must get into no message, log, event or status; it does not know where that came from.
 */
import type { TierStatus } from '../api/types.ts';
import { API_VERSION, FIELD_MANAGER, GROUP, KIND } from '../api/well-known.ts';
import type { Connection, TierMetadata, Verdict } from '../core/tier.ts';
import { callIfFound, type KubeApi } from './api.ts';
import type { Clock } from './clock.ts';
import { KubeError } from './errors.ts';
import type { Fence } from './fence.ts';
import type { ObjectMetadata } from './list.ts';
import { type Problem, withProblem } from './problem.ts';

/** Whose Secret, what should be in it, and what every write must ask. */
export interface Publication {
  readonly tier: TierMetadata;
  /** The status that the tier had. */
  readonly before: TierStatus;
  readonly fence: Fence;
}

/** The verdict with what became of its connection, and what failed for a reason that should pass. */
export interface Published {
  readonly verdict: Verdict;
  readonly failed?: KubeError;
}

/** Writes connections. */
export type Publish = (verdict: Verdict, publication: Publication) => Promise<Published>;

interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

interface SecretMetadata extends ObjectMetadata {
  readonly labels?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
}

interface Secret {
  readonly metadata: SecretMetadata;
  readonly data?: Readonly<Record<string, string>>;
}

const FIELD = 'spec.database.connectionSecret';
const ROLE_FILE = 'deploy/secret-writer/secret-writer.yaml';
const UID_LABEL = `${GROUP}/uid`;
const METADATA_ONLY = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json';

/** Where a Secret is, and in which version it said what it should. */
interface Place {
  readonly path: string;
  readonly version: string;
}

/** A publisher over an API server. */
export function createPublish(api: KubeApi, clock: Clock): Publish {
  return async ({ connection, ...verdict }, publication) => {
    if (connection === undefined) return { verdict };
    try {
      const place = await settle(api, connection, publication);
      const { still } = verdict;
      return {
        verdict: still ? { ...verdict, still: async () => (await isAt(api, place)) && (await still()) } : verdict,
      };
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      const problem = problemOf(error, connection, publication.tier);
      if (problem === undefined) return { verdict, failed: error };
      const { tier, before } = publication;
      return { verdict: withProblem(verdict, problem, { tier, before, now: clock.date() }) };
    }
  };
}

/** Not by its content: at rest nobody remembers a password. A right that was taken away meanwhile is a pass's business. */
async function isAt(api: KubeApi, { path, version }: Place): Promise<boolean> {
  const request = { method: 'GET', path, accept: METADATA_ONLY } as const;
  const found = await api.call<Secret>(request).catch(() => undefined);
  return found?.metadata.resourceVersion === version;
}

/** Makes the Secret say what it should. */
async function settle(api: KubeApi, connection: Connection, publication: Publication): Promise<Place> {
  const { tier, fence } = publication;
  const path = `/api/v1/namespaces/${tier.namespace}/secrets/${connection.secretName}`;
  const found = await callIfFound<Secret>(api, { method: 'GET', path });
  if (found && !isOurs(found, tier)) throw conflict(path);
  if (found && says(found, connection, tier)) return { path, version: found.metadata.resourceVersion };
  fence.assertHeld();
  const { metadata } = await applySecret(api, path, { found, wanted: wantedOf(connection, tier) });
  if (!found && isShared(metadata)) {
    fence.assertHeld();
    await applySecret(api, path, { found: { metadata }, wanted: {} });
    throw conflict(path);
  }
  return { path, version: metadata.resourceVersion };
}

const conflict = (path: string): KubeError =>
  new KubeError(`write ${path}: it is not ours`, { code: 409, reason: 'Foreign' });

/** Marked either way it is the tier's: one of both may have been taken off. */
function isOurs({ metadata: { labels, ownerReferences = [] } }: Secret, { uid }: TierMetadata): boolean {
  return labels?.[UID_LABEL] === uid || ownerReferences.some((owner) => owner.uid === uid);
}

/** Somebody made it in the moment between our look and our write. */
function isShared({ managedFields = [] }: SecretMetadata): boolean {
  return managedFields.some(({ manager, operation }) => manager !== FIELD_MANAGER || operation !== 'Apply');
}

function labelsOf({ uid }: TierMetadata): Readonly<Record<string, string>> {
  return { 'app.kubernetes.io/managed-by': FIELD_MANAGER, [UID_LABEL]: uid };
}

/** Nobody's deletion waits for the Secret, so that no further right is needed to say so. */
function ownerOf({ name, uid }: TierMetadata): OwnerReference {
  return { apiVersion: API_VERSION, kind: KIND, name, uid, controller: true, blockOwnerDeletion: false };
}

const encoded = (text: string): string => Buffer.from(text).toString('base64');

function wantedOf({ data }: Connection, tier: TierMetadata): object {
  return {
    labels: labelsOf(tier),
    ownerReferences: [ownerOf(tier)],
    data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, encoded(text)])),
  };
}

/** What others add to it is theirs. */
function says({ metadata, data = {} }: Secret, { data: wanted }: Connection, tier: TierMetadata): boolean {
  const labelled = Object.entries(labelsOf(tier)).every(([key, value]) => metadata.labels?.[key] === value);
  const owned = (metadata.ownerReferences ?? []).some(({ uid }) => uid === tier.uid);
  return labelled && owned && Object.entries(wanted).every(([key, text]) => data[key] === encoded(text));
}

interface Application {
  readonly found: Pick<Secret, 'metadata'> | undefined;
  readonly wanted: { readonly labels?: object; readonly ownerReferences?: object; readonly data?: object };
}

/** One that was found is written only as it was found; what is new must not take a field from anybody. */
function applySecret(api: KubeApi, path: string, { found, wanted }: Application): Promise<Secret> {
  const { data, ...marks } = wanted;
  const { uid, resourceVersion } = found?.metadata ?? {};
  const name = path.slice(path.lastIndexOf('/') + 1);
  return api.call<Secret>({
    method: 'PATCH',
    path,
    query: { fieldManager: FIELD_MANAGER, force: found !== undefined },
    contentType: 'application/apply-patch+yaml',
    accept: METADATA_ONLY,
    body: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, ...(found ? { uid, resourceVersion } : {}), ...marks },
      ...(data ? { type: 'Opaque', data } : {}),
    },
  });
}

/** What a person can do about a refusal; nothing when it should pass. The API server's own words may quote values. */
function problemOf(error: KubeError, { secretName }: Connection, { namespace }: TierMetadata): Problem | undefined {
  const secret = `Secret "${secretName}" in namespace "${namespace}"`;
  if (error.code === 403) {
    const message = `${FIELD}: the operator may not read or write ${secret}; name it in ${ROLE_FILE} and apply that to the namespace`;
    return { reason: 'AccessDenied', message };
  }
  if (error.reason === 'Foreign') {
    const message = `${FIELD}: ${secret} exists and is not this tier's; delete it, or name another`;
    return { reason: 'OwnershipConflict', message };
  }
  if (error.code >= 400 && error.code < 500 && ![401, 404, 408, 409, 429].includes(error.code)) {
    const message = `${FIELD}: the API server refuses ${secret} (${error.code} ${error.reason}); delete it, or name another`;
    return { reason: 'Invalid', message };
  }
  return undefined;
}
