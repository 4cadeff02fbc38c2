/**
 * Which users may log in to a cache. One for redis must have a user named `default`; one for valkey need not. It has no
 * description: only tags say whose it is.
 */
import {
  CreateUserGroupCommand,
  DeleteUserGroupCommand,
  DescribeUserGroupsCommand,
  type UserGroup as Description,
  ModifyUserGroupCommand,
  paginateDescribeUserGroups,
} from '@aws-sdk/client-elasticache';
import { type Aws, resource, type Scope } from '../../aws/driver.ts';
import type { Health, Owned } from '../../core/kind.ts';
import { claimMemory } from '../claim-memory.ts';
import { gone } from '../ec2/tagging.ts';
import { ifExists } from '../existing.ts';
import { fieldsChanged, tagList } from '../tag-changes.ts';
import { claimedByTags, isNamedByUs } from './claimed.ts';
import { arnOf, PAGE, retag } from './tagging.ts';

export interface CacheUserGroupSpec {
  /** A `uniqueName` of at most 40 characters. */
  readonly userGroupId: string;
  readonly engine: 'valkey' | 'redis';
  readonly userIds: readonly string[];
}

export interface CacheUserGroupAttributes {
  readonly userGroupId: string;
  readonly arn: string;
}

const PHASES: Readonly<Record<string, Health['phase']>> = { active: 'ready', deleting: 'deleting' };

const claims = claimMemory();

type Observed = Owned<CacheUserGroupSpec, CacheUserGroupAttributes>;

async function* groupsIn(aws: Aws, scope: Scope): AsyncIterable<readonly Description[]> {
  if (scope.by !== 'ids') {
    const pages = paginateDescribeUserGroups({ client: aws.elastiCache, pageSize: PAGE }, {});
    const isOurs = isNamedByUs<Description>(scope, ({ UserGroupId }) => UserGroupId);
    for await (const { UserGroups = [] } of pages) yield UserGroups.filter(isOurs);
    return;
  }
  for (const UserGroupId of scope.ids) {
    const answer = await ifExists(aws.elastiCache.send(new DescribeUserGroupsCommand({ UserGroupId })));
    yield answer?.UserGroups ?? [];
  }
}

/** Its users, with the changes that AWS has accepted. */
function usersOf({ UserIds = [], PendingChanges = {} }: Description): readonly string[] {
  const { UserIdsToAdd = [], UserIdsToRemove = [] } = PendingChanges;
  return [...new Set([...UserIds, ...UserIdsToAdd])].filter((id) => !UserIdsToRemove.includes(id));
}

function unclaimed(group: Description): Observed {
  const { UserGroupId: userGroupId = '', ARN: arn = '', Status: state = 'unknown' } = group;
  return {
    owner: undefined,
    node: undefined,
    incarnation: 0,
    id: userGroupId,
    spec: {
      userGroupId,
      engine: (group.Engine?.toLowerCase() ?? null) as CacheUserGroupSpec['engine'] | null,
      userIds: usersOf(group),
    },
    attributes: { userGroupId, arn },
    health: { state, phase: PHASES[state] ?? 'settling' },
  };
}

export const CacheUserGroup = resource<CacheUserGroupSpec, CacheUserGroupAttributes>({
  type: 'elasticache.user-group',
  rules: { userGroupId: 'replace', userIds: 'unordered' },

  observe: (aws, scope) => claimedByTags(aws, scope, claims, groupsIn(aws, scope), unclaimed),

  async create(aws, self, spec) {
    const userGroupId = spec.userGroupId.toLowerCase();
    await aws.elastiCache.send(
      new CreateUserGroupCommand({
        UserGroupId: userGroupId,
        Engine: spec.engine,
        UserIds: [...spec.userIds],
        Tags: tagList(self.tags),
      }),
    );
    return { id: userGroupId, attributes: { userGroupId, arn: arnOf(aws, 'usergroup', userGroupId) } };
  },

  async update(aws, live, spec, changes) {
    claims.forget(aws.elastiCache, live.attributes.arn);
    await retag(aws, live.attributes.arn, changes);
    const fields = fieldsChanged(changes);
    if (fields.size === 0) return;
    const before = live.spec.userIds ?? [];
    const added = spec.userIds.filter((id) => !before.includes(id));
    const removed = before.filter((id) => !spec.userIds.includes(id));
    await aws.elastiCache.send(
      new ModifyUserGroupCommand({
        UserGroupId: live.id,
        Engine: fields.has('engine') ? spec.engine : undefined,
        UserIdsToAdd: added.length > 0 ? added : undefined,
        UserIdsToRemove: removed.length > 0 ? removed : undefined,
      }),
    );
  },

  async delete(aws, live) {
    claims.forget(aws.elastiCache, live.attributes.arn);
    await gone(aws.elastiCache.send(new DeleteUserGroupCommand({ UserGroupId: live.id })));
  },
});
