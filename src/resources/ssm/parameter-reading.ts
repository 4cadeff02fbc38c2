/**
 * How parameters of the Parameter Store are found and read: lists by tag, path or name, values ten at a time, whose they are by
 * their description. It must not know what a value means.
 */
import {
  DescribeParametersCommand,
  GetParametersCommand,
  ListTagsForResourceCommand,
  type ParameterMetadata,
  type ParameterStringFilter,
} from '@aws-sdk/client-ssm';
import type { Aws, Scope } from '../../aws/driver.ts';
import { claimOfDescription, parameterPrefix, TAG } from '../../aws/ownership.ts';
import type { Owned } from '../../core/kind.ts';
import { typeOf } from '../../core/snapshot.ts';
import { tagRecord } from '../ec2/tagging.ts';
import { ifExists, inBatches } from '../existing.ts';
import { inScope } from '../scope.ts';

/** AWS's limits: names in one filter, values in one read, parameters on one page. */
const NAMES_IN_FILTER = 50;
const VALUES_IN_READ = 10;
const PAGE = 50;

/** What the tag calls of Systems Manager call a parameter. */
export const ResourceType = 'Parameter';

/** A parameter as a list shows it: without value and tags. */
export interface Listed extends Pick<Owned, 'owner' | 'node' | 'incarnation'> {
  readonly name: string;
  readonly description: string | undefined;
}

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

/** Pages of the parameters within a scope that stand for nodes of a type; by id also those that nobody claims. */
export async function* listed(aws: Aws, scope: Scope, type: string): AsyncIterable<readonly Listed[]> {
  for (const filter of filtersOf(scope)) {
    for await (const page of described(aws, filter)) {
      const all = page.map(
        ({ Name: name = '', Description: description }): Listed => ({
          ...claimOfDescription(description),
          name,
          description,
        }),
      );
      yield all.filter(({ node, owner }) => (node === undefined || typeOf(node) === type) && inScope(scope, owner));
    }
  }
}

/** Values by name; of those that are not there, nothing. */
export async function valuesOf(aws: Aws, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const values = new Map<string, string>();
  for (const Names of inBatches(names, VALUES_IN_READ)) {
    const { Parameters = [] } = await aws.ssm.send(new GetParametersCommand({ Names }));
    for (const { Name, Value } of Parameters) if (Name !== undefined && Value !== undefined) values.set(Name, Value);
  }
  return values;
}

/** The tags of a parameter; missing when it is gone. */
export async function tagsOf(aws: Aws, ResourceId: string): Promise<Pick<Owned, 'tags'>> {
  const answer = await ifExists(aws.ssm.send(new ListTagsForResourceCommand({ ResourceType, ResourceId })));
  return answer ? { tags: tagRecord(answer.TagList) } : {};
}
