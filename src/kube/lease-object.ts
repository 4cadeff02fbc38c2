/**
 * The Lease object: read, create, replace, and the marks by which processes talk to each other on it. Replacing names the
 * version that was read, so that of two writers one loses. It must not decide who may hold it.
 */
import { GROUP } from '../api/well-known.ts';
import { callIfFound, type KubeApi } from './api.ts';

/** A `coordination.k8s.io/v1` Lease, as far as it is used. */
export interface LeaseObject {
  readonly metadata: {
    readonly resourceVersion: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: LeaseSpec;
}

/** Who holds it since when. */
export interface LeaseSpec {
  readonly holderIdentity?: string | null;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

/** What processes say to each other on a Lease. */
export interface LeaseMarks {
  /** Among how many shards the last holder divides the tiers. */
  readonly shards: number;
  /** Among how many they were divided before, while somebody may still serve them so; 0 when nobody may. */
  readonly formerShards: number;
  /** Who asks for the lease, or is offered it; empty when nobody is. */
  readonly askedBy: string;
}

/** Which Lease, and how long a holder may be silent. */
export interface LeaseAddress {
  readonly api: KubeApi;
  readonly namespace: string;
  readonly name: string;
  readonly leaseDuration: number;
  readonly renewDeadline: number;
}

/** More shards than this are not served: the shipped Role lists the lease of each by its name. */
export const MOST_SHARDS = 16;

const SHARDS = `${GROUP}/shards`;
const FORMER_SHARDS = `${GROUP}/former-shards`;
const ASKED_BY = `${GROUP}/asked-by`;

/** The marks on a Lease. One without any is of a process that knows no shards: it serves all tiers as one. */
export function marksOf(lease: LeaseObject | undefined): LeaseMarks {
  const texts = lease?.metadata.annotations ?? {};
  return {
    shards: countIn(texts[SHARDS]) || 1,
    formerShards: countIn(texts[FORMER_SHARDS]),
    askedBy: texts[ASKED_BY] ?? '',
  };
}

/** The Lease, if there is one. */
export function readLease(address: LeaseAddress, signal?: AbortSignal): Promise<LeaseObject | undefined> {
  return callIfFound<LeaseObject>(address.api, {
    method: 'GET',
    path: `${collection(address)}/${address.name}`,
    timeoutMilliseconds: address.renewDeadline / 2,
    ...(signal === undefined ? {} : { signal }),
  });
}

/** Writes a Lease in place of the one that was read, or a new one; fails with 409 when somebody was faster. */
export function writeLease(
  address: LeaseAddress,
  read: LeaseObject | undefined,
  { spec, marks }: { readonly spec: LeaseSpec; readonly marks: LeaseMarks },
  signal?: AbortSignal,
): Promise<LeaseObject> {
  const annotations = { ...read?.metadata.annotations, ...textsOf(marks) };
  const metadata = { name: address.name, namespace: address.namespace, ...read?.metadata, annotations };
  return address.api.call<LeaseObject>({
    method: read === undefined ? 'POST' : 'PUT',
    path: read === undefined ? collection(address) : `${collection(address)}/${address.name}`,
    body: { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec },
    timeoutMilliseconds: address.renewDeadline / 2,
    ...(signal === undefined ? {} : { signal }),
  });
}

/** The next record of a Lease that `identity` holds from now on; nobody does when it is empty. */
export function nextSpec(
  identity: string,
  leaseDuration: number,
  old: LeaseSpec | undefined,
  date: Date,
): Required<LeaseSpec> {
  const now = microTime(date);
  const same = old?.holderIdentity === identity;
  const released = identity === '';
  return {
    holderIdentity: identity,
    leaseDurationSeconds: released ? 1 : Math.max(1, Math.round(leaseDuration / 1000)),
    acquireTime: (same || released ? old?.acquireTime : undefined) ?? now,
    renewTime: now,
    leaseTransitions: (old?.leaseTransitions ?? 0) + (same || released || old === undefined ? 0 : 1),
  };
}

/** A mark that says nothing is not written. */
function textsOf({ shards, formerShards, askedBy }: LeaseMarks): Readonly<Record<string, string | undefined>> {
  return {
    [SHARDS]: String(shards),
    [FORMER_SHARDS]: formerShards === 0 ? undefined : String(formerShards),
    [ASKED_BY]: askedBy === '' ? undefined : askedBy,
  };
}

/** Whatever a person wrote there: nobody ever served more shards than the most. */
function countIn(text: string | undefined): number {
  const count = Number(text ?? 0);
  return Number.isInteger(count) && count > 0 ? Math.min(count, MOST_SHARDS) : 0;
}

function collection({ namespace }: LeaseAddress): string {
  return `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
}

/** A `MicroTime` of Kubernetes. */
export function microTime(date: Date): string {
  return date.toISOString().replace('Z', '000Z');
}
