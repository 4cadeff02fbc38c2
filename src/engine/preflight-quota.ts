/** Whether the account may have so many more of something. Nobody but AWS decides it: not to know is no reason to stop. */
import { classify } from '../aws/errors.ts';
import { quotaState } from '../aws/quotas.ts';
import type { QuotaDemand } from '../core/demand.ts';
import { typeOf } from '../core/snapshot.ts';
import { QuotaUsedUp } from '../core/unmet.ts';
import type { Check, Ground, Warning, Where } from './preflight-check.ts';
import { unknownWarning } from './preflight-unknown.ts';

/** Errors that come to an end by themselves, so that the question is better asked again. */
const PASSING: ReadonlySet<string> = new Set(['throttled', 'fenced', 'quota']);

async function confirm(
  { aws }: Ground,
  quota: QuotaDemand['quota'],
  more: number,
  where: Where,
): Promise<Warning | undefined> {
  try {
    const { value, used, code } = await quotaState(
      aws,
      quota,
      where.zones.map(({ name }) => name),
    );
    if (used + more <= value) return undefined;
    throw new QuotaUsedUp(
      `${quota} in account ${aws.accountID}, ${aws.region}: ${used} of ${value} are in use and the tier needs ${more} more; ask AWS to raise quota ${code}, or make room`,
    );
  } catch (error) {
    if (PASSING.has(classify(error).class)) throw error;
    return unknownWarning(error, {
      what: `whether there is room for ${more} more ${quota}`,
      right: 'servicequotas:GetServiceQuota',
    });
  }
}

/** The check of quotas. */
export const quotaCheck: Check<QuotaDemand> = {
  forBuilding: true,
  textOf: ({ quota, count }) => `${quota} ${count}`,
  async ask(ground, { quota, count, types }) {
    const more = count - [...ground.standing].filter((node) => types.includes(typeOf(node))).length;
    return more > 0 ? { confirm: (where) => confirm(ground, quota, more, where) } : {};
  },
};
