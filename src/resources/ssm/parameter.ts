/**
 * A value that a tier publishes for its app in SSM Parameter Store. Its description says whose it is, because lists return
 * descriptions and no tags. Never a place for secrets: the type is always `String`.
 */
import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  DescribeParametersCommand,
  GetParametersCommand,
  ListTagsForResourceCommand,
  type ParameterMetadata,
  type ParameterStringFilter,
  PutParameterCommand,
  RemoveTagsFromResourceCommand,
} from '@aws-sdk/client-ssm';
import { type Aws, type Identity, resource, type Scope } from '../../aws/driver.ts';
import { claimOfDescription, describeClaim, parameterPrefix, TAG, withoutClaim } from '../../aws/ownership.ts';
import type { Change, Owned } from '../../core/kind.ts';
import { gone, tagRecord } from '../ec2/tagging.ts';
import { ifExists, inBatches } from '../existing.ts';
import { inScope } from '../scope.ts';
import { fieldsChanged, ownerChanged, tagChanges, tagList } from '../tag-changes.ts';

export interface ParameterSpec {
  /** The full path, below the tier's `parameterPrefix`. */
  readonly name: string;
  readonly value: string;
  readonly description: string;
}

export interface ParameterAttributes {
  readonly name: string;
}

/** AWS's limits: names in one filter, values in one read, parameters on one page. */
const NAMES_IN_FILTER = 50;
const VALUES_IN_READ = 10;
const PAGE = 50;

const ResourceType = 'Parameter';

type Observed = Owned<ParameterSpec, ParameterAttributes>;

function filtersOf(scope: Scope): readonly ParameterStringFilter[] {
  if (scope.by === 'cluster') return [{ Key: `tag:${TAG.cluster}`, Option: 'Equals', Values: [scope.cluster] }];
  if (scope.by === 'ids')
    return inBatches(scope.ids, NAMES_IN_FILTER).map((Values) => ({ Key: 'Name', Option: 'Equals', Values }));
  const paths = [...new Set(scope.owners.map(parameterPrefix))];
  return inBatches(paths, NAMES_IN_FILTER).map((Values) => ({ Key: 'Path', Option: 'Recursive', Values }));
}

/** AWS answers a page that is not the last with few parameters or none; only a missing token ends the list. */
async function* described(aws: Aws, filter: ParameterStringFilter): AsyncIterable<readonly ParameterMetadata[]> {
  let NextToken: string | undefined;
  do {
    const input = { ParameterFilters: [filter], MaxResults: PAGE, NextToken };
    const answer = await aws.ssm.send(new DescribeParametersCommand(input));
    yield answer.Parameters ?? [];
    NextToken = answer.NextToken;
  } while (NextToken);
}

async function valuesOf(
  aws: Aws,
  names: readonly string[],
): Promise<ReadonlyMap<string | undefined, Partial<ParameterSpec>>> {
  const values = new Map<string | undefined, Partial<ParameterSpec>>();
  for (const Names of inBatches(names, VALUES_IN_READ)) {
    const { Parameters = [] } = await aws.ssm.send(new GetParametersCommand({ Names }));
    for (const { Name, Value: value } of Parameters) if (value !== undefined) values.set(Name, { value });
  }
  return values;
}

async function tagsOf(aws: Aws, ResourceId: string): Promise<Pick<Owned, 'tags'>> {
  const answer = await ifExists(aws.ssm.send(new ListTagsForResourceCommand({ ResourceType, ResourceId })));
  return answer ? { tags: tagRecord(answer.TagList) } : {};
}

/** Whose a parameter is, and what it says but for its value and its tags. */
function ownedOf({ Name = '', Description }: ParameterMetadata): Observed {
  const claim = claimOfDescription(Description);
  return {
    ...claim,
    id: Name,
    // Without its claim a description differs from any other, so that the claim is written again.
    spec: { name: Name, description: claim.owner ? withoutClaim(Description) : null },
    attributes: { name: Name },
    health: { state: 'active', phase: 'ready' },
  };
}

/** With values and tags. */
async function inFull(aws: Aws, parameters: readonly Observed[]): Promise<readonly Observed[]> {
  const values = await valuesOf(
    aws,
    parameters.map(({ id }) => id),
  );
  return Promise.all(
    parameters.map(async (parameter) => ({
      ...parameter,
      spec: { ...parameter.spec, ...values.get(parameter.id) },
      ...(await tagsOf(aws, parameter.id)),
    })),
  );
}

async function retag(aws: Aws, ResourceId: string, changes: readonly Change[]): Promise<void> {
  const { set, unset } = tagChanges(changes);
  if (set.length > 0) await aws.ssm.send(new AddTagsToResourceCommand({ ResourceType, ResourceId, Tags: set }));
  if (unset.length > 0)
    await aws.ssm.send(new RemoveTagsFromResourceCommand({ ResourceType, ResourceId, TagKeys: unset }));
}

const inputOf = (self: Identity, { name, value, description }: ParameterSpec) =>
  ({ Name: name, Type: 'String', Value: value, Description: describeClaim(self, description) }) as const;

export const Parameter = resource<ParameterSpec, ParameterAttributes>({
  type: 'ssm.parameter',
  rules: { name: 'replace' },
  settle: 0,

  async *observe(aws, scope) {
    for (const filter of filtersOf(scope)) {
      for await (const page of described(aws, filter)) {
        const ours = page.map(ownedOf).filter(({ owner }) => inScope(scope, owner));
        // Ten values in a call are no bulk read: like tags, they are looked at in fresh reads only.
        yield scope.by === 'cluster' ? ours : await inFull(aws, ours);
      }
    }
  },

  async create(aws, self, spec) {
    // Overwriting and tags exclude each other; without overwriting, a stranger's value is safe too.
    await aws.ssm.send(new PutParameterCommand({ ...inputOf(self, spec), Overwrite: false, Tags: tagList(self.tags) }));
    return { id: spec.name, attributes: { name: spec.name } };
  },

  async update(aws, live, spec, changes) {
    if (fieldsChanged(changes).size > 0 || ownerChanged(changes))
      await aws.ssm.send(new PutParameterCommand({ ...inputOf(live.self, spec), Overwrite: true }));
    await retag(aws, live.id, changes);
  },

  async delete(aws, live) {
    await gone(aws.ssm.send(new DeleteParameterCommand({ Name: live.id })));
  },
});
