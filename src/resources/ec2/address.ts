/**
 * An Elastic IP and where it points. The address is what the world knows a server by: it stays when the instance behind
 * it is replaced, and a released one may go to somebody else at once.
 */
import {
  AllocateAddressCommand,
  type Address as Allocation,
  AssociateAddressCommand,
  DescribeAddressesCommand,
  DisassociateAddressCommand,
  paginateDescribeTags,
  ReleaseAddressCommand,
} from '@aws-sdk/client-ec2';
import { type Aws, resource, type Scope } from '../../aws/driver.ts';
import { classify } from '../../aws/errors.ts';
import { TAG } from '../../aws/ownership.ts';
import { allOf, eachPage } from '../../aws/pages.ts';
import { mapInTurns } from '../../aws/turns.ts';
import type { Owned } from '../../core/kind.ts';
import { claimed, fieldsOf, filtersOf, gone, PAGE, retag, tagSpecification } from './tagging.ts';

export interface AddressSpec {
  /** Without it, others refer to the address and use it: a NAT gateway does. */
  readonly instanceId?: string;
}

export interface AddressAttributes {
  readonly allocationId: string;
  readonly publicIp: string;
}

const HOURS_PER_MONTH = 730;

/** The ids of a cluster's addresses. `DescribeAddresses` has no pages and answers with all that match; tags are paged. */
async function listIDs(aws: Aws, cluster: string): Promise<readonly string[]> {
  const Filters = [
    { Name: 'resource-type', Values: ['elastic-ip'] },
    { Name: 'key', Values: [TAG.cluster] },
    { Name: 'value', Values: [cluster] },
  ];
  const ids: string[] = [];
  for await (const { Tags = [] } of paginateDescribeTags({ client: aws.ec2, pageSize: PAGE }, { Filters })) {
    ids.push(...Tags.flatMap(({ ResourceId }) => ResourceId ?? []));
  }
  return ids;
}

async function* readAddresses(aws: Aws, scope: Scope): AsyncIterable<readonly Allocation[]> {
  const named: Scope = scope.by === 'cluster' ? { by: 'ids', ids: await listIDs(aws, scope.cluster) } : scope;
  for (const Filters of filtersOf(named, 'allocation-id')) {
    const { Addresses = [] } = await aws.ec2.send(new DescribeAddressesCommand({ Filters }));
    yield Addresses;
  }
}

const byID = (aws: Aws, id: string): Promise<readonly Allocation[]> =>
  allOf(readAddresses(aws, { by: 'ids', ids: [id] }));

function ownedOf(address: Allocation): Owned<AddressSpec, AddressAttributes> {
  const { AllocationId: allocationId = '', PublicIp: publicIp = '', AssociationId } = address;
  return {
    ...claimed(address.Tags),
    id: allocationId,
    spec: { instanceId: address.InstanceId || null },
    attributes: { allocationId, publicIp },
    health: { state: AssociationId ? 'associated' : 'allocated', phase: 'ready' },
  };
}

/** An address that is not in this account any more is answered with a refusal, since it may be somebody else's now. */
async function release(aws: Aws, AllocationId: string): Promise<void> {
  try {
    await gone(aws.ec2.send(new ReleaseAddressCommand({ AllocationId })));
  } catch (error) {
    const refused = classify(error).class === 'denied';
    if (!refused || (await byID(aws, AllocationId)).length > 0) throw error;
  }
}

export const Address = resource<AddressSpec, AddressAttributes>({
  type: 'ec2.address',
  anonymous: true,
  settle: 1,
  cost: () => [{ rate: 'ipv4/hour', quantity: HOURS_PER_MONTH }],

  observe: (aws, scope) => eachPage(readAddresses(aws, scope), (page) => mapInTurns(page, ownedOf)),

  // The association is left to the next pass: an error there would lose the id of an address that is paid for.
  async create(aws, self) {
    const { AllocationId: allocationId = '', PublicIp: publicIp = '' } = await aws.ec2.send(
      new AllocateAddressCommand({ Domain: 'vpc', TagSpecifications: tagSpecification('elastic-ip', self) }),
    );
    return { id: allocationId, attributes: { allocationId, publicIp } };
  },

  async update(aws, live, spec, changes) {
    await retag(aws, live.id, changes);
    if (fieldsOf(changes).length === 0) return;
    // It may be taken from where it was seen to point, never from where somebody pointed it since.
    const AllowReassociation = live.health.state === 'associated';
    const target = { AllocationId: live.id, InstanceId: spec.instanceId, AllowReassociation };
    await aws.ec2.send(new AssociateAddressCommand(target));
  },

  async delete(aws, live) {
    const [current] = await byID(aws, live.id);
    const AssociationId = current?.AssociationId;
    if (AssociationId) await gone(aws.ec2.send(new DisassociateAddressCommand({ AssociationId })));
    await release(aws, live.id);
  },
});
