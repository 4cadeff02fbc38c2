/**
 * Subnets and security groups that a user brought, as far as a tier must know them: looked at, never changed. An id that does
 * not exist is left out.
 */
import { paginateDescribeSecurityGroups, paginateDescribeSubnets } from '@aws-sdk/client-ec2';
import type { Aws } from './driver.ts';
import type { Zone } from './lookups.ts';

/** A subnet. */
export interface BroughtSubnet {
  readonly id: string;
  readonly vpcID: string;
  readonly zone: Zone;
  readonly isAvailable: boolean;
  /** Length of the prefix of its address block. */
  readonly prefix: number;
  readonly freeAddresses: number;
}

/** Subnets by id; filters, unlike lists of ids, answer with whatever exists. */
export async function subnetsByID(aws: Aws, ids: readonly string[]): Promise<ReadonlyMap<string, BroughtSubnet>> {
  const Filters = [{ Name: 'subnet-id', Values: [...ids] }];
  const found = new Map<string, BroughtSubnet>();
  for await (const { Subnets = [] } of paginateDescribeSubnets({ client: aws.ec2 }, { Filters })) {
    for (const subnet of Subnets) {
      const { SubnetId: id = '', VpcId: vpcID = '', State, CidrBlock = '', AvailableIpAddressCount = 0 } = subnet;
      found.set(id, {
        id,
        vpcID,
        zone: { id: subnet.AvailabilityZoneId ?? '', name: subnet.AvailabilityZone ?? '' },
        isAvailable: State === 'available',
        prefix: Number(CidrBlock.split('/')[1] ?? 32),
        freeAddresses: AvailableIpAddressCount,
      });
    }
  }
  return found;
}

/** The VPC of a security group; nothing when there is no such group. */
export async function vpcOfSecurityGroup(aws: Aws, id: string): Promise<string | undefined> {
  const Filters = [{ Name: 'group-id', Values: [id] }];
  for await (const { SecurityGroups = [] } of paginateDescribeSecurityGroups({ client: aws.ec2 }, { Filters })) {
    const found = SecurityGroups[0]?.VpcId;
    if (found !== undefined) return found;
  }
  return undefined;
}
