/**
 * Somebody who may log in to a cache. Its password lies in a secret and is known to nobody else; which version of it was
 * given to AWS stands in a tag. It has no description: only tags say whose it is.
 */
import {
  AddTagsToResourceCommand,
  CreateUserCommand,
  DeleteUserCommand,
  type User as Description,
  ModifyUserCommand,
  paginateDescribeUsers,
} from '@aws-sdk/client-elasticache';
import { readCredential } from '../../aws/credential.ts';
import { type Aws, type Identity, resource, type Scope } from '../../aws/driver.ts';
import type { Health, Owned } from '../../core/kind.ts';
import { claimMemory } from '../claim-memory.ts';
import { gone } from '../ec2/tagging.ts';
import { inBatches } from '../existing.ts';
import { fieldsChanged, tagList } from '../tag-changes.ts';
import { normalAccess } from './access-string.ts';
import { claimedByTags, isNamedByUs } from './claimed.ts';
import { arnOf, PAGE, retag } from './tagging.ts';

export interface CacheUserSpec {
  /** A `uniqueName` of at most 40 characters. */
  readonly userId: string;
  /** With which it logs in; `default` is who does not log in at all. */
  readonly userName: string;
  readonly engine: 'valkey' | 'redis';
  /** In the form of `normalAccess`. */
  readonly accessString: string;
  /** Where its password is. Without one it needs none, and should be `off`. */
  readonly secretArn: string | null;
  /** Which version of the secret is its password. */
  readonly secretVersion: string | null;
}

export interface CacheUserAttributes {
  readonly userId: string;
  readonly userName: string;
  readonly arn: string;
}

/** Tag with the version of the secret that AWS was given last. */
const PASSWORD_VERSION = 'scalingtier.dev/password-version';

/** The most ids of one filter. */
const IDS = 50;

const PHASES: Readonly<Record<string, Health['phase']>> = { active: 'ready', deleting: 'deleting' };

const claims = claimMemory();

type Observed = Owned<CacheUserSpec, CacheUserAttributes>;

async function* usersIn(aws: Aws, scope: Scope): AsyncIterable<readonly Description[]> {
  const filters = scope.by === 'ids' ? inBatches(scope.ids, IDS).map((Values) => [{ Name: 'user-id', Values }]) : [[]];
  for (const Filters of filters) {
    const input = Filters.length > 0 ? { Filters } : {};
    const pages = paginateDescribeUsers({ client: aws.elastiCache, pageSize: PAGE }, input);
    for await (const { Users = [] } of pages) yield Users.filter(isNamedByUs(scope, ({ UserId }) => UserId));
  }
}

function unclaimed(user: Description): Observed {
  const { UserId: userId = '', UserName: userName = '', ARN: arn = '', Status: state = 'unknown' } = user;
  return {
    owner: undefined,
    node: undefined,
    incarnation: 0,
    id: userId,
    spec: {
      userId,
      userName,
      engine: (user.Engine?.toLowerCase() ?? null) as CacheUserSpec['engine'] | null,
      accessString: normalAccess(user.AccessString ?? ''),
    },
    attributes: { userId, userName, arn },
    health: { state, phase: PHASES[state] ?? 'settling' },
  };
}

/** The version that is on record is looked at with the tags, where those are. */
const withVersion = (user: Observed): Observed =>
  user.tags ? { ...user, spec: { ...user.spec, secretVersion: user.tags[PASSWORD_VERSION] ?? null } } : user;

async function passwordOf(aws: Aws, { secretArn, secretVersion }: CacheUserSpec): Promise<object> {
  if (secretArn === null) return { NoPasswordRequired: true };
  const place = { secretArn, ...(secretVersion === null ? {} : { versionId: secretVersion }) };
  return { Passwords: [(await readCredential(aws, place)).password] };
}

const tagsWith = (self: Identity, { secretVersion }: CacheUserSpec) =>
  tagList({ ...self.tags, ...(secretVersion === null ? {} : { [PASSWORD_VERSION]: secretVersion }) });

async function note(aws: Aws, ResourceName: string, Value: string | null): Promise<void> {
  if (Value === null) return;
  const Tags = [{ Key: PASSWORD_VERSION, Value }];
  await aws.elastiCache.send(new AddTagsToResourceCommand({ ResourceName, Tags }));
}

export const CacheUser = resource<CacheUserSpec, CacheUserAttributes>({
  type: 'elasticache.user',
  rules: { userId: 'replace', userName: 'replace', secretArn: 'ignore' },
  // A new password is in its secret first; which one the cache was given is seen in fresh readings only.
  aftermath: ['secretVersion'],

  async *observe(aws, scope) {
    for await (const page of claimedByTags(aws, scope, claims, usersIn(aws, scope), unclaimed)) {
      yield page.map(withVersion);
    }
  },

  async create(aws, self, spec) {
    const userId = spec.userId.toLowerCase();
    await aws.elastiCache.send(
      new CreateUserCommand({
        UserId: userId,
        UserName: spec.userName,
        Engine: spec.engine,
        AccessString: spec.accessString,
        ...(await passwordOf(aws, spec)),
        Tags: tagsWith(self, spec),
      }),
    );
    const { userName } = spec;
    return { id: userId, attributes: { userId, userName, arn: arnOf(aws, 'user', userId) } };
  },

  async update(aws, live, spec, changes) {
    claims.forget(aws.elastiCache, live.attributes.arn);
    await retag(aws, live.attributes.arn, changes);
    const fields = fieldsChanged(changes);
    if (fields.size === 0) return;
    const isRotated = fields.has('secretVersion');
    await aws.elastiCache.send(
      new ModifyUserCommand({
        UserId: live.id,
        AccessString: fields.has('accessString') ? spec.accessString : undefined,
        Engine: fields.has('engine') ? spec.engine : undefined,
        ...(isRotated ? await passwordOf(aws, spec) : {}),
      }),
    );
    // Noted afterwards: a version that was noted and not given would never be given.
    if (isRotated) await note(aws, live.attributes.arn, spec.secretVersion);
  },

  async delete(aws, live) {
    claims.forget(aws.elastiCache, live.attributes.arn);
    await gone(aws.elastiCache.send(new DeleteUserCommand({ UserId: live.id })));
  },
});
