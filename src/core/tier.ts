/**
 * A ScalingTier as the engine sees it, and what a pass over it answers: the contract between the edge towards
 * Kubernetes and everything behind it. Types only; nothing here may name a client of either side.
 */
import type { TierSpec, TierStatus } from '../api/types.ts';

/** The metadata that decisions are made on. */
export interface TierMetadata {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly resourceVersion: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly finalizers: readonly string[];
  /** RFC 3339; present when the object is being deleted. */
  readonly deletionTimestamp?: string;
}

/** What the spec names in other objects of the same namespace, read by the Kubernetes edge. */
export interface References {
  /** The user's own user data, plain text. */
  readonly userData?: string;
  readonly externalID?: string;
  /** Some of it stands in other objects, which may change while the tier does not. */
  readonly borrowed?: true;
  /** One sentence for each reference that could not be read: the field, what is missing, the way out. */
  readonly problems: readonly string[];
}

/** One tier, complete with defaults, for one pass. */
export interface Tier {
  readonly metadata: TierMetadata;
  readonly spec: TierSpec;
  readonly status: TierStatus;
  readonly references: References;
}

/** One thing that happened and that a person may want to see; reasons are those of the user guide. */
export interface TierEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  /** What was done, for `events.k8s.io/v1` `action`: `Create`, `Update`, `Delete`, `Observe`. */
  readonly action: string;
  readonly message: string;
}

/** What a pass lends to the engine. */
export interface Pass {
  /** Aborted when the lease is lost or the process ends: no write may start after that. */
  readonly signal: AbortSignal;
  /** Writes a status now and returns when the API server has accepted it; fails when the object has moved on. */
  record(status: TierStatus): Promise<void>;
}

/** What is to stand in a Secret of the tier's namespace. Never logged, never in a status. */
export interface Connection {
  readonly secretName: string;
  /** Plain text by key. */
  readonly data: Readonly<Record<string, string>>;
}

/** The answer of a pass. */
export interface Verdict {
  /** The status to write, complete; the Kubernetes edge writes it only when it differs. */
  readonly status: TierStatus;
  readonly events: readonly TierEvent[];
  /** Seconds until the next look. */
  readonly requeueAfter: number;
  /** AWS holds nothing of ours any more (or all of it is retained): the finalizer may go. */
  readonly gone: boolean;
  readonly result: 'success' | 'error';
  /** Absent: nothing is known anew, and what was written stays. */
  readonly connection?: Connection;
  /**
   * Given when nothing was to do and time alone changes nothing: looks at AWS again and answers whether the same verdict
   * would follow for the same tier. It writes nothing and never fails.
   */
  readonly still?: () => Promise<boolean>;
}
