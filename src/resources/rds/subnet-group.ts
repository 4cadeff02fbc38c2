/**
 * The subnets in which a database may stand. Its description says whose it is, because lists return no tags; unlike that of a
 * parameter group it can be rewritten, so it says everything.
 */
import {
  CreateDBSubnetGroupCommand,
  DeleteDBSubnetGroupCommand,
  DescribeDBSubnetGroupsCommand,
  type DBSubnetGroup as Description,
  ListTagsForResourceCommand,
  ModifyDBSubnetGroupCommand,
  paginateDescribeDBSubnetGroups,
} from '@aws-sdk/client-rds';
import { type Aws, resource, type Scope } from '../../aws/driver.ts';
import { claimOfDescription, describeClaim, withoutClaim } from '../../aws/ownership.ts';
import type { Owned } from '../../core/kind.ts';
import { gone, tagRecord } from '../ec2/tagging.ts';
import { ifExists } from '../existing.ts';
import { inScope } from '../scope.ts';
import { fieldsChanged, ownerChanged, tagList } from '../tag-changes.ts';
import { PAGE, retag } from './tagging.ts';

export interface DBSubnetGroupSpec {
  /** Lower case: RDS keeps it so. */
  readonly name: string;
  readonly description: string;
  /** In at least two zones. */
  readonly subnetIds: readonly string[];
}

export interface DBSubnetGroupAttributes {
  readonly name: string;
  readonly arn: string;
}

type Observed = Owned<DBSubnetGroupSpec, DBSubnetGroupAttributes>;

function ownedOf(group: Description): Observed {
  const { DBSubnetGroupName: name = '', DBSubnetGroupArn: arn = '', DBSubnetGroupDescription, Subnets = [] } = group;
  const claim = claimOfDescription(DBSubnetGroupDescription);
  return {
    ...claim,
    id: name,
    spec: {
      name,
      // Without its claim a description differs from any other, so that the claim is written again.
      description: claim.owner ? withoutClaim(DBSubnetGroupDescription) : null,
      subnetIds: Subnets.map(({ SubnetIdentifier = '' }) => SubnetIdentifier),
    },
    attributes: { name, arn },
    health: { state: 'active', phase: 'ready' },
  };
}

async function* read(aws: Aws, scope: Scope): AsyncIterable<readonly Description[]> {
  if (scope.by !== 'ids') {
    const pages = paginateDescribeDBSubnetGroups({ client: aws.rds, pageSize: PAGE }, {});
    for await (const { DBSubnetGroups = [] } of pages) yield DBSubnetGroups;
    return;
  }
  for (const DBSubnetGroupName of scope.ids) {
    const answer = await ifExists(aws.rds.send(new DescribeDBSubnetGroupsCommand({ DBSubnetGroupName })));
    yield answer?.DBSubnetGroups ?? [];
  }
}

async function withTags(aws: Aws, group: Observed): Promise<Observed> {
  const call = aws.rds.send(new ListTagsForResourceCommand({ ResourceName: group.attributes.arn }));
  const answer = await ifExists(call);
  return answer ? { ...group, tags: tagRecord(answer.TagList) } : group;
}

export const DBSubnetGroup = resource<DBSubnetGroupSpec, DBSubnetGroupAttributes>({
  type: 'rds.subnet-group',
  rules: { name: 'replace', subnetIds: 'unordered' },
  settle: 0,

  async *observe(aws, scope) {
    for await (const page of read(aws, scope)) {
      const ours = page.map(ownedOf).filter(({ owner }) => inScope(scope, owner));
      yield scope.by === 'cluster' ? ours : await Promise.all(ours.map((group) => withTags(aws, group)));
    }
  },

  async create(aws, self, spec) {
    const { DBSubnetGroup: made } = await aws.rds.send(
      new CreateDBSubnetGroupCommand({
        DBSubnetGroupName: spec.name,
        DBSubnetGroupDescription: describeClaim(self, spec.description),
        SubnetIds: [...spec.subnetIds],
        Tags: tagList(self.tags),
      }),
    );
    const { DBSubnetGroupName: name = spec.name, DBSubnetGroupArn: arn = '' } = made ?? {};
    return { id: name, attributes: { name, arn } };
  },

  async update(aws, live, spec, changes) {
    if (fieldsChanged(changes).size > 0 || ownerChanged(changes)) {
      await aws.rds.send(
        new ModifyDBSubnetGroupCommand({
          DBSubnetGroupName: live.id,
          DBSubnetGroupDescription: describeClaim(live.self, spec.description),
          SubnetIds: [...spec.subnetIds],
        }),
      );
    }
    await retag(aws, live.attributes.arn, changes);
  },

  async delete(aws, live) {
    await gone(aws.rds.send(new DeleteDBSubnetGroupCommand({ DBSubnetGroupName: live.id })));
  },
});
