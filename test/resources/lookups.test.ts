/** What is asked before anything is built, as AWS answers it: spoken by the real SDK. What is made of the answers is tested with the engine. */
import { RequestCertificateCommand } from '@aws-sdk/client-acm';
import { DescribeVpcsCommand } from '@aws-sdk/client-ec2';
import { certificateStatus } from '../../src/aws/certificates.ts';
import { refusalOf } from '../../src/aws/permissions.ts';
import { quotaState } from '../../src/aws/quotas.ts';
import { subnetsByID, vpcOfSecurityGroup } from '../../src/aws/subnets.ts';
import type { QuotaName } from '../../src/core/demand.ts';
import { Address } from '../../src/resources/ec2/address.ts';
import { NatGateway } from '../../src/resources/ec2/nat-gateway.ts';
import { openAccount, type Session } from './aws.ts';
import { anyGateway, anySecurityGroup, anySubnet, anyVpc } from './ground.ts';
import { eventually, openWorld, type World } from './world.ts';

let session: Session;
let world: World;
let vpcId: string;

beforeAll(async () => {
  session = await openAccount();
  world = openWorld(session);
  vpcId = (await anyVpc(world)).vpcId;
});

afterAll(() => session.close());

test('subnets by id have their zone, their size and their free addresses; what does not exist is left out', async () => {
  const { subnetId } = await anySubnet(world, vpcId);
  const found = await subnetsByID(world.aws, [subnetId, 'subnet-0123456789abcdef0']);
  expect([...found.values()]).toEqual([
    {
      id: subnetId,
      vpcID: vpcId,
      zone: { id: 'use1-az4', name: expect.stringMatching(/^us-east-1[a-f]$/) },
      isAvailable: true,
      prefix: 24,
      freeAddresses: 251,
    },
  ]);
});

test('a security group is of a VPC, or is not there', async () => {
  const { groupId } = await anySecurityGroup(world, vpcId);
  expect(await vpcOfSecurityGroup(world.aws, groupId)).toBe(vpcId);
  expect(await vpcOfSecurityGroup(world.aws, 'sg-0123456789abcdef0')).toBeUndefined();
});

test('a certificate has a status, or is not there', async () => {
  const { CertificateArn = '' } = await world.aws.acm.send(
    new RequestCertificateCommand({ DomainName: 'shop.example.com', ValidationMethod: 'DNS' }),
  );
  expect(await certificateStatus(world.aws, CertificateArn)).toMatch(/^(PENDING_VALIDATION|ISSUED)$/);
  const missing = CertificateArn.replace(/[0-9a-f]{12}$/, '000000000000');
  expect(await certificateStatus(world.aws, missing)).toBeUndefined();
});

describe('of quotas', () => {
  const QUOTAS: readonly QuotaName[] = [
    'VPCs',
    'Elastic IP addresses',
    'NAT gateways per zone',
    'Application Load Balancers',
    'target groups',
    'Auto Scaling groups',
    'DB instances',
  ];

  test.each(QUOTAS)('%s there is a value, and what is in use', async (name) => {
    const { value, used, code } = await quotaState(world.aws, name, ['us-east-1a']);
    expect(value).toBeGreaterThan(0);
    expect(used).toBeGreaterThanOrEqual(0);
    expect(code).toMatch(/^L-[0-9A-F]{8}$/);
  });

  test('what is in use grows with what is made', async () => {
    const usedOf = async (name: QuotaName, zones: readonly string[] = []) =>
      (await quotaState(world.aws, name, zones)).used;
    const [vpcs, addresses] = [await usedOf('VPCs'), await usedOf('Elastic IP addresses')];
    await anyVpc(world, 'second');
    const { allocationId } = (await world.build(Address, 'nat', {})).attributes;
    // AWS shows what is new only after a while.
    await eventually('one more of each', async () => {
      const now = [await usedOf('VPCs'), await usedOf('Elastic IP addresses')];
      return now[0] === vpcs + 1 && now[1] === addresses + 1;
    });
    await anyGateway(world, vpcId);
    const { subnetId } = await anySubnet(world, vpcId, 1);
    const zone = (await subnetsByID(world.aws, [subnetId])).get(subnetId)?.zone.name ?? '';
    await world.build(NatGateway, 'a', { subnetId, allocationId, connectivityType: 'public' });
    expect(await usedOf('NAT gateways per zone', [zone])).toBe(1);
    expect(await usedOf('NAT gateways per zone', ['us-east-1z'])).toBe(0);
  });
});

test.each(['CreateVpc', 'AllocateAddress', 'CreateSecurityGroup'] as const)(
  'a dry run of %s does nothing and is allowed to who may do everything',
  async (action) => {
    const count = async () => (await world.aws.ec2.send(new DescribeVpcsCommand({}))).Vpcs?.length;
    const before = await count();
    const { tags } = world.identity('ec2.vpc/main');
    expect(await refusalOf(world.aws, { sort: 'permission', action, node: 'ec2.vpc/main', vpcID: vpcId }, tags)).toBe(
      undefined,
    );
    expect(await count()).toBe(before);
  },
);
