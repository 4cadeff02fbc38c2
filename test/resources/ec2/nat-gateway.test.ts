/** NAT gateways as EC2 echoes them, and the order in which one and what belongs to it go. */
import type { NatGateway as Description } from '@aws-sdk/client-ec2';
import { classify } from '../../../src/aws/errors.ts';
import { allOf } from '../../../src/aws/pages.ts';
import { diffSpec } from '../../../src/core/diff.ts';
import { Address } from '../../../src/resources/ec2/address.ts';
import { NatGateway } from '../../../src/resources/ec2/nat-gateway.ts';
import { awsError, recordingAws, self, tagsOf } from '../recording.ts';

const node = 'ec2.nat-gateway/a';
const SPEC = { subnetId: 'subnet-1', allocationId: 'eipalloc-1', connectivityType: 'public' } as const;

const shown: Description = {
  NatGatewayId: 'nat-1',
  SubnetId: 'subnet-1',
  VpcId: 'vpc-1',
  State: 'available',
  NatGatewayAddresses: [
    { AllocationId: 'eipalloc-2', IsPrimary: false, Status: 'succeeded' },
    { AllocationId: 'eipalloc-1', IsPrimary: true, Status: 'succeeded' },
  ],
  Tags: tagsOf(node, { 'aws:x': 'y' }),
};

const read = (...NatGateways: readonly Description[]) =>
  allOf(NatGateway.observe(recordingAws({ DescribeNatGateways: { NatGateways } }).aws, { by: 'ids', ids: ['nat-1'] }));

test('of several addresses the main one is compared, and absent is the documented default: public', async () => {
  const [seen] = await read(shown);
  expect(seen && diffSpec(NatGateway, SPEC, seen)).toEqual([]);
  expect(seen?.tags).toEqual(self(node).tags);
});

test('one that is deleted stays visible for an hour, and is not there', async () => {
  expect(await read({ ...shown, State: 'deleted' })).toEqual([]);
  expect((await read({ ...shown, State: 'deleting' }))[0]?.health.phase).toBe('deleting');
});

describe('the address that it keeps after its end', () => {
  const live = {
    ...{ owner: undefined, node: undefined, incarnation: 1, id: 'eipalloc-1', spec: {} },
    attributes: { allocationId: 'eipalloc-1', publicIp: '198.51.100.1' },
    health: { state: 'allocated', phase: 'ready' as const },
    self: self('ec2.address/nat-a'),
  };
  const released = async (answers: Parameters<typeof recordingAws>[0]) =>
    Address.delete(recordingAws(answers).aws, live).catch(classify);
  const addresses = { Addresses: [{ AllocationId: 'eipalloc-1', PublicIp: '198.51.100.1' }] };

  test('was allocated with its tags in the call, before which it was announced: it has neither a token nor a name', async () => {
    const { aws, callOf } = recordingAws({ AllocateAddress: { AllocationId: 'eipalloc-1', PublicIp: '198.51.100.1' } });
    expect(await Address.create(aws, live.self, {})).toEqual({ id: 'eipalloc-1', attributes: live.attributes });
    expect(callOf('AllocateAddress')).toEqual({
      Domain: 'vpc',
      TagSpecifications: [{ ResourceType: 'elastic-ip', Tags: tagsOf('ec2.address/nat-a') }],
    });
    expect(Address.anonymous).toBe(true);
  });

  test('is released when it is free', async () => {
    const { aws, writes } = recordingAws({ DescribeAddresses: addresses });
    await Address.delete(aws, live);
    expect(writes()).toEqual([{ operation: 'ReleaseAddress', input: { AllocationId: 'eipalloc-1' } }]);
  });

  test('may be somebody else’s once it was released: a repeated release is refused, and no matter of credentials', async () => {
    expect(await released({ ReleaseAddress: awsError('AuthFailure') })).toBeUndefined();
  });

  test('that is still ours and refused is a failure', async () => {
    const answers = { ReleaseAddress: awsError('AuthFailure'), DescribeAddresses: addresses };
    expect(await released(answers)).toMatchObject({ class: 'denied' });
  });

  test('is in use as long as the gateway goes, which is a matter of time', async () => {
    const answers = { ReleaseAddress: awsError('InvalidIPAddress.InUse'), DescribeAddresses: addresses };
    expect(await released(answers)).toMatchObject({ class: 'busy' });
  });
});
