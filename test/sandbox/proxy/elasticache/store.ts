/**
 * What an account has in ElastiCache in one region. The stand-in knows hardly any of it, so that the proxy keeps all of it
 * itself; what passes with time is a course of `lifecycle.ts`, and what is true at its end is an effect kept here.
 */
import { isHidden } from '../births.ts';
import type { Call } from '../call.ts';
import { Refusal } from '../call.ts';
import { begin, progress, type Stage } from '../lifecycle.ts';
import type { World } from '../world.ts';

/** Tags of one resource. */
export type Tags = Readonly<Record<string, string>>;

export interface SubnetGroup {
  readonly name: string;
  readonly arn: string;
  readonly vpcId: string;
  description: string;
  subnets: readonly { readonly id: string; readonly zone: string }[];
}

export interface ParameterGroup {
  readonly name: string;
  readonly arn: string;
  readonly family: string;
  readonly description: string;
  readonly parameters: Map<string, string>;
}

export interface User {
  readonly id: string;
  readonly arn: string;
  readonly name: string;
  engine: string;
  access: string;
  /** Only how many there are is ever told. */
  passwords: readonly string[];
}

export interface UserGroup {
  readonly id: string;
  readonly arn: string;
  engine: string;
  userIds: readonly string[];
  adding: readonly string[];
  removing: readonly string[];
}

/** What of a replication group can change. */
export interface GroupSettings {
  readonly description: string;
  readonly engine: string;
  readonly version: string;
  readonly nodeType: string;
  readonly nodes: readonly string[];
  readonly failover: boolean;
  readonly multiAz: boolean;
  readonly parameterGroup: string;
  readonly securityGroups: readonly string[];
  readonly tls: 'disabled' | 'preferred' | 'required';
  readonly userGroups: readonly string[];
  readonly retention: number;
  readonly window: string;
  readonly maintenance: string;
  readonly autoMinor: boolean;
}

export interface Group {
  readonly id: string;
  readonly arn: string;
  readonly subnetGroup: string;
  readonly atRest: boolean;
  readonly kmsKey: string | undefined;
  readonly port: number;
  /** The place of the primary among the nodes. */
  primary: number;
  now: GroupSettings;
  /** What it will be when AWS is done. */
  next: GroupSettings;
}

export interface Cache {
  readonly name: string;
  readonly arn: string;
  readonly subnetIds: readonly string[];
  readonly kmsKey: string | undefined;
  description: string;
  engine: string;
  version: string;
  securityGroups: readonly string[];
  userGroup: string | undefined;
  retention: number;
  snapshotTime: string;
  maxStorage: number | undefined;
  maxECPU: number | undefined;
}

export interface Snapshot {
  readonly name: string;
  readonly arn: string;
  readonly source: string;
}

/** Everything. */
export interface Store {
  readonly subnetGroups: Map<string, SubnetGroup>;
  readonly parameterGroups: Map<string, ParameterGroup>;
  readonly users: Map<string, User>;
  readonly userGroups: Map<string, UserGroup>;
  readonly groups: Map<string, Group>;
  readonly caches: Map<string, Cache>;
  readonly snapshots: Map<string, Snapshot>;
  readonly serverlessSnapshots: Map<string, Snapshot>;
  /** By ARN. */
  readonly tags: Map<string, Tags>;
  /** What happens at the end of a course, by its key. */
  readonly effects: Map<string, () => void>;
}

/** A call, and what it is about. */
export interface Scene {
  readonly world: World;
  readonly call: Call;
  readonly store: Store;
}

const stores = new WeakMap<World, Map<string, Store>>();

/** What the caller's account has in the region of the call. */
export function storeOf(world: World, { account, region }: Call): Store {
  const places = stores.get(world) ?? new Map<string, Store>();
  stores.set(world, places);
  const key = `${account}/${region}`;
  const known = places.get(key);
  if (known) return known;
  const store: Store = {
    subnetGroups: new Map(),
    parameterGroups: new Map(),
    users: new Map(),
    userGroups: new Map(),
    groups: new Map(),
    caches: new Map(),
    snapshots: new Map(),
    serverlessSnapshots: new Map(),
    tags: new Map(),
    effects: new Map(),
  };
  places.set(key, store);
  return store;
}

/** Lets come true what was to be at the end of every course that is over. */
export function settle({ world, call, store }: Scene): void {
  for (const [key, effect] of store.effects) {
    if (progress(world, call, key)) continue;
    store.effects.delete(key);
    effect();
  }
}

/** Begins a course; at its end the effect comes true. */
export function under(
  { world, call, store }: Scene,
  key: string,
  stages: readonly Stage[],
  effect: () => void = () => {},
): void {
  begin(world, call, key, stages);
  store.effects.set(key, effect);
}

/** The state of what is on its way; nothing when nothing is. */
export function stateOf({ world, call }: Scene, key: string): string | undefined {
  return progress(world, call, key)?.state;
}

/** An ARN of the caller's account. */
export function arn({ call }: Scene, sort: string, name: string): string {
  return `arn:aws:elasticache:${call.region}:${call.account}:${sort}:${name}`;
}

/** Keeps the tags of what a call makes, and that it made it. */
export function born({ call, store }: Scene, made: string, tags: Tags): void {
  call.trace.created.push(made);
  store.tags.set(made, tags);
}

/** Whether reads see it already. */
export function isSeen({ world, call }: Scene, { arn: id }: { readonly arn: string }): boolean {
  return !isHidden(world, call, id);
}

/** One by its name; without it, all that reads see. */
export function chosen<T extends { readonly arn: string }>(
  scene: Scene,
  all: ReadonlyMap<string, T>,
  name: string | undefined,
  missing: string,
): readonly T[] {
  const seen = [...all].filter(([, one]) => isSeen(scene, one));
  if (name === undefined) return seen.map(([, one]) => one);
  const found = seen.find(([key]) => key === name.toLowerCase());
  if (!found) throw new Refusal(missing, `${name} not found.`, 404);
  return [found[1]];
}
