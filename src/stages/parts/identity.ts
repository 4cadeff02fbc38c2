/** The IAM role of a tier's servers, and the profile that hands it to them: shell access and metrics through AWS, no SSH keys. */
import type { TierSpec } from '../../api/types.ts';
import type { Facts } from '../../core/facts.ts';
import type { GraphBuilder, Handle } from '../../core/graph.ts';
import { parameterPrefix } from '../../core/names.ts';
import { InstanceProfile, type InstanceProfileAttributes } from '../../resources/iam/instance-profile.ts';
import { normalPolicy, type PolicyStatement } from '../../resources/iam/policy.ts';
import { Role } from '../../resources/iam/role.ts';

const MANAGED_POLICIES = ['AmazonSSMManagedInstanceCore', 'CloudWatchAgentServerPolicy'];

const TRUST_EC2 = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
};

/** Adds role and profile; `statements` say what a server may do beyond reading its parameters. */
export function serverIdentity(
  g: GraphBuilder,
  { compute }: TierSpec,
  { owner, partition, region, accountID }: Facts,
  statements: readonly PolicyStatement[] = [],
): Handle<InstanceProfileAttributes> {
  const { managedPolicyARNs = [], permissionsBoundaryARN } = compute;
  const role = g.add(Role, 'server', {
    region,
    trustPolicy: TRUST_EC2,
    managedPolicyArns: [
      ...MANAGED_POLICIES.map((name) => `arn:${partition}:iam::aws:policy/${name}`),
      ...managedPolicyARNs,
    ],
    inlinePolicy: normalPolicy({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: ['ssm:GetParameter', 'ssm:GetParameters', 'ssm:GetParametersByPath'],
          Resource: `arn:${partition}:ssm:${region}:${accountID}:parameter${parameterPrefix(owner)}/*`,
        },
        ...statements,
      ],
    }),
    permissionsBoundaryArn: permissionsBoundaryARN ?? null,
  });
  return g.add(InstanceProfile, 'server', { region, roleName: role.ref('roleName') });
}
