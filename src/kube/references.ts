/**
 * What a tier's spec names in other objects: read from the tier's own namespace only. What a person can mend becomes a
 * sentence that says how; everything else is an error. Values must not get into errors, logs or sentences.
 */
import type { TierSpec } from '../api/types.ts';
import type { References } from '../core/tier.ts';
import type { KubeApi } from './api.ts';
import { hasCode } from './errors.ts';

type Kind = 'ConfigMap' | 'Secret';

interface KeyReference {
  readonly name: string;
  readonly key: string;
}

interface KeyedObject {
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
}

/** Where a value stands, and which field of the spec says so. */
interface Place extends KeyReference {
  readonly field: string;
  readonly kind: Kind;
  readonly namespace: string;
}

type Reading = { readonly value: string } | { readonly problem: string };

/** The limit that EC2 sets for user data. */
const LARGEST_USER_DATA = 16 * 1024;
const LARGEST_EXTERNAL_ID = 1224;
const PLURALS: Readonly<Record<Kind, string>> = { ConfigMap: 'configmaps', Secret: 'secrets' };

/** Reads everything that the spec names. */
export async function readReferences(api: KubeApi, namespace: string, spec: TierSpec): Promise<References> {
  const [userData, externalID] = await Promise.all([
    readUserData(api, namespace, spec),
    readExternalID(api, namespace, spec),
  ]);
  return {
    ...(userData !== undefined && 'value' in userData ? { userData: userData.value } : {}),
    ...(externalID !== undefined && 'value' in externalID ? { externalID: externalID.value } : {}),
    ...(borrows(spec) ? { borrowed: true } : {}),
    problems: [userData, externalID].flatMap((reading) =>
      reading !== undefined && 'problem' in reading ? [reading.problem] : [],
    ),
  };
}

function borrows({ compute: { userData }, aws }: TierSpec): boolean {
  return [userData?.configMapKeyRef, userData?.secretKeyRef, aws.externalIDSecretRef].some((one) => one !== undefined);
}

async function readUserData(api: KubeApi, namespace: string, spec: TierSpec): Promise<Reading | undefined> {
  const userData = spec.compute.userData;
  if (userData === undefined) return undefined;
  const base = 'spec.compute.userData';
  const { inline, configMapKeyRef, secretKeyRef } = userData;
  if (inline !== undefined) return bounded({ value: inline }, `${base}.inline`, LARGEST_USER_DATA);
  if (configMapKeyRef !== undefined) {
    const place: Place = { field: `${base}.configMapKeyRef`, kind: 'ConfigMap', namespace, ...configMapKeyRef };
    return bounded(await readKey(api, place), place.field, LARGEST_USER_DATA);
  }
  if (secretKeyRef === undefined) return undefined;
  const place: Place = { field: `${base}.secretKeyRef`, kind: 'Secret', namespace, ...secretKeyRef };
  return bounded(await readKey(api, place), place.field, LARGEST_USER_DATA);
}

async function readExternalID(api: KubeApi, namespace: string, spec: TierSpec): Promise<Reading | undefined> {
  const reference = spec.aws.externalIDSecretRef;
  if (reference === undefined) return undefined;
  const place: Place = { field: 'spec.aws.externalIDSecretRef', kind: 'Secret', namespace, ...reference };
  const reading = await readKey(api, place);
  // A line break at the end comes from how the Secret was made; AWS would refuse it.
  return bounded('value' in reading ? { value: reading.value.trim() } : reading, place.field, LARGEST_EXTERNAL_ID);
}

function bounded(reading: Reading, field: string, limit: number): Reading {
  if ('problem' in reading) return reading;
  const size = Buffer.byteLength(reading.value);
  return size <= limit
    ? reading
    : { problem: `${field}: ${size} bytes are more than the ${limit} that AWS takes; shorten it` };
}

async function readKey(api: KubeApi, place: Place): Promise<Reading> {
  try {
    const path = `/api/v1/namespaces/${place.namespace}/${PLURALS[place.kind]}/${place.name}`;
    return valueAt(await api.call<KeyedObject>({ method: 'GET', path }), place);
  } catch (error) {
    if (hasCode(error, 404)) return { problem: missingObject(place) };
    if (hasCode(error, 403)) return { problem: forbidden(place) };
    throw error;
  }
}

function valueAt(object: KeyedObject, place: Place): Reading {
  const text = own(object.data, place.key);
  if (text !== undefined) return place.kind === 'Secret' ? decoded(text, place) : { value: text };
  return { problem: own(object.binaryData, place.key) === undefined ? missingKey(place) : notText(place) };
}

/** A key such as `constructor` is a name like any other. */
function own(data: Readonly<Record<string, string>> | undefined, key: string): string | undefined {
  return data !== undefined && Object.hasOwn(data, key) ? data[key] : undefined;
}

function decoded(base64: string, place: Place): Reading {
  try {
    return { value: new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(base64, 'base64')) };
  } catch {
    return { problem: notText(place) };
  }
}

function missingObject({ field, kind, name, namespace }: Place): string {
  return `${field}: ${kind} "${name}" not found in namespace "${namespace}"; create it or correct the name`;
}

function missingKey({ field, kind, name, namespace, key }: Place): string {
  return `${field}: ${kind} "${name}" in namespace "${namespace}" has no key "${key}"; add it or correct the key`;
}

function notText({ field, kind, name, namespace, key }: Place): string {
  return `${field}: key "${key}" of ${kind} "${name}" in namespace "${namespace}" is not UTF-8 text; store text`;
}

function forbidden({ field, kind, namespace }: Place): string {
  const rule = `verb "get" on "${PLURALS[kind]}" in namespace "${namespace}"`;
  return `${field}: the operator may not read ${kind}s there; bind a Role with ${rule} to its service account`;
}
