/**
 * The IAM role of servers, with its policies. IAM takes seconds to minutes to be believed everywhere; who uses a fresh role
 * is told so by AWS and asks again.
 */
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  paginateListAttachedRolePolicies,
  paginateListInstanceProfilesForRole,
  paginateListRolePolicies,
  RemoveRoleFromInstanceProfileCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { type Aws, resource } from '../../aws/driver.ts';
import { iamPath, nodeName, uniqueName } from '../../aws/ownership.ts';
import type { Change } from '../../core/kind.ts';
import { gone } from '../ec2/tagging.ts';
import { ifExists } from '../existing.ts';
import { fieldsChanged, tagChanges, tagList } from '../tag-changes.ts';
import { readRoles } from './role-reading.ts';
import { INLINE_POLICY, type RoleAttributes, type RoleSpec } from './role-spec.ts';

export type { RoleAttributes, RoleSpec } from './role-spec.ts';

const TYPE = 'iam.role';

async function attach(
  aws: Aws,
  RoleName: string,
  wanted: readonly string[],
  attached: readonly string[],
): Promise<void> {
  for (const PolicyArn of wanted.filter((arn) => !attached.includes(arn))) {
    await aws.iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  }
  for (const PolicyArn of attached.filter((arn) => !wanted.includes(arn))) {
    await gone(aws.iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn })));
  }
}

async function putInline(aws: Aws, RoleName: string, { inlinePolicy }: RoleSpec): Promise<void> {
  const PolicyDocument = JSON.stringify(inlinePolicy);
  await aws.iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: INLINE_POLICY, PolicyDocument }));
}

async function setBoundary(aws: Aws, RoleName: string, PermissionsBoundary: string | null): Promise<void> {
  if (PermissionsBoundary) await aws.iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary }));
  else await gone(aws.iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName })));
}

async function retag(aws: Aws, RoleName: string, changes: readonly Change[]): Promise<void> {
  const { set, unset } = tagChanges(changes);
  if (set.length > 0) await aws.iam.send(new TagRoleCommand({ RoleName, Tags: set }));
  if (unset.length > 0) await aws.iam.send(new UntagRoleCommand({ RoleName, TagKeys: unset }));
}

/** IAM refuses to delete a role that is in a profile or has policies, whoever put it there or attached them. */
async function strip(aws: Aws, RoleName: string): Promise<void> {
  for await (const { InstanceProfiles = [] } of paginateListInstanceProfilesForRole(
    { client: aws.iam },
    { RoleName },
  )) {
    for (const { InstanceProfileName } of InstanceProfiles) {
      await gone(aws.iam.send(new RemoveRoleFromInstanceProfileCommand({ RoleName, InstanceProfileName })));
    }
  }
  for await (const { AttachedPolicies = [] } of paginateListAttachedRolePolicies({ client: aws.iam }, { RoleName })) {
    for (const { PolicyArn } of AttachedPolicies)
      await gone(aws.iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn })));
  }
  for await (const { PolicyNames = [] } of paginateListRolePolicies({ client: aws.iam }, { RoleName })) {
    for (const PolicyName of PolicyNames)
      await gone(aws.iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName })));
  }
}

export const Role = resource<RoleSpec, RoleAttributes>({
  type: TYPE,
  global: true,
  rules: { region: 'ignore', managedPolicyArns: 'unordered' },
  settle: 0,

  observe: (aws, scope) => readRoles(aws, scope, TYPE),

  async create(aws, self, spec) {
    const RoleName = uniqueName(self.owner, `${nodeName(self.node)}-${spec.region}`, 64);
    const { Role: made } = await aws.iam.send(
      new CreateRoleCommand({
        RoleName,
        Path: iamPath(self.owner, self.node),
        Description: `servers of ${self.owner.namespace}/${self.owner.name}`,
        AssumeRolePolicyDocument: JSON.stringify(spec.trustPolicy),
        ...(spec.permissionsBoundaryArn === null ? {} : { PermissionsBoundary: spec.permissionsBoundaryArn }),
        Tags: tagList(self.tags),
      }),
    );
    await attach(aws, RoleName, spec.managedPolicyArns, []);
    await putInline(aws, RoleName, spec);
    return { id: RoleName, attributes: { roleName: RoleName, roleArn: made?.Arn ?? '' } };
  },

  async update(aws, live, spec, changes) {
    const fields = fieldsChanged(changes);
    await retag(aws, live.id, changes);
    if (fields.has('permissionsBoundaryArn')) await setBoundary(aws, live.id, spec.permissionsBoundaryArn);
    if (fields.has('trustPolicy')) {
      const PolicyDocument = JSON.stringify(spec.trustPolicy);
      await aws.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: live.id, PolicyDocument }));
    }
    if (fields.has('managedPolicyArns'))
      await attach(aws, live.id, spec.managedPolicyArns, live.spec.managedPolicyArns ?? []);
    if (fields.has('inlinePolicy')) await putInline(aws, live.id, spec);
  },

  async delete(aws, live) {
    await ifExists(strip(aws, live.id));
    await gone(aws.iam.send(new DeleteRoleCommand({ RoleName: live.id })));
  },
});
