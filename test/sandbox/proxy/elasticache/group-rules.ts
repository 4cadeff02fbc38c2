/**
 * What ElastiCache refuses of replication groups (API reference: CreateReplicationGroup, ModifyReplicationGroup; User Guide:
 * "Minimizing downtime with Multi-AZ", "In-transit encryption"). Each throws its refusal; none changes anything.
 */
import { Refusal } from '../call.ts';
import { checkFamily } from './parameter-groups.ts';
import type { GroupSettings, Scene } from './store.ts';
import { checkUserGroups } from './user-groups.ts';

const combination = (message: string): Refusal => new Refusal('InvalidParameterCombination', message);

function checkAvailability({ failover, multiAz, nodes }: GroupSettings): void {
  if (failover && nodes.length < 2) throw combination('Automatic failover requires at least one replica.');
  if (multiAz && !failover) throw combination('Must specify automatic failover to enable Multi-AZ.');
}

function checkSettings(scene: Scene, settings: GroupSettings): void {
  checkAvailability(settings);
  if (!/^cache\.[a-z0-9]+\.[a-z0-9]+$/.test(settings.nodeType))
    throw new Refusal('InvalidParameterValue', `Invalid cache node type: ${settings.nodeType}`);
  if (settings.nodes.length > 6)
    throw new Refusal('InvalidParameterValue', 'The number of replicas must be within 0 and 5.');
  if (settings.userGroups.length > 1) throw combination('At most one user group can be associated.');
  if (settings.userGroups.length > 0 && settings.tls === 'disabled')
    throw combination('User group based access control requires encryption-in-transit to be enabled.');
  checkFamily(scene, settings.parameterGroup, settings.engine, settings.version);
}

/** Of a new group. */
export function checkNew(scene: Scene, settings: GroupSettings): void {
  checkSettings(scene, settings);
  checkUserGroups(scene, settings.userGroups);
}

const isOlder = (one: string, other: string): boolean => one.localeCompare(other, 'en', { numeric: true }) < 0;

function checkEngine(now: GroupSettings, next: GroupSettings): void {
  if (now.engine === 'valkey' && next.engine !== 'valkey')
    throw combination('Valkey cannot be changed to another engine.');
  if (now.engine === next.engine && isOlder(next.version, now.version))
    throw combination(`Cannot downgrade from ${now.version} to ${next.version}.`);
}

/** Of a change. */
export function checkChange(scene: Scene, now: GroupSettings, next: GroupSettings): void {
  checkEngine(now, next);
  if (now.tls === 'disabled' && next.tls === 'required')
    throw combination('Transit encryption mode required can be set only after it was preferred.');
  if (now.tls === 'required' && next.tls === 'disabled')
    throw combination('Transit encryption mode must be preferred before encryption can be disabled.');
  checkSettings(scene, next);
  checkUserGroups(
    scene,
    next.userGroups.filter((id) => !now.userGroups.includes(id)),
  );
}
