/** Whether a security group that the user brought is there. Its rules are the user's. */
import { vpcOfSecurityGroup } from '../aws/subnets.ts';
import type { SecurityGroupDemand } from '../core/demand.ts';
import { InvalidSpec } from '../core/invalid.ts';
import type { Check } from './preflight-check.ts';

/** The check of security groups. */
export const securityGroupCheck: Check<SecurityGroupDemand> = {
  textOf: ({ vpcID, id }) => `${vpcID} ${id}`,
  async ask({ aws }, { field, vpcID, id }) {
    const found = await vpcOfSecurityGroup(aws, id);
    if (found === vpcID) return {};
    throw new InvalidSpec(
      found === undefined
        ? `${field}: account ${aws.accountID} has no security group ${id} in ${aws.region}; correct the id`
        : `${field}: security group ${id} belongs to ${found}, not to ${vpcID}; name one of that VPC`,
    );
  },
};
