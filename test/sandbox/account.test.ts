/** What a person sees in an account: nothing of what every account has, and everything that somebody made. */
import { randomInt } from 'node:crypto';
import { CreateAutoScalingGroupCommand, PutScalingPolicyCommand } from '@aws-sdk/client-auto-scaling';
import {
  AllocateAddressCommand,
  CreateLaunchTemplateCommand,
  CreateNatGatewayCommand,
  DescribeSubnetsCommand,
} from '@aws-sdk/client-ec2';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateRuleCommand,
  CreateTargetGroupCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import {
  CreateCacheParameterGroupCommand,
  CreateCacheSubnetGroupCommand,
  CreateServerlessCacheCommand,
  CreateUserCommand,
  CreateUserGroupCommand,
} from '@aws-sdk/client-elasticache';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { type Account, enterAccount } from './account.ts';
import { attachSandbox } from './attach.ts';

let account: Account;
let subnets: readonly string[];
let vpcID: string | undefined;

beforeAll(async () => {
  account = await enterAccount(attachSandbox().aws.endpoint, String(randomInt(100_000_000_000, 999_999_999_999)));
  const { Subnets = [] } = await account.ec2.send(new DescribeSubnetsCommand({}));
  subnets = Subnets.slice(0, 2).flatMap(({ SubnetId }) => SubnetId ?? []);
  vpcID = Subnets[0]?.VpcId;
});

afterAll(() => account?.close());

const found = async (): Promise<Readonly<Record<string, readonly string[]>>> => {
  const inventory = await account.inventory();
  return Object.fromEntries(Object.entries(inventory).filter(([, labels]) => labels.length > 0));
};

const Tags = (role: string) => [
  { Key: 'scalingtier.dev/name', Value: 'shop' },
  { Key: 'scalingtier.dev/role', Value: role },
];

async function makeBalancer(): Promise<void> {
  const { elb } = account;
  const made = await elb.send(
    new CreateLoadBalancerCommand({ Name: 'web', Subnets: [...subnets], Tags: Tags('elb.load-balancer/main') }),
  );
  const LoadBalancerArn = made.LoadBalancers?.[0]?.LoadBalancerArn;
  const Actions = [{ Type: 'fixed-response' as const, FixedResponseConfig: { StatusCode: '404' } }];
  const { Listeners } = await elb.send(
    new CreateListenerCommand({
      ...{ LoadBalancerArn, Port: 80, Protocol: 'HTTP', DefaultActions: Actions },
      Tags: Tags('elb.listener/http'),
    }),
  );
  const Conditions = [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/api/*'] } }];
  const ListenerArn = Listeners?.[0]?.ListenerArn;
  await elb.send(
    new CreateRuleCommand({ ListenerArn, Priority: 1, Conditions, Actions, Tags: Tags('elb.listener-rule/http-1') }),
  );
  const group = { Name: 'web', VpcId: vpcID, Protocol: 'HTTP', Port: 8080 } as const;
  await elb.send(new CreateTargetGroupCommand({ ...group, Tags: Tags('elb.target-group/web') }));
}

async function makeFleet(): Promise<void> {
  const Name = '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64';
  const { Parameter } = await account.ssm.send(new GetParameterCommand({ Name }));
  const { LaunchTemplate } = await account.ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: 'web',
      LaunchTemplateData: { ImageId: Parameter?.Value, InstanceType: 't3.micro' },
    }),
  );
  await account.autoScaling.send(
    new CreateAutoScalingGroupCommand({
      ...{ AutoScalingGroupName: 'web', MinSize: 0, MaxSize: 1, VPCZoneIdentifier: subnets.join(',') },
      LaunchTemplate: { LaunchTemplateId: LaunchTemplate?.LaunchTemplateId, Version: '1' },
      Tags: Tags('autoscaling.group/server').map((tag) => ({ ...tag, PropagateAtLaunch: false })),
    }),
  );
  const PredefinedMetricSpecification = { PredefinedMetricType: 'ASGAverageCPUUtilization' as const };
  await account.autoScaling.send(
    new PutScalingPolicyCommand({
      ...{ AutoScalingGroupName: 'web', PolicyName: 'cpu', PolicyType: 'TargetTrackingScaling' },
      TargetTrackingConfiguration: { PredefinedMetricSpecification, TargetValue: 50 },
    }),
  );
}

async function makeCache(): Promise<void> {
  const { elastiCache } = account;
  await elastiCache.send(
    new CreateCacheSubnetGroupCommand({
      ...{ CacheSubnetGroupName: 'web', CacheSubnetGroupDescription: 'web', SubnetIds: [...subnets] },
      Tags: Tags('elasticache.subnet-group/main'),
    }),
  );
  await elastiCache.send(
    new CreateCacheParameterGroupCommand({
      ...{ CacheParameterGroupName: 'web', CacheParameterGroupFamily: 'valkey8', Description: 'web' },
      Tags: Tags('elasticache.parameter-group/main'),
    }),
  );
  const user = { UserId: 'web', UserName: 'web', Engine: 'valkey', AccessString: 'off -@all' };
  await elastiCache.send(
    new CreateUserCommand({ ...user, NoPasswordRequired: true, Tags: Tags('elasticache.user/app') }),
  );
  const cache = { ServerlessCacheName: 'web', Engine: 'valkey', SubnetIds: [...subnets] };
  await elastiCache.send(
    new CreateServerlessCacheCommand({ ...cache, Tags: Tags('elasticache.serverless-cache/main') }),
  );
}

test('of an account where nobody made anything nothing is listed', async () => {
  expect(await found()).toEqual({});
});

test('what a fleet is made of is listed, by its tags where it has some', async () => {
  await makeBalancer();
  await makeFleet();
  await makeCache();
  const { AllocationId } = await account.ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
  await account.ec2.send(new CreateNatGatewayCommand({ SubnetId: subnets[0], AllocationId }));
  await account.s3.send(new CreateBucketCommand({ Bucket: `web-${account.id}` }));

  expect(await found()).toEqual({
    ...{ loadBalancer: ['shop elb.load-balancer/main'], targetGroup: ['shop elb.target-group/web'] },
    ...{ listener: ['shop elb.listener/http'], listenerRule: ['shop elb.listener-rule/http-1'] },
    ...{ scalingGroup: ['shop autoscaling.group/server'], scalingPolicy: ['cpu'] },
    ...{ cache: ['shop elasticache.serverless-cache/main'], cacheUser: ['shop elasticache.user/app'] },
    ...{ cacheSubnets: ['shop elasticache.subnet-group/main'] },
    ...{ cacheParameters: ['shop elasticache.parameter-group/main'] },
    ...{ natGateway: [expect.stringMatching(/^nat-/)], address: [AllocationId], bucket: [`web-${account.id}`] },
    ...{ template: [expect.stringMatching(/^lt-/)], alarm: expect.any(Array) },
  });
});

test('groups of users are listed too', async () => {
  const group = { UserGroupId: 'web', Engine: 'valkey', UserIds: [] as string[] };
  await account.elastiCache.send(new CreateUserGroupCommand({ ...group, Tags: Tags('elasticache.user-group/main') }));
  expect((await found()).cacheUserGroup).toEqual(['shop elasticache.user-group/main']);
});
