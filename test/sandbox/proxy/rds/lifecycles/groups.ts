/**
 * Subnet and parameter groups change (RDS User Guide, "Working with a DB instance in a VPC", "Working with parameter
 * groups"). Static parameters wait for a reboot of each database that uses the group, dynamic ones are applied soon.
 */
import { type Answer, type Params, structures, succeeded, text, texts } from '../../call.ts';
import { begin } from '../../lifecycle.ts';
import { branch, descend, type Element, leaf, textAt } from '../../xml.ts';
import { leaves, resultOf } from '../answer.ts';
import { engineNamed, FAMILIES, familyOf } from '../catalogue.ts';
import { INSTANCES, nameOf, PARAMETER_GROUPS } from '../collections.ts';
import { factsOf, parametersOf } from '../facts.ts';
import type { Handler } from '../handler.ts';
import { pageOf, readPage } from '../paging.ts';
import { type Parameter, parametersOfFamily } from '../parameters.ts';
import { badValue, notFound } from '../refusal.ts';
import { ask, askXml, type Scene } from '../scene.ts';
import { APPLYING } from '../stages.ts';
import { idOf, look, lookUp } from '../view.ts';

/** The stand-in loses a subnet group when it is modified: it is made again, with the tags that it had. */
export const modifySubnetGroup: Handler = async (scene, next) => {
  const { call } = scene;
  const group = descend(
    await askXml(scene, 'DescribeDBSubnetGroups', { DBSubnetGroupName: text(call.params, 'DBSubnetGroupName') }),
    ...['DescribeDBSubnetGroupsResult', 'DBSubnetGroups', 'DBSubnetGroup'],
  );
  if (!group) return next(call);
  const tags = await askXml(scene, 'ListTagsForResource', { ResourceName: textAt(group, 'DBSubnetGroupArn') });
  const answer = await next(call);
  if (!succeeded(answer)) return answer;
  const listed = descend(tags, 'ListTagsForResourceResult', 'TagList')?.children ?? [];
  await ask(scene, 'CreateDBSubnetGroup', {
    DBSubnetGroupName: textAt(group, 'DBSubnetGroupName'),
    DBSubnetGroupDescription:
      text(call.params, 'DBSubnetGroupDescription') ?? textAt(group, 'DBSubnetGroupDescription'),
    SubnetIds: { SubnetIdentifier: call.params.SubnetIds },
    Tags: { Tag: listed.map((tag) => ({ Key: textAt(tag, 'Key'), Value: textAt(tag, 'Value') })) },
  });
  return answer;
};

/** Parameters of a group that were set back to the engine's defaults; the stand-in has no way to forget them. */
const resets = ({ world, call }: Scene): Map<string, Set<string>> => world.memory(call).store('rds reset parameters');

/** The parameters of a group's family. */
export async function parametersOfGroup(scene: Scene, name: string): Promise<readonly Parameter[]> {
  const group = await lookUp(scene, PARAMETER_GROUPS, name);
  const family = textAt(group, 'DBParameterGroupFamily') ?? name.replace(/^default\./, '');
  const engine = FAMILIES.get(family);
  if (!engine || (!group && !name.startsWith('default.'))) throw notFound(PARAMETER_GROUPS, name);
  return parametersOfFamily(engine, family);
}

/** Databases that use a group, those with the default of their family too. */
async function users(scene: Scene, name: string): Promise<readonly Element[]> {
  return (await look(scene, INSTANCES)).filter((record) => {
    const engine = engineNamed(textAt(record, 'Engine'));
    const used = textAt(record, 'DBParameterGroups', 'DBParameterGroup', 'DBParameterGroupName');
    return used === name || (engine && `default.${familyOf(engine, textAt(record, 'EngineVersion') ?? '')}` === name);
  });
}

/** Lets the databases that use a group take over what has changed. */
async function takeOver(scene: Scene, name: string, changed: readonly Params[]): Promise<void> {
  const waits = changed.some((one) => text(one, 'ApplyMethod') === 'pending-reboot');
  const soon = changed.some((one) => text(one, 'ApplyMethod') !== 'pending-reboot');
  for (const record of await users(scene, name)) {
    const id = idOf(INSTANCES, record);
    if (waits) factsOf(scene, id).pendingReboot = true;
    if (soon) begin(scene.world, scene.call, parametersOf(id), APPLYING);
  }
}

/** ModifyDBParameterGroup. */
export const modifyParameterGroup: Handler = async (scene, next) => {
  const answer = await next(scene.call);
  if (!succeeded(answer)) return answer;
  const name = nameOf(text(scene.call.params, 'DBParameterGroupName') ?? '');
  const changed = structures(scene.call.params, 'Parameters');
  for (const one of changed)
    resets(scene)
      .get(name)
      ?.delete(text(one, 'ParameterName') ?? '');
  await takeOver(scene, name, changed);
  return answer;
};

/** ResetDBParameterGroup, which the stand-in lacks: some parameters, or all, are the engine's again. */
export const resetParameterGroup: Handler = async (scene): Promise<Answer> => {
  const { params } = scene.call;
  const name = nameOf(text(params, 'DBParameterGroupName') ?? '');
  const known = await parametersOfGroup(scene, name);
  const given = structures(params, 'Parameters');
  const changed =
    text(params, 'ResetAllParameters') === 'false'
      ? given
      : known.map((one) => ({
          ParameterName: one.name,
          ApplyMethod: one.type === 'static' ? 'pending-reboot' : 'immediate',
        }));
  const back = resets(scene).get(name) ?? new Set<string>();
  resets(scene).set(name, back);
  for (const one of changed) back.add(text(one, 'ParameterName') ?? '');
  await takeOver(scene, name, changed);
  scene.call.trace.reached = true;
  return resultOf('ResetDBParameterGroup', [leaf('DBParameterGroupName', name)]);
};

/** DeleteDBParameterGroup. */
export const deleteParameterGroup: Handler = async (scene, next) => {
  const answer = await next(scene.call);
  if (succeeded(answer)) resets(scene).delete(nameOf(text(scene.call.params, 'DBParameterGroupName') ?? ''));
  return answer;
};

function shownParameter(one: Parameter, own: Element | undefined): Element {
  const method = textAt(own, 'ApplyMethod') ?? (one.type === 'static' ? 'pending-reboot' : 'immediate');
  const value = textAt(own, 'ParameterValue') ?? one.value;
  const source = own ? 'user' : one.value === undefined ? 'engine-default' : 'system';
  return branch(
    'Parameter',
    leaves({
      ParameterName: one.name,
      ParameterValue: value,
      Source: source,
      ApplyType: one.type,
      DataType: one.data,
      AllowedValues: one.allowed,
      IsModifiable: String(one.modifiable),
      ApplyMethod: method,
    }),
  );
}

/** `Source` and the filter `parameter-name` choose (API reference, DescribeDBParameters). */
function chosen({ call }: Scene): (parameter: Element) => boolean {
  const source = text(call.params, 'Source');
  const filters = structures(call.params, 'Filters');
  const other = filters.find((one) => text(one, 'Name') !== 'parameter-name');
  if (other) throw badValue(`Unrecognized filter name: ${text(other, 'Name')}`);
  const names = filters.flatMap((one) => texts(one, 'Values'));
  return (parameter) =>
    (source === undefined || textAt(parameter, 'Source') === source) &&
    (filters.length === 0 || names.includes(textAt(parameter, 'ParameterName') ?? ''));
}

/** What a user has set in a group, by the names of parameters. */
async function ownOf(scene: Scene, name: string): Promise<ReadonlyMap<string, Element>> {
  const root = await askXml(scene, 'DescribeDBParameters', { DBParameterGroupName: name });
  const set = descend(root, 'DescribeDBParametersResult', 'Parameters')?.children ?? [];
  const back = resets(scene).get(name);
  return new Map(
    set.map((one) => [textAt(one, 'ParameterName') ?? '', one] as const).filter(([key]) => !back?.has(key)),
  );
}

/** The same as plain values; none without a group. */
export async function valuesOfGroup(scene: Scene, name: string | undefined): Promise<Readonly<Record<string, string>>> {
  if (name === undefined) return {};
  const own = await ownOf(scene, nameOf(name));
  return Object.fromEntries([...own].map(([key, one]) => [key, textAt(one, 'ParameterValue') ?? '']));
}

/** DescribeDBParameters: all of the family, each with where its value is from. */
export const describeParameters: Handler = async (scene) => {
  const name = nameOf(text(scene.call.params, 'DBParameterGroupName') ?? '');
  const known = await parametersOfGroup(scene, name);
  const own = await ownOf(scene, name);
  const shown = known.map((one) => shownParameter(one, own.get(one.name))).filter(chosen(scene));
  const page = pageOf(readPage(scene), shown, (one) => textAt(one, 'ParameterName') ?? '');
  return resultOf('DescribeDBParameters', [branch('Parameters', page.records), ...leaves({ Marker: page.next })]);
};
