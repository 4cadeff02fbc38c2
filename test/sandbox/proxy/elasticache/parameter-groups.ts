/**
 * Cache parameter groups (ElastiCache API reference): a family and its parameters must be known, at most 20 parameters are
 * changed in one call, and a group in use can be neither deleted nor found under another family.
 */
import { type Params, Refusal, structures, text } from '../call.ts';
import { arn, born, chosen, type ParameterGroup, type Scene } from './store.ts';
import { nameIn, needed, pageOf, tagsIn } from './wire.ts';

const MISSING = 'CacheParameterGroupNotFound';

/** The engine's own values, as far as anybody here asks for them. */
const DEFAULTS: Readonly<Record<string, string>> = {
  'maxmemory-policy': 'volatile-lru',
  'maxmemory-samples': '3',
  'notify-keyspace-events': '',
  'reserved-memory-percent': '25',
  timeout: '0',
  'tcp-keepalive': '300',
};

/** All families that this code knows. */
const FAMILIES = new Set(['valkey7', 'valkey8', 'redis6.x', 'redis7']);

/** The family that goes with an engine and its version. */
export function familyOf(engine: string, version: string): string {
  const major = version.split('.', 1)[0];
  return engine === 'redis' && major === '6' ? 'redis6.x' : `${engine}${major}`;
}

const shown = ({ name, arn: ARN, family, description }: ParameterGroup): Params => ({
  CacheParameterGroupName: name,
  CacheParameterGroupFamily: family,
  Description: description,
  IsGlobal: false,
  ARN,
});

function one(scene: Scene, params: Params): ParameterGroup {
  const [group] = chosen(scene, scene.store.parameterGroups, needed(params, 'CacheParameterGroupName'), MISSING);
  if (!group) throw new Refusal(MISSING, 'CacheParameterGroup not found', 404);
  return group;
}

/** Refuses a group that does not go with an engine and its version. */
export function checkFamily({ store }: Scene, name: string, engine: string, version: string): void {
  const wanted = familyOf(engine, version);
  const found = name.startsWith('default.')
    ? name.slice('default.'.length)
    : store.parameterGroups.get(name.toLowerCase())?.family;
  if (found === undefined) throw new Refusal(MISSING, `CacheParameterGroup ${name} not found.`, 404);
  if (found !== wanted) {
    const message = `Expected a parameter group of family ${wanted} but found one of family ${found}`;
    throw new Refusal('InvalidParameterCombination', message);
  }
}

const isUsed = ({ store }: Scene, name: string): boolean =>
  [...store.groups.values()].some(({ now, next }) => [now, next].some(({ parameterGroup }) => parameterGroup === name));

/** The calls. */
export const PARAMETER_GROUPS = {
  CreateCacheParameterGroup(scene: Scene, params: Params): Params {
    const name = nameIn(params, 'CacheParameterGroupName', 255);
    const family = needed(params, 'CacheParameterGroupFamily');
    if (scene.store.parameterGroups.has(name))
      throw new Refusal('CacheParameterGroupAlreadyExists', `Parameter group ${name} already exists`);
    if (!FAMILIES.has(family))
      throw new Refusal(
        'InvalidParameterValue',
        `CacheParameterGroupFamily ${family} is not a valid parameter group family.`,
      );
    const group: ParameterGroup = {
      name,
      arn: arn(scene, 'parametergroup', name),
      family,
      description: needed(params, 'Description'),
      parameters: new Map(),
    };
    scene.store.parameterGroups.set(name, group);
    born(scene, group.arn, tagsIn(params));
    return { CacheParameterGroup: shown(group) };
  },

  DescribeCacheParameterGroups(scene: Scene, params: Params): Params {
    const found = chosen(scene, scene.store.parameterGroups, text(params, 'CacheParameterGroupName'), MISSING);
    return pageOf(scene, 'CacheParameterGroups', found.map(shown));
  },

  DescribeCacheParameters(scene: Scene, params: Params): Params {
    const { parameters } = one(scene, params);
    const source = text(params, 'Source');
    const all = Object.entries(DEFAULTS).map(([ParameterName, value]) => ({
      ParameterName,
      ParameterValue: parameters.get(ParameterName) ?? value,
      Source: parameters.has(ParameterName) ? 'user' : 'system',
      IsModifiable: true,
    }));
    const found = all.filter(({ Source }) => source === undefined || Source === source);
    return pageOf(scene, 'Parameters', found);
  },

  ModifyCacheParameterGroup(scene: Scene, params: Params): Params {
    const group = one(scene, params);
    const changes = structures(params, 'ParameterNameValues');
    if (changes.length > 20)
      throw new Refusal('InvalidParameterValue', 'At most 20 parameters can be modified at a time.');
    for (const change of changes) {
      const name = needed(change, 'ParameterName');
      if (!(name in DEFAULTS))
        throw new Refusal('InvalidParameterValue', `Could not find parameter with name: ${name}`);
    }
    for (const change of changes)
      group.parameters.set(needed(change, 'ParameterName'), text(change, 'ParameterValue') ?? '');
    return { CacheParameterGroupName: group.name };
  },

  DeleteCacheParameterGroup(scene: Scene, params: Params): Params {
    const { name } = one(scene, params);
    if (isUsed(scene, name)) {
      const message = `One or more cache clusters are still members of this parameter group ${name}, so the group cannot be deleted.`;
      throw new Refusal('InvalidCacheParameterGroupState', message);
    }
    scene.store.parameterGroups.delete(name);
    return {};
  },
};
