/**
 * The subnets in which the nodes of a cache may stand. Its description says whose it is. AWS keeps its name in lower case,
 * and refuses to take a subnet out in which a node stands.
 */
import {
  CreateCacheSubnetGroupCommand,
  DeleteCacheSubnetGroupCommand,
  DescribeCacheSubnetGroupsCommand,
  type CacheSubnetGroup as Description,
  ModifyCacheSubnetGroupCommand,
  paginateDescribeCacheSubnetGroups,
} from '@aws-sdk/client-elasticache';
import { type Aws, resource, type Scope } from '../../aws/driver.ts';
import { describeClaim } from '../../aws/ownership.ts';
import type { Owned } from '../../core/kind.ts';
import { gone } from '../ec2/tagging.ts';
import { ifExists } from '../existing.ts';
import { inScope } from '../scope.ts';
import { fieldsChanged, ownerChanged, tagList } from '../tag-changes.ts';
import { arnOf, described, inFull, PAGE, retag } from './tagging.ts';

export interface CacheSubnetGroupSpec {
  /** In lower case, unique in the account and region. */
  readonly name: string;
  readonly description: string;
  /** Of at least two zones when the cache is to survive the loss of one. */
  readonly subnetIds: readonly string[];
}

export interface CacheSubnetGroupAttributes {
  readonly name: string;
  readonly arn: string;
}

type Observed = Owned<CacheSubnetGroupSpec, CacheSubnetGroupAttributes>;

async function* groupsIn(aws: Aws, scope: Scope): AsyncIterable<readonly Description[]> {
  if (scope.by !== 'ids') {
    const pages = paginateDescribeCacheSubnetGroups({ client: aws.elastiCache, pageSize: PAGE }, {});
    for await (const { CacheSubnetGroups = [] } of pages) yield CacheSubnetGroups;
    return;
  }
  for (const CacheSubnetGroupName of scope.ids) {
    const answer = await ifExists(aws.elastiCache.send(new DescribeCacheSubnetGroupsCommand({ CacheSubnetGroupName })));
    yield answer?.CacheSubnetGroups ?? [];
  }
}

function ownedOf(group: Description): Observed {
  const { CacheSubnetGroupName: name = '', ARN: arn = '', Subnets = [] } = group;
  const { claim, description } = described(group.CacheSubnetGroupDescription);
  return {
    ...claim,
    id: name,
    spec: { name, description, subnetIds: Subnets.flatMap(({ SubnetIdentifier }) => SubnetIdentifier ?? []) },
    attributes: { name, arn },
    health: { state: 'active', phase: 'ready' },
  };
}

export const CacheSubnetGroup = resource<CacheSubnetGroupSpec, CacheSubnetGroupAttributes>({
  type: 'elasticache.subnet-group',
  rules: { name: 'replace', subnetIds: 'unordered' },
  settle: 0,

  async *observe(aws, scope) {
    for await (const page of groupsIn(aws, scope)) {
      const ours = page.map(ownedOf).filter(({ owner }) => inScope(scope, owner));
      yield await inFull(aws, scope, ours);
    }
  },

  async create(aws, self, spec) {
    const name = spec.name.toLowerCase();
    await aws.elastiCache.send(
      new CreateCacheSubnetGroupCommand({
        CacheSubnetGroupName: name,
        CacheSubnetGroupDescription: describeClaim(self, spec.description),
        SubnetIds: [...spec.subnetIds],
        Tags: tagList(self.tags),
      }),
    );
    return { id: name, attributes: { name, arn: arnOf(aws, 'subnetgroup', name) } };
  },

  async update(aws, live, spec, changes) {
    await retag(aws, live.attributes.arn, changes);
    const fields = fieldsChanged(changes);
    if (fields.size === 0 && !ownerChanged(changes)) return;
    await aws.elastiCache.send(
      new ModifyCacheSubnetGroupCommand({
        CacheSubnetGroupName: live.id,
        CacheSubnetGroupDescription: describeClaim(live.self, spec.description),
        SubnetIds: fields.has('subnetIds') ? [...spec.subnetIds] : undefined,
      }),
    );
  },

  async delete(aws, live) {
    await gone(aws.elastiCache.send(new DeleteCacheSubnetGroupCommand({ CacheSubnetGroupName: live.id })));
  },
});
