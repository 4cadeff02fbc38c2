/**
 * What example manifests name and do not make: certificates, a hosted zone, and a VPC that others keep. AWS gives ids of its own, so those in
 * the text are replaced by them. It must not use the operator's code.
 */
import {
  AllocateAddressCommand,
  AssociateRouteTableCommand,
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateNatGatewayCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
} from '@aws-sdk/client-ec2';
import { CreateHostedZoneCommand } from '@aws-sdk/client-route-53';
import type { Account } from './account.ts';
import { bringCertificate } from './certificate.ts';
import type { SandboxState } from './sandbox.ts';

const CERTIFICATE = /arn:aws:acm:([a-z0-9-]+):[0-9]{12}:certificate\/[0-9a-f-]{36}/g;
const VPC = 'vpc-0123456789abcdef0';
const ZONE = 'Z0123456789ABCDEFGHIJ';
/** The last two digits say which: of the public, app or data ones, and in which zone. */
const SUBNET = /\bsubnet-0123456789abcde([abc])([01])\b/g;

const BLOCKS = { a: 0, b: 16, c: 32 } as const;
const ZONES = ['us-east-1a', 'us-east-1b'];
const ANYWHERE = '0.0.0.0/0';

async function table({ ec2 }: Account, VpcId: string, route: object, subnets: readonly string[]): Promise<void> {
  const { RouteTable } = await ec2.send(new CreateRouteTableCommand({ VpcId }));
  const RouteTableId = RouteTable?.RouteTableId;
  await ec2.send(new CreateRouteCommand({ RouteTableId, DestinationCidrBlock: ANYWHERE, ...route }));
  for (const SubnetId of subnets) await ec2.send(new AssociateRouteTableCommand({ RouteTableId, SubnetId }));
}

/** A VPC with subnets of three sorts in two zones, and ways out of two of them; ids by what the text calls them. */
async function makeNetwork(account: Account): Promise<ReadonlyMap<string, string>> {
  const { ec2 } = account;
  const VpcId = (await ec2.send(new CreateVpcCommand({ CidrBlock: '10.60.0.0/16' }))).Vpc?.VpcId ?? '';
  const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({}));
  const InternetGatewayId = InternetGateway?.InternetGatewayId ?? '';
  await ec2.send(new AttachInternetGatewayCommand({ VpcId, InternetGatewayId }));
  const ids = new Map([['vpc', VpcId]]);
  for (const [sort, block] of Object.entries(BLOCKS)) {
    for (const [zone, AvailabilityZone] of ZONES.entries()) {
      const CidrBlock = `10.60.${block + zone}.0/24`;
      const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock, AvailabilityZone }));
      ids.set(`${sort}${zone}`, Subnet?.SubnetId ?? '');
    }
  }
  const of = (sort: keyof typeof BLOCKS) => ZONES.map((_, zone) => ids.get(`${sort}${zone}`) ?? '');
  await table(account, VpcId, { GatewayId: InternetGatewayId }, of('a'));
  const { AllocationId } = await ec2.send(new AllocateAddressCommand({}));
  const { NatGateway } = await ec2.send(new CreateNatGatewayCommand({ SubnetId: of('a')[0], AllocationId }));
  await table(account, VpcId, { NatGatewayId: NatGateway?.NatGatewayId }, of('b'));
  return ids;
}

/** A hosted zone for the names in the examples; its id. */
async function makeZone({ route53 }: Account): Promise<string> {
  const input = { Name: 'example.com', CallerReference: String(performance.now()) };
  const { HostedZone } = await route53.send(new CreateHostedZoneCommand(input));
  return HostedZone?.Id?.replace('/hostedzone/', '') ?? '';
}

/** Makes what a manifest names, and answers with a function that calls it by its ids in any text. */
export async function groundOf(
  state: SandboxState,
  account: Account,
  manifest: string,
): Promise<(text: string) => string> {
  const certificates = new Map<string, string>();
  for (const [arn, region] of manifest.matchAll(CERTIFICATE)) {
    if (!certificates.has(arn)) certificates.set(arn, await bringCertificate(state, account, region));
  }
  const ids: ReadonlyMap<string, string> = manifest.includes(VPC) ? await makeNetwork(account) : new Map();
  const zone = manifest.includes(ZONE) ? await makeZone(account) : ZONE;
  return (text) =>
    text
      .replaceAll(ZONE, zone)
      .replaceAll(CERTIFICATE, (arn) => certificates.get(arn) ?? arn)
      .replaceAll(VPC, ids.get('vpc') ?? VPC)
      .replaceAll(SUBNET, (id, sort: string, zone: string) => ids.get(`${sort}${zone}`) ?? id);
}
