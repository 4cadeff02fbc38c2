/**
 * All that shared code may ever know about one sort of AWS resource. A kind declares its answers here, so that planner,
 * apply and status never branch on which kind they hold. This file must not call AWS.
 */
import type { NodeId } from './ref.ts';

/** What a change does to whoever uses the resource: nothing, an interruption, or a new resource in its place. */
export type Impact = 'online' | 'restart' | 'replace';

/**
 * How one top-level field of a spec is compared. Without a rule: compare deeply, update online.
 * - `replace`: a difference needs a new resource
 * - `restart`: a difference needs an interruption
 * - `ignore`: read at creation only, never compared
 * - `unordered`: a list compared as a set
 * - `growOnly`: a number; AWS may hold more than was asked
 */
export type FieldRule = 'replace' | 'restart' | 'ignore' | 'unordered' | 'growOnly';

/** One difference between what is asked and what was observed; `path` is dotted, `from` is observed, `to` is desired. */
export interface Change {
  readonly path: string;
  readonly from: unknown;
  readonly to: unknown;
  readonly impact: Impact;
}

/** One line of a monthly bill: `quantity` units of the named rate in the price table. */
export interface Charge {
  readonly rate: string;
  readonly quantity: number;
}

/** A spec of another kind that keeps the data of a stateful resource after its end. */
export interface Keeper {
  readonly type: string;
  /** The keeper's spec, from the attributes of the resource whose data it keeps. */
  readonly specOf: (attributes: Readonly<Record<string, unknown>>) => object;
}

/** What a kind declares about itself; `S` is its spec, `A` the attributes that AWS gives it. */
export interface Kind<S extends object = object, A extends object = object> {
  /** `service.resource`, for example `ec2.vpc`. */
  readonly type: string;
  readonly rules?: { readonly [K in keyof S]?: FieldRule };
  /** Creates have neither token nor name: the intent must be recorded, and accepted, before the call. */
  readonly anonymous?: boolean;
  /** One for all regions of an account, as IAM's are: read once for all of them. */
  readonly global?: boolean;
  /** Holds data: never deleted or replaced without the policy that says so. */
  readonly stateful?: boolean;
  /** What preserves the data of a stateful resource before it is deleted; none means that it is retained instead. */
  readonly keeper?: Keeper;
  /** Whether a change needs a person's approval whatever the tier's policy says, as one that cannot be taken back does. */
  readonly approval?: (change: Change) => boolean;
  /** Whether the keeper must have made a copy, whose id is in the status, before these changes are made. */
  readonly keepBefore?: (changes: readonly Change[]) => boolean;
  /** Seconds between looks while AWS works on it; 0: the answer to `create` is final and usable at once. Default 2. */
  readonly settle?: number;
  /** Verbs of it may answer that nothing is to be waited for: whatever stands on it may be done in the same pass. */
  readonly prompt?: boolean;
  /** Default `deleteFirst`. */
  readonly replace?: 'createFirst' | 'deleteFirst';
  /** A step, not a resource. */
  readonly operation?: boolean;
  /** Fields that come to differ in the wake of what was asked for, maybe later and elsewhere: that is a change, never drift. */
  readonly aftermath?: readonly (keyof S & string)[];
  /**
   * Fields that are changed before all others and without them, because something else follows the wish already: whatever the
   * others wait for, and whatever AWS refuses of them, must not hold these up.
   */
  readonly first?: readonly (keyof S & string)[];
  /**
   * Fields that say what becomes of it at its end. The call that deletes goes by what AWS holds of them, so that they are brought
   * to what its node wants before that call.
   */
  readonly ending?: readonly (keyof S & string)[];
  /** Fields whose values are never printed, logged or stored. */
  readonly sensitive?: readonly (keyof S & string)[];
  /** What it adds to the monthly bill. */
  readonly cost?: (spec: S) => readonly Charge[];
  /** Phantom: the attributes that references may name. */
  readonly attributes?: A;
}

/** Who a resource belongs to. `uid` is absent where AWS keeps no tags that a bulk read returns. */
export interface Owner {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid?: string;
}

/** AWS's own word for how far a resource is, and what that means to us. */
export interface Health {
  /** AWS's word, for people: `pending`, `available`, `running` … */
  readonly state: string;
  /**
   * `ready`: serves. `settling`: AWS works on it, nothing may touch it. `warming`: takes changes, and others may stand on it,
   * but it does not serve yet. `failed`: will not get better by waiting. `deleting`: on its way out.
   */
  readonly phase: 'ready' | 'settling' | 'warming' | 'failed' | 'deleting';
  /** Why, when it is not ready. */
  readonly reason?: string;
  /** RFC 3339: nothing is at work, time is; it is ready then, or over, and nobody has to look before. */
  readonly until?: string;
  /** Seconds after which it is worth looking again, where that depends on how far it is; otherwise as its kind says. */
  readonly pace?: number;
  /** Top-level fields that AWS does not change right now, for its own reasons and whatever the phase: a change of them waits. */
  readonly closed?: readonly string[];
}

/**
 * One resource as observed, in the shape of its kind's spec. A field that AWS says is absent is `null`; a field that
 * was not looked at is missing, and missing fields are never compared.
 */
export interface Owned<S extends object = object, A extends object = object> {
  readonly owner: Owner | undefined;
  /** The node whose tags, name or path it carries; `undefined` when those were stripped and it was found by id. */
  readonly node: NodeId | undefined;
  /** 0 when it does not say how many came before it: the status knows. */
  readonly incarnation: number;
  /** What AWS calls it: id, ARN or name. Never reused by another resource of ours. */
  readonly id: string;
  readonly spec: Partial<{ readonly [K in keyof S]: S[K] | null }>;
  readonly attributes: A;
  /** Its tags without `aws:*`; missing when the read that found it does not return tags. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly health: Health;
  /**
   * Where it serves right now, where AWS moves it by itself, as a database with a standby. A move is an event and no drift, and
   * what moves may be out of service for a while.
   */
  readonly place?: string;
  /**
   * What it holds for which AWS does not delete it, and what can be done about that, for people: a bucket with objects in it.
   * Missing when it is empty, and where nobody looked.
   */
  readonly holds?: string;
  /** What AWS makes of it when it is deleted, and keeps: its last snapshot, where the call that deletes it asks for one. */
  readonly leaves?: string;
}
