/** Whether the credentials may make a call that a new tier begins with, tried without effect where AWS offers that. */
import { refusalOf } from '../aws/permissions.ts';
import type { PermissionDemand } from '../core/demand.ts';
import { RightMissing } from '../core/unmet.ts';
import type { Check } from './preflight-check.ts';

/** The check of permissions. */
export const permissionCheck: Check<PermissionDemand> = {
  forBuilding: true,
  textOf: ({ action, vpcID = '' }) => `${action} ${vpcID}`,
  async ask({ aws, standing, tagsOf }, demand) {
    if (standing.size > 0) return {};
    const refusal = await refusalOf(aws, demand, tagsOf(demand.node));
    if (refusal === undefined) return {};
    const { action, vpcID } = demand;
    const where = vpcID === undefined ? '' : ` in ${vpcID}`;
    throw new RightMissing(`a dry run of ec2:${action}${where} was refused, grant it to the role: ${refusal}`);
  },
};
