/**
 * Consistency lag: for a while reads do not see what is new, show tags as they were and still list groups and snapshots that
 * were deleted; calls that name what is new are told that it does not exist. Nothing lags unless settings or a fault rule
 * say so.
 */
import { forgetBirth, isHidden } from '../births.ts';
import { type Call, type Step, succeeded, text } from '../call.ts';
import { now } from '../clock.ts';
import type { World } from '../world.ts';
import { child, copy, descend, type Element, textAt } from '../xml.ts';
import { replaceChild, resultOf } from './answer.ts';
import {
  arnOf,
  COLLECTIONS,
  type Collection,
  collectionOfArn,
  INSTANCES,
  nameOf,
  PARAMETER_GROUPS,
  SNAPSHOTS,
  SUBNET_GROUPS,
} from './collections.ts';
import { notFound } from './refusal.ts';
import { askXml, type Scene } from './scene.ts';
import { idOf, lookUp } from './view.ts';

interface Former {
  readonly record: Element;
  readonly until: number;
}

const ghosts = ({ world, call }: Scene): Map<string, Former> => world.memory(call).store<Former>('rds ghosts');
const formerTags = ({ world, call }: Scene): Map<string, Former> => world.memory(call).store<Former>('rds tags');

const arnIn = ({ arn }: Collection, record: Element): string => textAt(record, arn) ?? '';

/** Whether reads do not see a record yet. */
export function isHiddenRecord({ world, call }: Scene, collection: Collection, record: Element): boolean {
  return isHidden(world, call, arnOf(call, collection, idOf(collection, record)));
}

/** What was deleted and is still listed. */
export function ghostsOf(scene: Scene, { record: name }: Collection): readonly Element[] {
  return [...ghosts(scene).values()]
    .filter(({ record, until }) => record.name === name && now() < until)
    .map(({ record }) => copy(record));
}

/** Shows a record with the tags that a lagging read would see. */
export function lagging(scene: Scene, collection: Collection, record: Element): Element {
  const former = formerTags(scene).get(arnIn(collection, record));
  if (former && now() < former.until && child(record, 'TagList')) replaceChild(record, 'TagList', copy(former.record));
  return record;
}

/** The parameters that name something, and what it is. */
const NAMING: Readonly<Record<string, Collection>> = {
  DBInstanceIdentifier: INSTANCES,
  SourceDBInstanceIdentifier: INSTANCES,
  DBSnapshotIdentifier: SNAPSHOTS,
  DBSubnetGroupName: SUBNET_GROUPS,
  DBParameterGroupName: PARAMETER_GROUPS,
};

/** The parameter that names what a call makes. */
const MAKES: Readonly<Record<string, string>> = {
  CreateDBInstance: 'DBInstanceIdentifier',
  CreateDBInstanceReadReplica: 'DBInstanceIdentifier',
  RestoreDBInstanceFromDBSnapshot: 'DBInstanceIdentifier',
  CreateDBSnapshot: 'DBSnapshotIdentifier',
  CreateDBSubnetGroup: 'DBSubnetGroupName',
  CreateDBParameterGroup: 'DBParameterGroupName',
};

/** The parameter that names what a call deletes. */
const DELETES: Readonly<Record<string, string>> = {
  DeleteDBSnapshot: 'DBSnapshotIdentifier',
  DeleteDBSubnetGroup: 'DBSubnetGroupName',
  DeleteDBParameterGroup: 'DBParameterGroupName',
};

function refuseHidden(world: World, call: Call): void {
  // A list leaves out what it does not see.
  if (COLLECTIONS.has(call.operation)) return;
  if (call.write && !world.settings.of(call.account).lagWrites) return;
  for (const [param, collection] of Object.entries(NAMING)) {
    const name = text(call.params, param);
    if (name === undefined || MAKES[call.operation] === param) continue;
    if (isHidden(world, call, arnOf(call, collection, name))) throw notFound(collection, name);
  }
  const arn = text(call.params, 'ResourceName');
  const collection = arn === undefined ? undefined : collectionOfArn(arn);
  if (arn !== undefined && collection && isHidden(world, call, arn)) throw notFound(collection, nameOf(arn));
}

async function tagsOf(scene: Scene, arn: string): Promise<Element | undefined> {
  const root = await askXml(scene, 'ListTagsForResource', { ResourceName: arn });
  return descend(root, 'ListTagsForResourceResult', 'TagList');
}

async function deletion(scene: Scene, param: string, until: number): Promise<() => void> {
  const collection = NAMING[param] ?? INSTANCES;
  const name = text(scene.call.params, param);
  const record = await lookUp(scene, collection, name);
  const arn = arnOf(scene.call, collection, name ?? '');
  return () => {
    forgetBirth(scene.world, scene.call, arn);
    if (record && until > now()) ghosts(scene).set(arn, { record, until });
  };
}

async function retagging(scene: Scene, until: number): Promise<() => void> {
  const arn = text(scene.call.params, 'ResourceName') ?? '';
  const record = until > now() ? await tagsOf(scene, arn) : undefined;
  return () => void (record && formerTags(scene).set(arn, { record, until }));
}

/** What is to be remembered once a call has been done. */
async function prepared(scene: Scene, until: number): Promise<(() => void) | undefined> {
  const { operation } = scene.call;
  const param = DELETES[operation];
  if (param !== undefined) return deletion(scene, param, until);
  return /^(AddTagsTo|RemoveTagsFrom)Resource$/.test(operation) ? retagging(scene, until) : undefined;
}

function laggingTags(scene: Scene): Element | undefined {
  if (scene.call.operation !== 'ListTagsForResource') return undefined;
  const former = formerTags(scene).get(text(scene.call.params, 'ResourceName') ?? '');
  return former && now() < former.until ? copy(former.record) : undefined;
}

/** Makes reads lag behind the writes that pass. */
export function lag(world: World): Step {
  return async (call, next) => {
    refuseHidden(world, call);
    const scene: Scene = { world, call };
    const until = now() + world.settings.of(call.account).lagSeconds * 1000;
    const tags = laggingTags(scene);
    if (tags) return resultOf(call.operation, [tags]);
    const after = await prepared(scene, until);
    const answer = await next(call);
    if (succeeded(answer)) after?.();
    return answer;
  };
}
