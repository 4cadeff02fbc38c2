/**
 * The one statement of a bucket's policy that is ours: it refuses requests without TLS. Statements of others are carried
 * over as they are. It must not call AWS.
 */
import { canonical } from '../../core/canonical.ts';
import { normalPolicy, type PolicyStatement } from '../iam/policy.ts';

const SID = 'ScalingTierDenyInsecureTransport';

const VERSION = '2012-10-17';

function denial(partition: string, bucket: string): PolicyStatement {
  const arn = `arn:${partition}:s3:::${bucket}`;
  return {
    Sid: SID,
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:*',
    Resource: [arn, `${arn}/*`],
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  };
}

interface Policy {
  readonly Version?: string;
  readonly Statement?: PolicyStatement | readonly PolicyStatement[];
}

const statementsOf = (policy: string | undefined): readonly PolicyStatement[] =>
  policy === undefined ? [] : [(JSON.parse(policy) as Policy).Statement ?? []].flat();

const normal = (statement: PolicyStatement): string =>
  canonical(normalPolicy({ Version: VERSION, Statement: [statement] }));

/** Whether a policy refuses requests without TLS as we say it. */
export function deniesInsecure(policy: string | undefined, partition: string, bucket: string): boolean {
  const ours = statementsOf(policy).find(({ Sid }) => Sid === SID);
  return ours !== undefined && normal(ours) === normal(denial(partition, bucket));
}

/** A policy with our statement, or without it; nothing when no statement is left. */
export function withDenial(
  policy: string | undefined,
  partition: string,
  bucket: string,
  denied: boolean,
): string | undefined {
  const others = statementsOf(policy).filter(({ Sid }) => Sid !== SID);
  const Statement = denied ? [...others, denial(partition, bucket)] : others;
  if (Statement.length === 0) return undefined;
  const { Version = VERSION, ...rest } = policy === undefined ? {} : (JSON.parse(policy) as Policy);
  return JSON.stringify({ ...rest, Version, Statement });
}
