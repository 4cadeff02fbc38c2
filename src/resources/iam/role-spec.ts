/** What a role is asked to be; apart from the kind, so that its reading can name it too. */
import type { PolicyDocument } from './policy.ts';

/** A role that servers take on. Policies are in the form of `normalPolicy`. */
export interface RoleSpec {
  /** IAM is global: the region is part of the role's name. */
  readonly region: string;
  readonly trustPolicy: PolicyDocument;
  /** Exactly these: a policy that somebody else attached is taken off, because it would widen what every server may do. */
  readonly managedPolicyArns: readonly string[];
  readonly inlinePolicy: PolicyDocument;
  readonly permissionsBoundaryArn: string | null;
}

/** What IAM calls the role. */
export interface RoleAttributes {
  readonly roleName: string;
  readonly roleArn: string;
}

/** Name of the one inline policy that is ours. */
export const INLINE_POLICY = 'scalingtier';
