/**
 * The Lease object: read, create, replace. Replacing names the version that was read, so that of two candidates one
 * loses. It must not decide who may hold it.
 */
import { callIfFound, type KubeApi } from './api.ts';

/** A `coordination.k8s.io/v1` Lease, as far as it is used. */
export interface LeaseObject {
  readonly metadata: { readonly resourceVersion: string };
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

/** Which Lease, and who wants it for how long. */
export interface LeaseAddress {
  readonly api: KubeApi;
  readonly namespace: string;
  readonly name: string;
  readonly identity: string;
  readonly leaseDuration: number;
  readonly renewDeadline: number;
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

/** Writes the identity into the Lease that was read, or into a new one; fails with 409 when somebody was faster. */
export function writeLease(
  address: LeaseAddress,
  read: LeaseObject | undefined,
  date: Date,
  signal?: AbortSignal,
): Promise<LeaseObject> {
  const metadata = { name: address.name, namespace: address.namespace, ...read?.metadata };
  return address.api.call<LeaseObject>({
    method: read === undefined ? 'POST' : 'PUT',
    path: read === undefined ? collection(address) : `${collection(address)}/${address.name}`,
    body: { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec: specFor(address, read?.spec, date) },
    timeoutMilliseconds: address.renewDeadline / 2,
    ...(signal === undefined ? {} : { signal }),
  });
}

function specFor(address: LeaseAddress, old: LeaseSpec | undefined, date: Date): LeaseSpec {
  const now = microTime(date);
  const same = old?.holderIdentity === address.identity;
  const released = address.identity === '';
  return {
    holderIdentity: address.identity,
    leaseDurationSeconds: released ? 1 : Math.max(1, Math.round(address.leaseDuration / 1000)),
    acquireTime: (same || released ? old?.acquireTime : undefined) ?? now,
    renewTime: now,
    leaseTransitions: (old?.leaseTransitions ?? 0) + (same || released || old === undefined ? 0 : 1),
  };
}

function collection({ namespace }: LeaseAddress): string {
  return `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
}

/** A `MicroTime` of Kubernetes. */
export function microTime(date: Date): string {
  return date.toISOString().replace('Z', '000Z');
}
