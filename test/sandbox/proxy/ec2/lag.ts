/**
 * Consistency lag (EC2 API reference, "Eventual consistency"): for a while reads do not see a new id, show tags as they
 * were, and still list what was deleted; calls that name a new id are told that it does not exist. Nothing lags unless
 * settings or a fault rule say so.
 */
import { isHidden } from '../births.ts';
import { type Call, isParams, type Step, succeeded, text, texts, type Value } from '../call.ts';
import { now } from '../clock.ts';
import type { World } from '../world.ts';
import { branch, child, copy, type Element } from '../xml.ts';
import { type Collection, collectionOf } from './collections.ts';
import { isId, kindOfId } from './ids.ts';
import { type Filter, fitsFilter, idOf } from './records.ts';
import { notFound } from './refusal.ts';
import { look, type Scene, type Seen } from './view.ts';

interface OldTags {
  readonly tagSet: Element;
  readonly until: number;
}

interface Ghost {
  readonly operation: string;
  readonly record: Element;
  readonly until: number;
}

const oldTags = (world: World, call: Call): Map<string, OldTags> => world.memory(call).store<OldTags>('old tags');
const ghosts = (world: World, call: Call): Map<string, Ghost> => world.memory(call).store<Ghost>('ghosts');

function lagUntil(world: World, call: Call): number {
  return now() + world.settings.of(call.account).lagSeconds * 1000;
}

/** Whether tags of any resource lag: then filters by tag are this proxy's business. */
export function tagsLag(world: World, call: Call): boolean {
  return [...oldTags(world, call).values()].some(({ until }) => now() < until);
}

/** Shows a record as a lagging read would. */
export function lagging({ world, call }: Scene, collection: Collection, record: Element): Seen {
  const id = idOf(collection, record);
  if (isHidden(world, call, id)) return 'hidden';
  const old = oldTags(world, call).get(id);
  if (!old || now() >= old.until) return 'same';
  record.children = record.children.filter(({ name }) => name !== 'tagSet');
  record.children.push(copy(old.tagSet));
  return 'changed';
}

/** What was deleted and is still listed. */
export function ghostsOf(
  { world, call }: Scene,
  collection: Collection,
  filters: readonly Filter[],
): readonly Element[] {
  return [...ghosts(world, call).values()]
    .filter(({ operation, until }) => operation === collection.operation && now() < until)
    .filter(({ record }) => filters.every((filter) => fitsFilter(collection, record, filter)))
    .map(({ record }) => copy(record));
}

/** The parameter of each deleting call that names what is deleted. */
const DELETES: Readonly<Record<string, string>> = {
  DeleteVpc: 'VpcId',
  DeleteSubnet: 'SubnetId',
  DeleteInternetGateway: 'InternetGatewayId',
  DeleteRouteTable: 'RouteTableId',
  DeleteSecurityGroup: 'GroupId',
  RevokeSecurityGroupIngress: 'SecurityGroupRuleId',
  RevokeSecurityGroupEgress: 'SecurityGroupRuleId',
  DeleteVolume: 'VolumeId',
  DeleteSnapshot: 'SnapshotId',
  ReleaseAddress: 'AllocationId',
  DeleteLaunchTemplate: 'LaunchTemplateId',
};

function* idsIn(value: Value): Generator<string> {
  if (typeof value === 'string' && isId(value)) yield value;
  else if (Array.isArray(value)) for (const item of value) yield* idsIn(item);
  // Filters are questions: an unknown id in one is not an error.
  else if (isParams(value)) for (const [key, item] of Object.entries(value)) if (key !== 'Filter') yield* idsIn(item);
}

function refuseHidden(world: World, call: Call): void {
  if (call.write && !world.settings.of(call.account).lagWrites) return;
  for (const id of idsIn(call.params)) if (isHidden(world, call, id)) throw notFound(id);
}

interface Before {
  readonly id: string;
  readonly operation: string;
  readonly record: Element;
}

async function recordsBefore(scene: Scene, ids: readonly string[]): Promise<readonly Before[]> {
  const found: Before[] = [];
  for (const id of ids) {
    const operation = kindOfId(id)?.operation;
    const param = operation && collectionOf(operation).ids;
    if (operation === undefined || param === undefined) continue;
    const [record] = await look(scene, operation, { [param]: [id] });
    if (record) found.push({ id, operation, record });
  }
  return found;
}

function affected(call: Call): readonly string[] {
  if (call.operation === 'CreateTags' || call.operation === 'DeleteTags') return texts(call.params, 'ResourceId');
  const param = DELETES[call.operation];
  if (param === undefined) return [];
  const one = text(call.params, param);
  return one === undefined ? texts(call.params, param) : [one];
}

/** Makes reads lag behind the writes that pass. */
export function lag(world: World): Step {
  return async (call, next) => {
    refuseHidden(world, call);
    const { lagSeconds } = world.settings.of(call.account);
    const scene: Scene = { world, call };
    const before = lagSeconds > 0 ? await recordsBefore(scene, affected(call)) : [];
    const answer = await next(call);
    if (!succeeded(answer)) return answer;
    const until = lagUntil(world, call);
    for (const { id, operation, record } of before) {
      if (call.operation in DELETES) ghosts(world, call).set(id, { operation, record, until });
      else oldTags(world, call).set(id, { tagSet: child(record, 'tagSet') ?? branch('tagSet', []), until });
    }
    return answer;
  };
}
