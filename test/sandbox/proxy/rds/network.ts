/**
 * What EC2 refuses because of databases (VPC User Guide, "Delete your subnet", "Delete your security group"): a database has
 * network interfaces in its subnets, with its security groups, until it is gone.
 */
import { type Params, Refusal, text } from '../call.ts';
import type { Rule } from '../ec2/refusal.ts';
import { descend, type Element, textAt } from '../xml.ts';
import type { Scene } from './scene.ts';
import { databases } from './view.ts';

function groupsOf(record: Element): readonly string[] {
  const groups = descend(record, 'VpcSecurityGroups')?.children ?? [];
  return groups.map((one) => textAt(one, 'VpcSecurityGroupId') ?? '');
}

/** The subnets in which a database has an interface: those of the zones that it is in. */
function subnetsOf(record: Element): readonly string[] {
  const zones = [textAt(record, 'AvailabilityZone'), textAt(record, 'SecondaryAvailabilityZone')];
  const subnets = descend(record, 'DBSubnetGroup', 'Subnets')?.children ?? [];
  return subnets
    .filter((one) => zones.includes(textAt(one, 'SubnetAvailabilityZone', 'Name')))
    .map((one) => textAt(one, 'SubnetIdentifier') ?? '');
}

async function groupInUse(scene: Scene, params: Params): Promise<void> {
  const id = text(params, 'GroupId') ?? '';
  if (!(await databases(scene)).some((one) => groupsOf(one).includes(id))) return;
  throw new Refusal('DependencyViolation', `resource ${id} has a dependent object`);
}

async function subnetInUse(scene: Scene, params: Params): Promise<void> {
  const id = text(params, 'SubnetId') ?? '';
  if (!(await databases(scene)).some((one) => subnetsOf(one).includes(id))) return;
  throw new Refusal('DependencyViolation', `The subnet '${id}' has dependencies and cannot be deleted.`);
}

/** EC2's rules that are about databases. */
export const DATABASE_RULES: readonly Rule[] = [
  { operation: 'DeleteSecurityGroup', check: groupInUse },
  { operation: 'DeleteSubnet', check: subnetInUse },
];
