/**
 * The engine's settings of a cache. Its description says whose it is and can never be changed, so that it names no object,
 * only its name: the tags, which fresh readings see, name the object. What nobody asks for is left as it is.
 */
import {
  CreateCacheParameterGroupCommand,
  DeleteCacheParameterGroupCommand,
  DescribeCacheParameterGroupsCommand,
  type CacheParameterGroup as Description,
  ModifyCacheParameterGroupCommand,
  paginateDescribeCacheParameterGroups,
  paginateDescribeCacheParameters,
} from '@aws-sdk/client-elasticache';
import { type Aws, type Identity, resource, type Scope } from '../../aws/driver.ts';
import { describeClaim } from '../../aws/ownership.ts';
import type { Owned } from '../../core/kind.ts';
import { gone } from '../ec2/tagging.ts';
import { ifExists, inBatches } from '../existing.ts';
import { inScope } from '../scope.ts';
import { fieldsChanged, tagList } from '../tag-changes.ts';
import { arnOf, described, inFull, PAGE, retag } from './tagging.ts';

export interface CacheParameterGroupSpec {
  /** In lower case, unique in the account and region; another one for each family, because a group in use cannot change it. */
  readonly name: string;
  /** `valkey8`, `redis7`. */
  readonly family: string;
  readonly description: string;
  /** Only those that differ from the engine's own values; as text, as AWS keeps them. */
  readonly parameters: Readonly<Record<string, string>>;
}

export interface CacheParameterGroupAttributes {
  readonly name: string;
  readonly arn: string;
}

/** The most parameters of one call. */
const PARAMETERS = 20;

type Observed = Owned<CacheParameterGroupSpec, CacheParameterGroupAttributes>;

async function* groupsIn(aws: Aws, scope: Scope): AsyncIterable<readonly Description[]> {
  if (scope.by !== 'ids') {
    const pages = paginateDescribeCacheParameterGroups({ client: aws.elastiCache, pageSize: PAGE }, {});
    for await (const { CacheParameterGroups = [] } of pages) yield CacheParameterGroups;
    return;
  }
  for (const CacheParameterGroupName of scope.ids) {
    const call = new DescribeCacheParameterGroupsCommand({ CacheParameterGroupName });
    yield (await ifExists(aws.elastiCache.send(call)))?.CacheParameterGroups ?? [];
  }
}

function ownedOf(group: Description): Observed {
  const { CacheParameterGroupName: name = '', CacheParameterGroupFamily: family, ARN: arn = '' } = group;
  const { claim, description } = described(group.Description);
  const { owner } = claim;
  return {
    ...claim,
    // Whoever adopts it cannot write another uid here.
    owner: owner && { cluster: owner.cluster, namespace: owner.namespace, name: owner.name },
    id: name,
    spec: { name, family: family ?? null, description },
    attributes: { name, arn },
    health: { state: 'active', phase: 'ready' },
  };
}

/** What somebody has set; everything else has the engine's own value. */
async function parametersOf(aws: Aws, CacheParameterGroupName: string): Promise<CacheParameterGroupSpec['parameters']> {
  const set: Record<string, string> = {};
  const input = { CacheParameterGroupName, Source: 'user' };
  const pages = paginateDescribeCacheParameters({ client: aws.elastiCache, pageSize: PAGE }, input);
  for await (const { Parameters = [] } of pages) {
    for (const { ParameterName: name, ParameterValue: value } of Parameters) {
      if (name !== undefined && value !== undefined) set[name] = value;
    }
  }
  return set;
}

/** Like tags, parameters are looked at in fresh readings only: they cost a call for each group. */
async function withParameters(aws: Aws, groups: readonly Observed[]): Promise<readonly Observed[]> {
  const read = await Promise.all(
    groups.map(async (group) => {
      const parameters = await ifExists(parametersOf(aws, group.id));
      return parameters && { ...group, spec: { ...group.spec, parameters } };
    }),
  );
  return read.filter((group) => group !== undefined);
}

async function setParameters(
  aws: Aws,
  CacheParameterGroupName: string,
  wanted: CacheParameterGroupSpec['parameters'],
  observed: CacheParameterGroupSpec['parameters'] = {},
): Promise<void> {
  const different = Object.entries(wanted).filter(([name, value]) => observed[name] !== value);
  for (const batch of inBatches(different, PARAMETERS)) {
    const ParameterNameValues = batch.map(([ParameterName, ParameterValue]) => ({ ParameterName, ParameterValue }));
    await aws.elastiCache.send(new ModifyCacheParameterGroupCommand({ CacheParameterGroupName, ParameterNameValues }));
  }
}

const inputOf = (self: Identity, spec: CacheParameterGroupSpec) => ({
  CacheParameterGroupName: spec.name.toLowerCase(),
  CacheParameterGroupFamily: spec.family,
  Description: describeClaim(self, spec.description),
  Tags: tagList(self.tags),
});

export const CacheParameterGroup = resource<CacheParameterGroupSpec, CacheParameterGroupAttributes>({
  type: 'elasticache.parameter-group',
  rules: { name: 'replace', family: 'replace', description: 'ignore' },
  replace: 'createFirst',
  settle: 0,

  async *observe(aws, scope) {
    for await (const page of groupsIn(aws, scope)) {
      const ours = page.map(ownedOf).filter(({ owner }) => inScope(scope, owner));
      yield scope.by === 'cluster' ? ours : await inFull(aws, scope, await withParameters(aws, ours));
    }
  },

  // Parameters are left to the next pass: no error of theirs can lose the group.
  async create(aws, self, spec) {
    const input = inputOf(self, spec);
    await aws.elastiCache.send(new CreateCacheParameterGroupCommand(input));
    const name = input.CacheParameterGroupName;
    return { id: name, attributes: { name, arn: arnOf(aws, 'parametergroup', name) } };
  },

  async update(aws, live, spec, changes) {
    await retag(aws, live.attributes.arn, changes);
    if (!fieldsChanged(changes).has('parameters')) return;
    await setParameters(aws, live.id, spec.parameters, live.spec.parameters ?? {});
  },

  async delete(aws, live) {
    await gone(aws.elastiCache.send(new DeleteCacheParameterGroupCommand({ CacheParameterGroupName: live.id })));
  },
});
