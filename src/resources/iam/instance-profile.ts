/** The instance profile that hands a role to servers. EC2 does not know a fresh one for a while and says so when it is used. */
import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  DeleteInstanceProfileCommand,
  GetInstanceProfileCommand,
  type InstanceProfile as InstanceProfileDescription,
  paginateListInstanceProfiles,
  RemoveRoleFromInstanceProfileCommand,
  TagInstanceProfileCommand,
  UntagInstanceProfileCommand,
} from '@aws-sdk/client-iam';
import { type Aws, resource, type Scope } from '../../aws/driver.ts';
import { IAM_PATH_ROOT, iamPath, NO_CLAIM, nodeName, ownerOfIamPath, uniqueName } from '../../aws/ownership.ts';
import { allOf, eachPage } from '../../aws/pages.ts';
import type { Change, Owned, Owner } from '../../core/kind.ts';
import { gone, tagRecord } from '../ec2/tagging.ts';
import { ifExists } from '../existing.ts';
import { fieldsChanged, tagChanges, tagList } from '../tag-changes.ts';

export interface InstanceProfileSpec {
  /** IAM is global: the region is part of the profile's name. */
  readonly region: string;
  /** A profile holds one role at most. */
  readonly roleName: string;
}

export interface InstanceProfileAttributes {
  readonly profileArn: string;
  readonly profileName: string;
}

const TYPE = 'iam.instance-profile';

async function* listBelow(aws: Aws, PathPrefix: string): AsyncIterable<readonly InstanceProfileDescription[]> {
  const pages = paginateListInstanceProfiles({ client: aws.iam, pageSize: 100 }, { PathPrefix });
  for await (const { InstanceProfiles = [] } of pages) {
    yield InstanceProfiles.filter(({ Path = '' }) => Path.startsWith(PathPrefix));
  }
}

/** Single reads, because only they return tags; what is not there is left out. */
async function eachOf(aws: Aws, names: readonly string[]): Promise<readonly InstanceProfileDescription[]> {
  const found = await Promise.all(
    names.map((InstanceProfileName) => ifExists(aws.iam.send(new GetInstanceProfileCommand({ InstanceProfileName })))),
  );
  return found.flatMap((answer) => answer?.InstanceProfile ?? []);
}

async function* read(aws: Aws, scope: Scope): AsyncIterable<readonly InstanceProfileDescription[]> {
  if (scope.by === 'ids') yield await eachOf(aws, scope.ids);
  else if (scope.by === 'cluster') yield* listBelow(aws, `${IAM_PATH_ROOT}${scope.cluster}/`);
  else yield await eachOf(aws, await namesOf(aws, scope.owners));
}

async function namesOf(aws: Aws, owners: readonly Owner[]): Promise<readonly string[]> {
  const paths = owners.map(({ cluster, namespace, name }) => `${IAM_PATH_ROOT}${cluster}/${namespace}/${name}/`);
  const listed = (await Promise.all(paths.map((path) => allOf(listBelow(aws, path))))).flat();
  return listed.map(({ InstanceProfileName = '' }) => InstanceProfileName);
}

function ownedOf(
  { InstanceProfileName = '', Arn = '', Path = '', Roles, Tags }: InstanceProfileDescription,
  scope: Scope,
): Owned<InstanceProfileSpec, InstanceProfileAttributes> {
  return {
    // By its path alone, without the uid that tags would add: the sweep sees no tags, and both must say the same.
    ...(ownerOfIamPath(Path, TYPE) ?? NO_CLAIM),
    id: InstanceProfileName,
    spec: { roleName: Roles?.[0]?.RoleName ?? null },
    attributes: { profileArn: Arn, profileName: InstanceProfileName },
    ...(scope.by === 'cluster' ? {} : { tags: tagRecord(Tags) }),
    health: { state: 'active', phase: 'ready' },
  };
}

async function retag(aws: Aws, InstanceProfileName: string, changes: readonly Change[]): Promise<void> {
  const { set, unset } = tagChanges(changes);
  if (set.length > 0) await aws.iam.send(new TagInstanceProfileCommand({ InstanceProfileName, Tags: set }));
  if (unset.length > 0) await aws.iam.send(new UntagInstanceProfileCommand({ InstanceProfileName, TagKeys: unset }));
}

async function takeOut(aws: Aws, InstanceProfileName: string, RoleName: string | null | undefined): Promise<void> {
  if (RoleName) await gone(aws.iam.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName })));
}

export const InstanceProfile = resource<InstanceProfileSpec, InstanceProfileAttributes>({
  type: TYPE,
  global: true,
  rules: { region: 'ignore' },
  settle: 0,

  observe: (aws, scope) => eachPage(read(aws, scope), (page) => page.map((profile) => ownedOf(profile, scope))),

  async create(aws, self, spec) {
    const InstanceProfileName = uniqueName(self.owner, `${nodeName(self.node)}-${spec.region}`, 128);
    const Path = iamPath(self.owner, self.node);
    const { InstanceProfile: made } = await aws.iam.send(
      new CreateInstanceProfileCommand({ InstanceProfileName, Path, Tags: tagList(self.tags) }),
    );
    await aws.iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName: spec.roleName }));
    return { id: InstanceProfileName, attributes: { profileArn: made?.Arn ?? '', profileName: InstanceProfileName } };
  },

  async update(aws, live, spec, changes) {
    await retag(aws, live.id, changes);
    if (!fieldsChanged(changes).has('roleName')) return;
    await takeOut(aws, live.id, live.spec.roleName);
    await aws.iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: live.id, RoleName: spec.roleName }));
  },

  async delete(aws, live) {
    const [current] = await eachOf(aws, [live.id]);
    await takeOut(aws, live.id, current?.Roles?.[0]?.RoleName);
    await gone(aws.iam.send(new DeleteInstanceProfileCommand({ InstanceProfileName: live.id })));
  },
});
