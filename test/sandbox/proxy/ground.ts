/** Something to stand on for the proxy's tests: a network, an image, a server. It must not assert anything. */

import { setTimeout as sleep } from 'node:timers/promises';
import {
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeInstancesCommand,
  type Instance,
  RunInstancesCommand,
  type RunInstancesCommandInput,
} from '@aws-sdk/client-ec2';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import type { Account } from './account.ts';

/** Ids of a network. */
export interface Network {
  readonly vpcId: string;
  readonly subnetId: string;
  readonly zone: string;
  readonly gatewayId: string;
  readonly groupId: string;
}

/** Makes a VPC with a subnet, an attached gateway and a security group. */
export async function makeNetwork({ ec2 }: Account): Promise<Network> {
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.42.0.0/16' }));
  const VpcId = Vpc?.VpcId ?? '';
  const { Subnet } = await ec2.send(
    new CreateSubnetCommand({ VpcId, CidrBlock: '10.42.0.0/22', AvailabilityZoneId: 'use1-az1' }),
  );
  const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({}));
  const gatewayId = InternetGateway?.InternetGatewayId ?? '';
  await ec2.send(new AttachInternetGatewayCommand({ VpcId, InternetGatewayId: gatewayId }));
  const { GroupId } = await ec2.send(new CreateSecurityGroupCommand({ VpcId, GroupName: 'app', Description: 'app' }));
  return {
    vpcId: VpcId,
    subnetId: Subnet?.SubnetId ?? '',
    zone: Subnet?.AvailabilityZone ?? '',
    gatewayId,
    groupId: GroupId ?? '',
  };
}

/** The current Amazon Linux image. */
export async function image({ ssm }: Account, architecture: 'arm64' | 'x86_64' = 'arm64'): Promise<string> {
  const Name = `/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-${architecture}`;
  return (await ssm.send(new GetParameterCommand({ Name }))).Parameter?.Value ?? '';
}

/** Launches one server. */
export async function runServer(
  account: Account,
  network: Network,
  more: Partial<RunInstancesCommandInput> = {},
): Promise<Instance> {
  const { Instances } = await account.ec2.send(
    new RunInstancesCommand({
      ...{ MinCount: 1, MaxCount: 1, InstanceType: 't4g.small', SubnetId: network.subnetId },
      ...{ ImageId: await image(account), SecurityGroupIds: [network.groupId], ...more },
    }),
  );
  return Instances?.[0] ?? {};
}

/** One server as AWS shows it now. */
export async function server({ ec2 }: Account, id: string): Promise<Instance> {
  const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
  return Reservations?.[0]?.Instances?.[0] ?? {};
}

/** Longer than anything here takes on a busy machine. */
const PATIENCE_MILLISECONDS = 120_000;

/** Waits until a look answers with what is wanted; the answer of the last look when it never does. */
export async function eventually<T>(look: () => Promise<T>, wanted: T): Promise<T> {
  const end = performance.now() + PATIENCE_MILLISECONDS;
  for (;;) {
    const found = await look();
    if (found === wanted || performance.now() > end) return found;
    await sleep(20);
  }
}
