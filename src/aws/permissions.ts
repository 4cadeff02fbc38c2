/**
 * Calls that are only tried: AWS checks the caller's rights and does nothing. Rights may hang on the tags of what is made, so
 * a try carries them.
 */
import {
  AllocateAddressCommand,
  CreateSecurityGroupCommand,
  CreateVpcCommand,
  type ResourceType,
} from '@aws-sdk/client-ec2';
import type { PermissionDemand } from '../core/demand.ts';
import type { Aws } from './driver.ts';
import { classify } from './errors.ts';

type Tags = Readonly<Record<string, string>>;

const tagged = (ResourceType: ResourceType, tags: Tags) => ({
  DryRun: true,
  TagSpecifications: [{ ResourceType, Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }],
});

/** Any block that a VPC may have, and any name that a group may have. */
const ANY = { cidr: '10.0.0.0/16', name: 'st-dry-run' } as const;

const TRIES: Readonly<
  Record<PermissionDemand['action'], (aws: Aws, tags: Tags, vpcID: string | undefined) => Promise<unknown>>
> = {
  CreateVpc: ({ ec2 }, tags) => ec2.send(new CreateVpcCommand({ CidrBlock: ANY.cidr, ...tagged('vpc', tags) })),
  AllocateAddress: ({ ec2 }, tags) =>
    ec2.send(new AllocateAddressCommand({ Domain: 'vpc', ...tagged('elastic-ip', tags) })),
  CreateSecurityGroup: ({ ec2 }, tags, VpcId) =>
    ec2.send(
      new CreateSecurityGroupCommand({
        GroupName: ANY.name,
        Description: 'dry run',
        VpcId,
        ...tagged('security-group', tags),
      }),
    ),
};

/** Tries a call: nothing when it is allowed, else what AWS said. Whatever else is in its way is no question of rights. */
export async function refusalOf(
  aws: Aws,
  { action, vpcID }: PermissionDemand,
  tags: Tags,
): Promise<string | undefined> {
  try {
    await TRIES[action](aws, tags, vpcID);
  } catch (error) {
    const { class: sort, code, message } = classify(error);
    if (sort === 'denied') return `${code}: ${message}`;
    if (sort === 'fenced' || sort === 'throttled') throw error;
  }
  return undefined;
}
