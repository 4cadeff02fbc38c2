/** Load balancing as clients see it, against the real stand-in: lives, refusals, repeated creates, pages, targets. */
import {
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateTagsCommand,
  CreateVpcCommand,
  DeleteSecurityGroupCommand,
  DeleteSubnetCommand,
  DeleteTagsCommand,
} from '@aws-sdk/client-ec2';
import {
  AddListenerCertificatesCommand,
  AddTagsCommand,
  CreateListenerCommand,
  type CreateListenerCommandInput,
  CreateLoadBalancerCommand,
  type CreateLoadBalancerCommandInput,
  CreateRuleCommand,
  CreateTargetGroupCommand,
  type CreateTargetGroupCommandInput,
  DeleteListenerCommand,
  DeleteLoadBalancerCommand,
  DeleteRuleCommand,
  DeleteTargetGroupCommand,
  DeregisterTargetsCommand,
  DescribeListenerCertificatesCommand,
  DescribeListenersCommand,
  DescribeLoadBalancerAttributesCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  DescribeTagsCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ModifyListenerCommand,
  ModifyLoadBalancerAttributesCommand,
  ModifyTargetGroupCommand,
  RegisterTargetsCommand,
  RemoveListenerCertificatesCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { UploadServerCertificateCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Account, type Aws, codeOf, openAccount, openAws } from './account.ts';
import { eventually, runServer } from './ground.ts';

/** So slow that nothing passes during a test. */
const STILL = 0.001;

interface Network {
  readonly vpcId: string;
  readonly subnets: readonly string[];
  readonly groupId: string;
}

let aws: Aws;
let account: Account;
let network: Network;

async function makeZones({ ec2 }: Account): Promise<Network> {
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.42.0.0/16' }));
  const VpcId = Vpc?.VpcId ?? '';
  const zones = ['us-east-1a', 'us-east-1b', 'us-east-1a'];
  const subnets: string[] = [];
  for (const [index, AvailabilityZone] of zones.entries()) {
    const { Subnet } = await ec2.send(
      new CreateSubnetCommand({ VpcId, CidrBlock: `10.42.${index}.0/24`, AvailabilityZone }),
    );
    subnets.push(Subnet?.SubnetId ?? '');
  }
  const { GroupId = '' } = await ec2.send(
    new CreateSecurityGroupCommand({ VpcId, GroupName: 'alb', Description: 'alb' }),
  );
  return { vpcId: VpcId, subnets, groupId: GroupId };
}

beforeAll(async () => {
  aws = await openAws();
});
afterAll(() => aws.close());
beforeEach(async () => {
  account = await openAccount(aws);
  network = await makeZones(account);
});

const pace = (factor: number) => aws.control.configure({ factor }, account.id);

async function balancer(more: Partial<CreateLoadBalancerCommandInput> = {}): Promise<string> {
  const input = { Name: 'st-web', Subnets: network.subnets.slice(0, 2), SecurityGroups: [network.groupId], ...more };
  const { LoadBalancers } = await account.elb.send(new CreateLoadBalancerCommand(input));
  return LoadBalancers?.[0]?.LoadBalancerArn ?? '';
}

async function group(more: Partial<CreateTargetGroupCommandInput> = {}): Promise<string> {
  const input = { Name: 'st-web-1', Protocol: 'HTTP', Port: 8080, VpcId: network.vpcId, ...more } as const;
  const { TargetGroups } = await account.elb.send(new CreateTargetGroupCommand(input));
  return TargetGroups?.[0]?.TargetGroupArn ?? '';
}

const forward = (TargetGroupArn: string) => [{ Type: 'forward' as const, TargetGroupArn }];

async function listener(
  LoadBalancerArn: string,
  target: string,
  more: Partial<CreateListenerCommandInput> = {},
): Promise<string> {
  const input = { LoadBalancerArn, Protocol: 'HTTP', Port: 80, DefaultActions: forward(target), ...more } as const;
  const { Listeners } = await account.elb.send(new CreateListenerCommand(input));
  return Listeners?.[0]?.ListenerArn ?? '';
}

async function certificate(name: string): Promise<string> {
  const input = { ServerCertificateName: name, CertificateBody: 'body', PrivateKey: 'key' };
  const { ServerCertificateMetadata } = await account.iam.send(new UploadServerCertificateCommand(input));
  return ServerCertificateMetadata?.Arn ?? '';
}

async function stateOf(arn: string): Promise<string | undefined> {
  const { LoadBalancers } = await account.elb.send(new DescribeLoadBalancersCommand({ LoadBalancerArns: [arn] }));
  return LoadBalancers?.[0]?.State?.Code;
}

describe('load balancers', () => {
  test('a new one is provisioning and then active', async () => {
    await pace(STILL);
    expect(await stateOf(await balancer())).toBe('provisioning');
    await pace(600);
    const second = await balancer({ Name: 'st-second' });
    expect(await eventually(() => stateOf(second), 'active')).toBe('active');
  });

  test('the same settings get what there is, others are refused', async () => {
    const first = await balancer();
    expect(await balancer()).toBe(first);
    expect(await codeOf(balancer({ Scheme: 'internal' }))).toBe('DuplicateLoadBalancerName');
    const { LoadBalancers } = await account.elb.send(new DescribeLoadBalancersCommand({}));
    expect(LoadBalancers).toHaveLength(1);
  });

  test.each([
    ['one zone', () => ({ Subnets: network.subnets.slice(0, 1) }), 'ValidationError'],
    ['two subnets of a zone', () => ({ Subnets: [...network.subnets] }), 'InvalidConfigurationRequest'],
    ['an unknown subnet', () => ({ Subnets: ['subnet-0123456789abcdef0'] }), 'SubnetNotFound'],
    ['an unknown security group', () => ({ SecurityGroups: ['sg-0123456789abcdef0'] }), 'InvalidConfigurationRequest'],
    ['a long name', () => ({ Name: 'a'.repeat(33) }), 'ValidationError'],
    ['a reserved name', () => ({ Name: 'internal-web' }), 'ValidationError'],
  ])('%s is refused', async (_name, more, code) => {
    expect(await codeOf(balancer(more()))).toBe(code);
  });

  test('deletion protection holds until it is off', async () => {
    const LoadBalancerArn = await balancer();
    const set = (Value: string) =>
      account.elb.send(
        new ModifyLoadBalancerAttributesCommand({
          LoadBalancerArn,
          Attributes: [{ Key: 'deletion_protection.enabled', Value }],
        }),
      );
    await set('true');
    const end = () => account.elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn }));
    expect(await codeOf(end())).toBe('OperationNotPermitted');
    await set('false');
    expect(await codeOf(end())).toBe('accepted');
    expect(await codeOf(stateOf(LoadBalancerArn))).toBe('LoadBalancerNotFound');
  });

  test('attributes have the defaults of the answers of AWS', async () => {
    const LoadBalancerArn = await balancer();
    const { Attributes } = await account.elb.send(new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn }));
    expect(Attributes).toContainEqual({ Key: 'idle_timeout.timeout_seconds', Value: '60' });
  });

  test('what it uses cannot go while it stands, nor until its interfaces are gone', async () => {
    const arn = await balancer();
    const endGroup = () => codeOf(account.ec2.send(new DeleteSecurityGroupCommand({ GroupId: network.groupId })));
    const endSubnet = () => codeOf(account.ec2.send(new DeleteSubnetCommand({ SubnetId: network.subnets[0] })));
    expect([await endGroup(), await endSubnet()]).toEqual(['DependencyViolation', 'DependencyViolation']);
    await pace(STILL);
    await account.elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn: arn }));
    expect([await endGroup(), await endSubnet()]).toEqual(['DependencyViolation', 'DependencyViolation']);
    await pace(0);
    await account.elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn: await balancer() }));
    await aws.control.reset(account.id);
    expect([await endGroup(), await endSubnet()]).toEqual(['accepted', 'accepted']);
  });
});

describe('listeners and rules', () => {
  test('a port is given once; the same settings get what there is', async () => {
    const [arn, one, two] = [await balancer(), await group(), await group({ Name: 'st-web-2' })];
    const first = await listener(arn, one);
    expect(await listener(arn, one)).toBe(first);
    expect(await codeOf(listener(arn, two))).toBe('DuplicateListener');
    const second = await listener(arn, two, { Port: 81 });
    const move = account.elb.send(new ModifyListenerCommand({ ListenerArn: second, Port: 80 }));
    expect(await codeOf(move)).toBe('DuplicateListener');
  });

  test('HTTPS needs a certificate that there is', async () => {
    const [arn, one] = [await balancer(), await group()];
    const secure = (...arns: readonly string[]) =>
      listener(arn, one, {
        Port: 443,
        Protocol: 'HTTPS',
        Certificates: arns.map((CertificateArn) => ({ CertificateArn })),
      });
    const acm = `arn:aws:acm:us-east-1:${account.id}:certificate/11111111-2222-3333-4444-555555555555`;
    expect(await codeOf(secure())).toBe('ValidationError');
    expect(await codeOf(secure(acm))).toBe('CertificateNotFound');
    expect(await codeOf(secure(acm.replace('us-east-1', 'eu-west-1')))).toBe('CertificateNotFound');
    const ListenerArn = await secure(await certificate('one'));
    const plain = await listener(arn, one);
    const change = account.elb.send(new ModifyListenerCommand({ ListenerArn: plain, Protocol: 'HTTPS' }));
    expect(await codeOf(change)).toBe('ValidationError');
    await account.elb.send(new ModifyListenerCommand({ ListenerArn, Protocol: 'HTTP' }));
    const { Listeners } = await account.elb.send(new DescribeListenersCommand({ ListenerArns: [ListenerArn] }));
    expect(Listeners?.[0]?.Certificates ?? []).toEqual([]);
    expect(Listeners?.[0]?.SslPolicy).toBeUndefined();
  });

  test('a list shows the default certificate; changing it leaves the others', async () => {
    const [arn, target] = [await balancer(), await group()];
    const [one = '', two = '', three = ''] = [
      await certificate('one'),
      await certificate('two'),
      await certificate('three'),
    ];
    const Certificates = [{ CertificateArn: one }];
    const ListenerArn = await listener(arn, target, { Port: 443, Protocol: 'HTTPS', Certificates });
    const input = { ListenerArn, Certificates: [{ CertificateArn: two }] };
    await account.elb.send(new AddListenerCertificatesCommand(input));
    const { Listeners } = await account.elb.send(new DescribeListenersCommand({ ListenerArns: [ListenerArn] }));
    expect(Listeners?.[0]?.Certificates).toEqual([{ CertificateArn: one }]);
    const standard = { ListenerArn, Certificates: [{ CertificateArn: three }] };
    await account.elb.send(new ModifyListenerCommand(standard));
    const answer = await account.elb.send(new DescribeListenerCertificatesCommand({ ListenerArn }));
    expect(answer.Certificates).toEqual([
      { CertificateArn: three, IsDefault: true },
      { CertificateArn: two, IsDefault: false },
    ]);
    expect(await codeOf(account.elb.send(new RemoveListenerCertificatesCommand(standard)))).toBe(
      'OperationNotPermitted',
    );
  });

  test('a forward is said in both of its forms, a condition with its values twice', async () => {
    const [arn, one] = [await balancer(), await group()];
    const ListenerArn = await listener(arn, one);
    const Conditions = [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/a', '/b'] } }];
    const rule = { ListenerArn, Priority: 10, Conditions, Actions: forward(one) };
    await account.elb.send(new CreateRuleCommand(rule));
    const { Rules = [] } = await account.elb.send(new DescribeRulesCommand({ ListenerArn }));
    const [made] = Rules.filter(({ IsDefault }) => !IsDefault);
    expect(made?.Actions?.[0]).toMatchObject({
      TargetGroupArn: one,
      ForwardConfig: { TargetGroups: [{ TargetGroupArn: one, Weight: 1 }] },
    });
    expect(made?.Conditions?.[0]?.Values).toEqual(['/a', '/b']);
  });

  test('rules: a priority once, five values, and the default one stays', async () => {
    const [arn, one] = [await balancer(), await group()];
    const ListenerArn = await listener(arn, one);
    const rule = (Priority: number, Values: string[]) =>
      account.elb.send(
        new CreateRuleCommand({
          ...{ ListenerArn, Priority, Actions: forward(one) },
          Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values } }],
        }),
      );
    const { Rules: made } = await rule(10, ['/a']);
    expect(await codeOf(rule(10, ['/b']))).toBe('PriorityInUse');
    expect(await codeOf(rule(11, ['/1', '/2', '/3', '/4', '/5', '/6']))).toBe('ValidationError');
    const { Rules = [] } = await account.elb.send(new DescribeRulesCommand({ ListenerArn }));
    const standard = Rules.find(({ IsDefault }) => IsDefault)?.RuleArn;
    const end = (RuleArn: string | undefined) => codeOf(account.elb.send(new DeleteRuleCommand({ RuleArn })));
    expect(await end(standard)).toBe('OperationNotPermitted');
    expect([await end(made?.[0]?.RuleArn), await end(made?.[0]?.RuleArn)]).toEqual(['accepted', 'RuleNotFound']);
  });

  test('a target group belongs to one load balancer and cannot go while it is in use', async () => {
    const [arn, other, one] = [await balancer(), await balancer({ Name: 'st-other' }), await group()];
    const ListenerArn = await listener(arn, one);
    expect(await codeOf(listener(other, one))).toBe('TargetGroupAssociationLimit');
    const end = () => codeOf(account.elb.send(new DeleteTargetGroupCommand({ TargetGroupArn: one })));
    expect(await end()).toBe('ResourceInUse');
    const users = async () => {
      const { TargetGroups } = await account.elb.send(new DescribeTargetGroupsCommand({ TargetGroupArns: [one] }));
      return TargetGroups?.[0]?.LoadBalancerArns;
    };
    expect(await users()).toEqual([arn]);
    await account.elb.send(new DeleteListenerCommand({ ListenerArn }));
    expect((await users()) ?? []).toEqual([]);
    expect(await end()).toBe('accepted');
  });
});

describe('lists and tags', () => {
  test('pages are as large as asked, of every list', async () => {
    const arn = await balancer();
    await balancer({ Name: 'st-second' });
    const [one, two] = [await group(), await group({ Name: 'st-web-2' })];
    await listener(arn, one);
    await listener(arn, two, { Port: 81 });
    const first = await account.elb.send(new DescribeTargetGroupsCommand({ PageSize: 1 }));
    const second = await account.elb.send(new DescribeTargetGroupsCommand({ PageSize: 1, Marker: first.NextMarker }));
    expect(
      [...(first.TargetGroups ?? []), ...(second.TargetGroups ?? [])].map((each) => each.TargetGroupArn).sort(),
    ).toEqual([one, two].sort());
    expect(second.NextMarker).toBeUndefined();
    await aws.control.configure({ pageSize: 1 }, account.id);
    const listeners = await account.elb.send(new DescribeListenersCommand({ LoadBalancerArn: arn }));
    expect([listeners.Listeners?.length, listeners.NextMarker === undefined]).toEqual([1, false]);
    const balancers = await account.elb.send(new DescribeLoadBalancersCommand({}));
    expect([balancers.LoadBalancers?.length, balancers.NextMarker === undefined]).toEqual([1, false]);
    expect(await codeOf(account.elb.send(new DescribeLoadBalancersCommand({ PageSize: 401 })))).toBe('ValidationError');
  });

  test('one ARN that does not exist fails a list, and tags', async () => {
    const arn = await balancer();
    const missing = `${arn.slice(0, -16)}0123456789abcdef`;
    const LoadBalancerArns = [arn, missing];
    expect(await codeOf(account.elb.send(new DescribeLoadBalancersCommand({ LoadBalancerArns })))).toBe(
      'LoadBalancerNotFound',
    );
    const many = Array.from({ length: 21 }, () => arn);
    expect(await codeOf(account.elb.send(new DescribeTagsCommand({ ResourceArns: many })))).toBe('ValidationError');
    await account.elb.send(new AddTagsCommand({ ResourceArns: [arn], Tags: [{ Key: 'a', Value: 'b' }] }));
    const ListenerArn = await listener(arn, await group());
    await account.elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn: arn }));
    expect(await codeOf(account.elb.send(new DescribeTagsCommand({ ResourceArns: [arn] })))).toBe(
      'LoadBalancerNotFound',
    );
    expect(await codeOf(account.elb.send(new DescribeTagsCommand({ ResourceArns: [ListenerArn] })))).toBe(
      'ListenerNotFound',
    );
  });

  test('while reads lag, what is new is not there for anybody', async () => {
    await aws.control.configure({ lagSeconds: 600 }, account.id);
    const arn = await group();
    const { TargetGroups } = await account.elb.send(new DescribeTargetGroupsCommand({}));
    expect(TargetGroups ?? []).toEqual([]);
    expect(await codeOf(account.elb.send(new DescribeTagsCommand({ ResourceArns: [arn] })))).toBe(
      'TargetGroupNotFound',
    );
    await aws.control.configure({ lagSeconds: 0 }, account.id);
    expect(await group()).toBe(arn);
  });
});

describe('targets', () => {
  async function target(): Promise<string> {
    const server = await runServer(account, {
      ...network,
      subnetId: network.subnets[0] ?? '',
      zone: '',
      gatewayId: '',
    });
    return server.InstanceId ?? '';
  }

  async function healthOf(TargetGroupArn: string): Promise<string> {
    const answer = await account.elb.send(new DescribeTargetHealthCommand({ TargetGroupArn }));
    const states = (answer.TargetHealthDescriptions ?? []).map(({ TargetHealth }) =>
      [TargetHealth?.State, TargetHealth?.Reason].filter(Boolean).join(' '),
    );
    return states.join();
  }

  const register = (TargetGroupArn: string, Id: string) =>
    account.elb.send(new RegisterTargetsCommand({ TargetGroupArn, Targets: [{ Id }] }));

  test('nobody checks the targets of a group that nothing refers to', async () => {
    const one = await group();
    await register(one, await target());
    expect(await healthOf(one)).toBe('unused Target.NotInUse');
    await listener(await balancer(), one);
    expect(await eventually(() => healthOf(one), 'healthy')).toBe('healthy');
  });

  test('a new target is initial first', async () => {
    const one = await group();
    await listener(await balancer(), one);
    await register(one, await target());
    await pace(STILL);
    expect(await healthOf(one)).toBe('initial Elb.InitialHealthChecking');
  });

  test('a target fails by the path of the checks, or by a tag of its instance, with the reason', async () => {
    const one = await group();
    await listener(await balancer(), one);
    const id = await target();
    await register(one, id);
    await account.ec2.send(
      new CreateTagsCommand({ Resources: [id], Tags: [{ Key: 'sandbox/target-health', Value: 'Target.Timeout' }] }),
    );
    expect(await healthOf(one)).toBe('unhealthy Target.Timeout');
    await account.ec2.send(new DeleteTagsCommand({ Resources: [id], Tags: [{ Key: 'sandbox/target-health' }] }));
    expect(await healthOf(one)).toBe('healthy');
    const change = { TargetGroupArn: one, HealthCheckPath: '/unhealthy' };
    await account.elb.send(new ModifyTargetGroupCommand(change));
    expect(await healthOf(one)).toBe('unhealthy Target.ResponseCodeMismatch');
  });

  test('who is taken off drains for the delay, and whoever was never there is no error', async () => {
    const one = await group();
    await listener(await balancer(), one);
    const id = await target();
    await register(one, id);
    const input = { TargetGroupArn: one, Targets: [{ Id: id }] };
    await pace(STILL);
    await account.elb.send(new DeregisterTargetsCommand(input));
    expect(await healthOf(one)).toBe('draining Target.DeregistrationInProgress');
    expect(await codeOf(account.elb.send(new DeregisterTargetsCommand(input)))).toBe('accepted');
    await aws.control.reset(account.id);
    expect(await healthOf(one)).toBe('');
  });

  test('an instance that does not run cannot be registered', async () => {
    expect(await codeOf(register(await group(), 'i-0123456789abcdef0'))).toBe('InvalidTarget');
  });
});
