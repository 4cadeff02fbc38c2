/**
 * Our two rules among a bucket's lifecycle rules. Writing them replaces the whole list, so that rules of others are carried
 * over as they are. It must not call AWS.
 */
import type { LifecycleRule } from '@aws-sdk/client-s3';
import type { BucketSpec } from './bucket-spec.ts';

type Lifecycle = BucketSpec['lifecycle'];

const ABORT = 'scalingtier.dev abort uploads';
const NONCURRENT = 'scalingtier.dev expire noncurrent versions';

const OURS: ReadonlySet<string | undefined> = new Set([ABORT, NONCURRENT]);

const isInForce = (rules: readonly LifecycleRule[], id: string): LifecycleRule | undefined =>
  rules.find(({ ID, Status }) => ID === id && Status === 'Enabled');

/** Whether there are rules of ours. */
export function hasRules(rules: readonly LifecycleRule[] | undefined): boolean {
  return rules?.some(({ ID }) => OURS.has(ID)) === true;
}

/** What our rules say; one that is missing or switched off says nothing. */
export function lifecycleOf(rules: readonly LifecycleRule[]): Lifecycle {
  const abort = isInForce(rules, ABORT)?.AbortIncompleteMultipartUpload?.DaysAfterInitiation;
  const noncurrent = isInForce(rules, NONCURRENT)?.NoncurrentVersionExpiration?.NoncurrentDays;
  return { abortMultipartDays: abort ?? 0, noncurrentDays: noncurrent ?? null };
}

/** All rules with ours as asked. */
export function withRules(rules: readonly LifecycleRule[], asked: Lifecycle): LifecycleRule[] {
  const { abortMultipartDays, noncurrentDays } = asked;
  const common = { Status: 'Enabled', Filter: { Prefix: '' } } as const;
  const abort: LifecycleRule = {
    ...common,
    ID: ABORT,
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: abortMultipartDays },
  };
  const noncurrent: readonly LifecycleRule[] =
    noncurrentDays === null
      ? []
      : [{ ...common, ID: NONCURRENT, NoncurrentVersionExpiration: { NoncurrentDays: noncurrentDays } }];
  return [...rules.filter(({ ID }) => !OURS.has(ID)), abort, ...noncurrent];
}
