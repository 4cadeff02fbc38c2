/** What kinds stand on in the contract suite, built with the kinds themselves. */
import { RunInstancesCommand } from '@aws-sdk/client-ec2';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { InternetGateway } from '../../src/resources/ec2/internet-gateway.ts';
import { RouteTable } from '../../src/resources/ec2/route-table.ts';
import { SecurityGroup } from '../../src/resources/ec2/security-group.ts';
import { Subnet } from '../../src/resources/ec2/subnet.ts';
import { Volume } from '../../src/resources/ec2/volume.ts';
import { Vpc } from '../../src/resources/ec2/vpc.ts';
import type { World } from './world.ts';

/** A VPC. */
export async function anyVpc(world: World, name = 'ground') {
  const { attributes } = await world.build(Vpc, name, { cidr: '10.42.0.0/16', dnsSupport: true, dnsHostnames: true });
  return attributes;
}

/** A subnet in a VPC, the `index`-th. */
export async function anySubnet(world: World, vpcId: string, index = 0) {
  const spec = { vpcId, cidr: `10.42.${index}.0/24`, zoneId: 'use1-az4', mapPublicIpOnLaunch: false };
  const { attributes } = await world.build(Subnet, `ground-${index}`, spec);
  return attributes;
}

/** An internet gateway that is attached to a VPC. */
export async function anyGateway(world: World, vpcId: string) {
  const { attributes } = await world.build(InternetGateway, 'ground', { vpcId });
  return attributes;
}

/** A route table without routes or subnets. */
export async function anyRouteTable(world: World, vpcId: string, name = 'ground') {
  const { attributes } = await world.build(RouteTable, name, { vpcId, routes: [], subnetIds: [] });
  return attributes;
}

/** A security group without rules. */
export async function anySecurityGroup(world: World, vpcId: string, name = 'ground') {
  const spec = { vpcId, name: `st-${name}`, description: 'ground of a test', extraRules: [], expectedRules: [] };
  const { attributes } = await world.build(SecurityGroup, name, spec);
  return attributes;
}

/** An encrypted volume of a few GiB. */
export async function anyVolume(world: World) {
  const spec = { zoneName: 'us-east-1a', sizeGiB: 10, volumeType: 'gp3', encrypted: true } as const;
  const { attributes } = await world.build(Volume, 'ground', spec);
  return attributes;
}

const IMAGE = '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64';

/** An instance of nobody's, as soon as AWS has accepted it: it may still be pending. */
export async function anyInstance({ aws }: World, subnetId: string): Promise<string> {
  const { Parameter } = await aws.ssm.send(new GetParameterCommand({ Name: IMAGE }));
  const { Instances } = await aws.ec2.send(
    new RunInstancesCommand({
      ImageId: Parameter?.Value,
      InstanceType: 't3.micro',
      SubnetId: subnetId,
      MinCount: 1,
      MaxCount: 1,
    }),
  );
  const id = Instances?.[0]?.InstanceId;
  if (!id) throw new Error(`run an instance of ${Parameter?.Value}: no id in the answer`);
  return id;
}
