/**
 * The settings of a database engine. Its description, which RDS never changes, says for which node of which tier it is, because
 * lists return no tags; whose object that was is in its tags alone. A parameter that nobody declared is left alone.
 */
import {
  CreateDBParameterGroupCommand,
  DeleteDBParameterGroupCommand,
  DescribeDBParameterGroupsCommand,
  type DBParameterGroup as Description,
  ListTagsForResourceCommand,
  paginateDescribeDBParameterGroups,
} from '@aws-sdk/client-rds';
import { type Aws, type Created, type Identity, resource, type Scope } from '../../aws/driver.ts';
import { claimOf, claimOfDescription, describeClaim } from '../../aws/ownership.ts';
import type { Owned } from '../../core/kind.ts';
import { gone, tagRecord } from '../ec2/tagging.ts';
import { ifExists } from '../existing.ts';
import { inScope } from '../scope.ts';
import { fieldsChanged, tagList } from '../tag-changes.ts';
import { unlessTaken } from '../taken.ts';
import { parametersSet, setParameters } from './parameters.ts';
import { PAGE, retag } from './tagging.ts';

export interface DBParameterGroupSpec {
  /** Lower case: RDS keeps it so. Of another family it must be another one: both stand side by side for a while. */
  readonly name: string;
  /** `postgres17`. */
  readonly family: string;
  /** Of its creation: it cannot change. */
  readonly description: string;
  /** By name, in lower case; values in the form in which RDS takes them. */
  readonly parameters: Readonly<Record<string, string>>;
}

export interface DBParameterGroupAttributes {
  readonly name: string;
  readonly arn: string;
}

type Observed = Owned<DBParameterGroupSpec, DBParameterGroupAttributes>;

/** A claim that cannot be rewritten must not say what an adoption changes: whose object it was. */
function ownedOf({ DBParameterGroupName, DBParameterGroupArn: arn = '', ...group }: Description): Observed {
  const name = DBParameterGroupName?.toLowerCase() ?? '';
  const { owner, node, incarnation } = claimOfDescription(group.Description);
  const nameless = owner && { cluster: owner.cluster, namespace: owner.namespace, name: owner.name };
  return {
    owner: nameless,
    node,
    incarnation,
    id: name,
    spec: { name, family: group.DBParameterGroupFamily ?? null },
    attributes: { name, arn },
    health: { state: 'active', phase: 'ready' },
  };
}

async function* read(aws: Aws, scope: Scope): AsyncIterable<readonly Description[]> {
  if (scope.by !== 'ids') {
    const pages = paginateDescribeDBParameterGroups({ client: aws.rds, pageSize: PAGE }, {});
    for await (const { DBParameterGroups = [] } of pages) yield DBParameterGroups;
    return;
  }
  for (const DBParameterGroupName of scope.ids) {
    const answer = await ifExists(aws.rds.send(new DescribeDBParameterGroupsCommand({ DBParameterGroupName })));
    yield answer?.DBParameterGroups ?? [];
  }
}

async function tagsOf(aws: Aws, ResourceName: string): Promise<Observed['tags']> {
  const answer = await ifExists(aws.rds.send(new ListTagsForResourceCommand({ ResourceName })));
  return answer && tagRecord(answer.TagList);
}

/** With parameters and tags. */
async function inFull(aws: Aws, group: Observed): Promise<Observed> {
  const [parameters, tags] = await Promise.all([parametersSet(aws, group.id), tagsOf(aws, group.attributes.arn)]);
  return {
    ...group,
    spec: { ...group.spec, ...(parameters ? { parameters } : {}) },
    ...(tags ? { tags } : {}),
  };
}

/** A group of that name that this very node made in an earlier try. */
async function madeBefore(
  aws: Aws,
  self: Identity,
  DBParameterGroupName: string,
): Promise<Created<DBParameterGroupAttributes> | undefined> {
  const answer = await ifExists(aws.rds.send(new DescribeDBParameterGroupsCommand({ DBParameterGroupName })));
  const { DBParameterGroupName: name = '', DBParameterGroupArn: arn = '' } = answer?.DBParameterGroups?.[0] ?? {};
  const { owner, node, incarnation } = claimOf((await tagsOf(aws, arn)) ?? {});
  const isOwn = owner?.uid === self.owner.uid && node === self.node && incarnation === self.incarnation;
  return isOwn ? { id: name, attributes: { name, arn } } : undefined;
}

export const DBParameterGroup = resource<DBParameterGroupSpec, DBParameterGroupAttributes>({
  type: 'rds.parameter-group',
  rules: { name: 'replace', family: 'replace', description: 'ignore' },
  settle: 1,
  replace: 'createFirst',

  async *observe(aws, scope) {
    for await (const page of read(aws, scope)) {
      const ours = page.map(ownedOf).filter(({ owner }) => inScope(scope, owner));
      // A call for each group's parameters is no bulk read: like tags, they are looked at in fresh reads only.
      yield scope.by === 'cluster' ? ours : await Promise.all(ours.map((group) => inFull(aws, group)));
    }
  },

  // Its parameters are the next pass's: until they are set nothing is built on it.
  create(aws, self, spec) {
    const creation = aws.rds.send(
      new CreateDBParameterGroupCommand({
        DBParameterGroupName: spec.name,
        DBParameterGroupFamily: spec.family,
        Description: describeClaim(self, spec.description),
        Tags: tagList(self.tags),
      }),
    );
    const made = creation.then(({ DBParameterGroup: group }) => {
      const { DBParameterGroupName: name = spec.name, DBParameterGroupArn: arn = '' } = group ?? {};
      return { id: name, attributes: { name, arn } };
    });
    return unlessTaken(made, () => madeBefore(aws, self, spec.name));
  },

  async update(aws, live, spec, changes) {
    await retag(aws, live.attributes.arn, changes);
    if (!fieldsChanged(changes).has('parameters')) return;
    const before = live.spec.parameters ?? {};
    const differing = Object.entries(spec.parameters).filter(([name, value]) => before[name] !== value);
    await setParameters(aws, live.id, new Map(differing));
  },

  async delete(aws, live) {
    await gone(aws.rds.send(new DeleteDBParameterGroupCommand({ DBParameterGroupName: live.id })));
  },
});
