/**
 * What pods need to reach a stage's database, from what AWS holds and the credential in its secret. The credential goes
 * into the verdict for the Kubernetes edge and nowhere else: no status, event or log may be drawn from what is made here.
 */
import { type Credential, readCredential } from '../aws/credential.ts';
import { classify } from '../aws/errors.ts';
import type { ConnectionOutput } from '../core/facts.ts';
import type { Failure } from '../core/outcome.ts';
import { resolveLive } from '../core/plan-desired.ts';
import { hasUnknown } from '../core/ref.ts';
import type { Snapshot } from '../core/snapshot.ts';
import type { Connection } from '../core/tier.ts';
import type { Course } from './course.ts';
import { type Memory, memoryOf } from './engine.ts';
import { rereadAfter } from './rhythm.ts';

/** What came of it. */
export interface Connecting {
  readonly connection?: Connection;
  /** The snapshot, in which a credential that could not be read counts among what could not be read. */
  readonly snapshot: Snapshot;
  /** Seconds until it is read again: what failed, and what may change unseen. */
  readonly within: number;
}

/** What stands in a status for what is read here. */
const READING = 'connection';

/** How long a credential counts of which no version is named, in milliseconds: others may change it. */
const UNVERSIONED_MILLISECONDS = 60_000;

type Resolved = {
  readonly values: Readonly<Record<string, unknown>>;
  readonly credential: Readonly<Record<'secretArn' | 'versionId', unknown>>;
};

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

function textOf(value: unknown): string | undefined {
  if (Array.isArray(value)) return value.filter(isText).join(',');
  return hasUnknown(value) ? undefined : String(value);
}

/** All values as text; nothing when one is not known yet. */
function textsOf(values: Resolved['values']): Readonly<Record<string, string>> | undefined {
  const texts = Object.entries(values).map(([key, value]) => [key, textOf(value)] as const);
  return texts.some(([, text]) => text === undefined)
    ? undefined
    : (Object.fromEntries(texts) as Record<string, string>);
}

/** Every key is always there, so that whoever mounts them finds the same files. */
function dataOf(texts: Readonly<Record<string, string>>, credential: Credential): Connection['data'] {
  const fill = (text: string): string =>
    text.replaceAll(/\{(username|password)\}/g, (_, field: 'username' | 'password') =>
      encodeURIComponent(credential[field]),
    );
  const filled = Object.entries(texts).map(([key, text]) => [key, fill(text)]);
  return { ...Object.fromEntries(filled), username: credential.username, password: credential.password };
}

async function credentialOf(
  { aws }: Course,
  memory: Memory,
  place: { readonly secretArn: string; readonly versionId?: string },
): Promise<Credential> {
  const key = `${place.secretArn} ${place.versionId ?? ''}`;
  const now = performance.now();
  const known = memory.credential;
  const counts = known?.key === key && (place.versionId !== undefined || now - known.at < UNVERSIONED_MILLISECONDS);
  if (known && counts) return known.value;
  const value = await readCredential(aws, place);
  memory.credential = { key, at: now, value };
  return value;
}

function failed(snapshot: Snapshot, failure: Failure): Connecting {
  const unread = new Map([...snapshot.unread, [READING, failure]]);
  return { snapshot: { ...snapshot, unread }, within: rereadAfter(failure.class) };
}

/** The connection, once all of it is known. */
async function connect(course: Course, output: ConnectionOutput, snapshot: Snapshot): Promise<Connection | undefined> {
  const { values, credential } = resolveLive({ spec: output }, snapshot) as ConnectionOutput & Resolved;
  const texts = textsOf(values);
  const { secretArn, versionId } = credential;
  if (texts === undefined || !isText(secretArn) || hasUnknown(versionId)) return undefined;
  const place = { secretArn, ...(isText(versionId) ? { versionId } : {}) };
  const memory = memoryOf(course.engine, course.owner.uid);
  return { secretName: output.secretName, data: dataOf(texts, await credentialOf(course, memory, place)) };
}

/** What the Kubernetes edge is to write; nothing while a tier is deleted or only observed. */
export async function connectionOf(course: Course, snapshot: Snapshot): Promise<Connecting> {
  const { blueprint, deleting, passive } = course;
  const output = deleting || passive ? undefined : blueprint.outputs.connection;
  const never = Number.POSITIVE_INFINITY;
  if (!output) return { snapshot, within: never };
  try {
    const connection = await connect(course, output, snapshot);
    // Of a version it is known that it stays the same.
    const changes = connection !== undefined && output.credential.versionId === undefined;
    const within = changes ? UNVERSIONED_MILLISECONDS / 1000 : never;
    return { snapshot, within, ...(connection ? { connection } : {}) };
  } catch (error) {
    const { class: sort, code, message } = classify(error);
    return failed(snapshot, { class: sort, code, message });
  }
}
