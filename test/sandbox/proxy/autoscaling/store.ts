/**
 * Auto Scaling groups as the proxy keeps them. The stand-in's own start everything at once, lose half of what they are told and
 * cannot refresh, so the groups are here, and only their instances are the stand-in's. They are resources and no states on
 * their way: what the proxy is told to forget leaves them alone.
 */
import { randomUUID } from 'node:crypto';
import { isHidden } from '../births.ts';
import { type Call, Refusal, text, type Value } from '../call.ts';
import type { World } from '../world.ts';

/** Where a call is handled. */
export interface Scene {
  readonly world: World;
  readonly call: Call;
}

/** A launch template at a version, as calls name it. */
export interface Template {
  readonly id: string;
  readonly name: string;
  readonly version: string;
}

/** One entry of a group's history. */
export interface Activity {
  readonly id: string;
  description: string;
  readonly cause: string;
  readonly start: number;
  end?: number;
  status: 'InProgress' | 'Successful' | 'Failed';
  message?: string;
}

/** An instance of a group. */
export interface Member {
  readonly id: string;
  readonly subnet: string;
  readonly zone: string;
  readonly type: string;
  readonly template: Template;
  lifecycle: 'Pending' | 'InService' | 'Terminating';
  healthy: boolean;
  /** Since when it is in service. */
  since: number;
  activity: Activity;
}

/** How instances are replaced. */
export interface Preferences {
  readonly least: number;
  readonly most: number;
  /** Seconds. */
  readonly warmup: number;
  /** Seconds. */
  readonly bake: number;
  readonly skipMatching: boolean;
  readonly autoRollback: boolean;
  readonly alarms: readonly string[];
}

/** An instance refresh. */
export interface Refresh {
  readonly id: string;
  status: string;
  reason?: string;
  readonly start: number;
  end?: number;
  /** What was named as wanted; without it, the group's own. */
  readonly desired?: Template;
  /** What the group had before. */
  readonly previous: Template;
  readonly preferences: Preferences;
  /** As it was asked, to be echoed. */
  readonly asked: Value;
  /** Instances to replace at the start, and now. */
  total: number;
  left: number;
  /** Launches that failed in a row. */
  failures: number;
  bakingSince?: number;
  rollback?: { readonly reason: string; readonly start: number };
  /** Why its launches fail, when a fault rule wants them to. */
  ending?: string;
}

/** A scaling policy. */
export interface Policy {
  readonly name: string;
  readonly arn: string;
  readonly type: string;
  readonly tracking: Value;
  readonly alarms: readonly string[];
}

/** A tag and whether instances get it. */
export interface GroupTag {
  readonly value: string;
  readonly propagate: boolean;
}

/** A group. */
export interface Group {
  readonly name: string;
  readonly arn: string;
  readonly created: number;
  min: number;
  max: number;
  desired: number;
  subnets: readonly string[];
  template: Template;
  /** Everything that is only echoed, by AWS's names. */
  settings: Readonly<Record<string, Value>>;
  readonly targetGroups: Set<string>;
  readonly tags: Map<string, GroupTag>;
  readonly metrics: Set<string>;
  readonly suspended: Map<string, string>;
  readonly members: Map<string, Member>;
  /** Newest first. */
  readonly activities: Activity[];
  /** Newest first. */
  readonly refreshes: Refresh[];
  readonly policies: Map<string, Policy>;
  /** Why launches fail, when a fault rule wants them to. */
  ending?: string;
  /** When the next launch is tried. */
  retryAt: number;
  /** When load balancing was last asked which instances are healthy. */
  checkedAt: number;
  /** Since then it is being deleted, until then it is shown. */
  goneAt?: number;
}

/** The groups of one account and region. */
export interface Region {
  readonly groups: Map<string, Group>;
  /** When all instances were last looked at. */
  lookedAt: number;
  /** When somebody last began to do what was due. */
  advancedAt: number;
  /** Calls are handled one after the other. */
  turn: Promise<unknown>;
}

const worlds = new WeakMap<World, Map<string, Region>>();

/** The groups where a call is made. */
export function regionOf({ world, call }: Scene): Region {
  const regions = worlds.get(world) ?? new Map<string, Region>();
  worlds.set(world, regions);
  const key = `${call.account}/${call.region}`;
  const region = regions.get(key) ?? { groups: new Map(), lookedAt: 0, advancedAt: 0, turn: Promise.resolve() };
  regions.set(key, region);
  return region;
}

/** Does something when everything before it is done. */
export function inTurn<T>(scene: Scene, work: () => Promise<T>): Promise<T> {
  const region = regionOf(scene);
  const done = region.turn.then(work);
  region.turn = done.catch(() => undefined);
  return done;
}

/** AWS's code for whatever Auto Scaling does not accept. */
export function invalid(message: string): Refusal {
  return new Refusal('ValidationError', message);
}

/** The group that a call names. */
export function groupOf(scene: Scene): Group {
  const name = text(scene.call.params, 'AutoScalingGroupName') ?? '';
  const group = regionOf(scene).groups.get(name);
  if (!group || isHidden(scene.world, scene.call, name)) throw invalid(`AutoScalingGroup name not found - ${name}`);
  return group;
}

/** Whether two are one version of one template. */
export const isSameTemplate = (one: Template, other: Template): boolean =>
  one.id === other.id && one.version === other.version;

/** The instances that are not on their way out. */
export const alive = ({ members }: Group): readonly Member[] =>
  [...members.values()].filter(({ lifecycle }) => lifecycle !== 'Terminating');

const ENDED = new Set(['Successful', 'Failed', 'Cancelled', 'RollbackSuccessful', 'RollbackFailed']);

/** The refresh that is under way. */
export const activeRefresh = ({ refreshes }: Group): Refresh | undefined =>
  refreshes.find(({ status }) => !ENDED.has(status));

/** Enters something in a group's history. */
export function enter(group: Group, description: string, cause: string, start: number): Activity {
  const activity: Activity = { id: randomUUID(), description, cause, start, status: 'InProgress' };
  group.activities.unshift(activity);
  group.activities.length = Math.min(group.activities.length, 100);
  return activity;
}
