/**
 * How roles are found. The sweep reads all roles of the account with everything about them, in one paged call; a few tiers
 * or ids are read role by role. Paths say whose they are. It must not write.
 */
import {
  GetRoleCommand,
  GetRolePolicyCommand,
  paginateGetAccountAuthorizationDetails,
  paginateListAttachedRolePolicies,
  paginateListRoles,
  type RoleDetail,
} from '@aws-sdk/client-iam';
import type { Aws, Scope } from '../../aws/driver.ts';
import { IAM_PATH_ROOT } from '../../aws/ownership.ts';
import type { Owned, Owner } from '../../core/kind.ts';
import { tagRecord } from '../ec2/tagging.ts';
import { ifExists } from '../existing.ts';
import { claimOfPath } from './claim.ts';
import { readPolicy } from './policy.ts';
import { INLINE_POLICY, type RoleAttributes, type RoleSpec } from './role-spec.ts';

/** With more tiers than this, one read of the whole account is cheaper than one of each. */
const FEW = 5;

/** Each comes with its policies. */
const PAGE = 50;

const pathOf = ({ cluster, namespace, name }: Owner): string => `${IAM_PATH_ROOT}${cluster}/${namespace}/${name}/`;

type Observed = Owned<RoleSpec, RoleAttributes>;

async function* detailsBelow(aws: Aws, paths: readonly string[], type: string): AsyncIterable<readonly Observed[]> {
  const pages = paginateGetAccountAuthorizationDetails({ client: aws.iam, pageSize: PAGE }, { Filter: ['Role'] });
  for await (const { RoleDetailList = [] } of pages) {
    const ours = RoleDetailList.filter(({ Path = '' }) => paths.some((path) => Path.startsWith(path)));
    yield ours.map((detail) => ownedOf(detail, type));
  }
}

async function attachedTo(aws: Aws, RoleName: string): Promise<NonNullable<RoleDetail['AttachedManagedPolicies']>> {
  const found: NonNullable<RoleDetail['AttachedManagedPolicies']> = [];
  for await (const { AttachedPolicies = [] } of paginateListAttachedRolePolicies({ client: aws.iam }, { RoleName })) {
    found.push(...AttachedPolicies);
  }
  return found;
}

/** One role in the shape of the account's details; `undefined` when it is not there. */
async function detailOf(aws: Aws, RoleName: string): Promise<RoleDetail | undefined> {
  const found = await ifExists(aws.iam.send(new GetRoleCommand({ RoleName })));
  if (!found?.Role) return undefined;
  const [attached, inline] = await Promise.all([
    ifExists(attachedTo(aws, RoleName)),
    ifExists(aws.iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: INLINE_POLICY }))),
  ]);
  if (!attached) return undefined;
  return { ...found.Role, AttachedManagedPolicies: attached, RolePolicyList: inline ? [inline] : [] };
}

async function namesBelow(aws: Aws, PathPrefix: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { Roles = [] } of paginateListRoles({ client: aws.iam, pageSize: PAGE }, { PathPrefix })) {
    found.push(...Roles.map(({ RoleName = '' }) => RoleName));
  }
  return found;
}

async function eachOf(aws: Aws, names: readonly string[], type: string): Promise<readonly Observed[]> {
  const found = await Promise.all(names.map((name) => detailOf(aws, name)));
  return found.flatMap((detail) => (detail ? [ownedOf(detail, type)] : []));
}

function ownedOf(detail: RoleDetail, type: string): Observed {
  const { Path = '', RoleName = '', Arn = '', AssumeRolePolicyDocument, PermissionsBoundary, Tags } = detail;
  const inline = detail.RolePolicyList?.find(({ PolicyName }) => PolicyName === INLINE_POLICY);
  const tags = tagRecord(Tags);
  return {
    ...claimOfPath(Path, type, tags),
    tags,
    id: RoleName,
    spec: {
      trustPolicy: readPolicy(AssumeRolePolicyDocument),
      managedPolicyArns: (detail.AttachedManagedPolicies ?? []).map(({ PolicyArn = '' }) => PolicyArn),
      inlinePolicy: readPolicy(inline?.PolicyDocument),
      permissionsBoundaryArn: PermissionsBoundary?.PermissionsBoundaryArn ?? null,
    },
    attributes: { roleName: RoleName, roleArn: Arn },
    health: { state: 'active', phase: 'ready' },
  };
}

/** All roles in a scope. */
export async function* readRoles(aws: Aws, scope: Scope, type: string): AsyncIterable<readonly Observed[]> {
  if (scope.by === 'ids') {
    yield await eachOf(aws, scope.ids, type);
    return;
  }
  const paths = scope.by === 'cluster' ? [`${IAM_PATH_ROOT}${scope.cluster}/`] : scope.owners.map(pathOf);
  if (scope.by === 'cluster' || paths.length > FEW) yield* detailsBelow(aws, paths, type);
  else yield await eachOf(aws, (await Promise.all(paths.map((path) => namesBelow(aws, path)))).flat(), type);
}
