/** What the engine works with, handed in by main: the edge towards AWS, the kinds, the stages, and how patient to be. */
import type { StageName } from '../api/types.ts';
import type { Credential } from '../aws/credential.ts';
import type { AnyResource } from '../aws/driver.ts';
import type { Observer } from '../aws/observer.ts';
import type { Sessions } from '../aws/session.ts';
import type { Stage } from '../core/facts.ts';
import type { Move } from '../core/move.ts';
import type { NodeId } from '../core/ref.ts';
import type { Log } from '../ops/log.ts';
import type { Expected } from './aftermath.ts';

/** How patient the engine is, in seconds. */
export interface Patience {
  /** How old a shared reading may be for a tier at rest. */
  readonly sweepSeconds: number;
  /** How long a deviation must have been seen before it is corrected. */
  readonly driftConfirmationSeconds: number;
  /** How long AWS may take to show what was created. */
  readonly absenceGraceSeconds: number;
  /** How often what no sweep returns is looked at. */
  readonly deepLookSeconds: number;
}

/** One action that was carried out, for metrics and logs. */
export interface Deed {
  readonly tier: string;
  readonly node: NodeId;
  readonly kind: string;
  readonly action: string;
  readonly result: string;
}

/** Everything that a pass needs and that outlives it. */
export interface Engine {
  /** Id of this operator installation. */
  readonly cluster: string;
  readonly sessions: Sessions;
  readonly observer: Observer;
  /** In the order in which they are built. */
  readonly resources: readonly AnyResource[];
  /** In the order in which an app climbs. */
  readonly stages: Readonly<Record<StageName, Stage>>;
  readonly moves: readonly Move[];
  readonly patience: Patience;
  readonly log: Log;
  readonly onDeed: (deed: Deed) => void;
  /** What earlier passes of this process noticed; losing it costs a few reads, nothing else. */
  readonly memory: Map<string, Memory>;
  readonly now: () => Date;
}

/** What was tried on one node in vain, times in milliseconds. */
export interface Attempts {
  /** Writes that AWS accepted, by what they would do. */
  readonly accepted: Map<string, { readonly count: number; readonly last: number }>;
  /** Since when AWS refuses for a reason that should pass. */
  refusedSince?: number;
}

/** A credential as it was read, and when, on the monotonic clock. */
export interface KnownCredential {
  /** Of which secret and version. */
  readonly key: string;
  readonly at: number;
  readonly value: Credential;
}

/** What this process remembers of one tier between passes. Never a source of truth. */
export interface Memory {
  /** Kinds that were not at rest: they are read fresh. */
  readonly restless: Set<string>;
  /** Kinds that may come to differ in the wake of a change. */
  readonly aftermath: Expected;
  /** What was tried on nodes that are not as they should be yet. */
  readonly attempts: Map<NodeId, Attempts>;
  /** What was wanted when everything was last looked at deeply: a generation of the spec, on its way. Absent: nobody has looked. */
  wish?: string;
  /** When everything was last looked at deeply, on the monotonic clock. */
  deepAt: number;
  /** The credential that was last read, so that it is read once for each version. */
  credential?: KnownCredential;
}

/** The memory of a tier, started when there is none. The first deep look of a tier at rest is spread over the whole interval. */
export function memoryOf({ memory, patience }: Engine, uid: string): Memory {
  const found = memory.get(uid);
  if (found) return found;
  const deepAt = performance.now() - Math.random() * patience.deepLookSeconds * 1000;
  const fresh: Memory = { restless: new Set(), aftermath: new Map(), attempts: new Map(), deepAt };
  memory.set(uid, fresh);
  return fresh;
}
