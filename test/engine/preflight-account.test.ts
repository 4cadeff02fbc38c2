/** What a load-balanced tier asks of the account before the first write: certificates, quotas and rights. */
import type { TierSpecInput, TierStatus } from '../../src/api/types.ts';
import type { Tier } from '../../src/core/tier.ts';
import { obstructed } from '../../src/engine/obstacle.ts';
import { account, awsError, BYO, type Input } from './account.ts';

const ARN = 'arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555';
const OTHER = ARN.replace(/5$/, '6');

const tier = (certificateARNs: readonly string[] = [ARN]): TierSpecInput => ({
  stage: 'LoadBalanced',
  aws: { region: 'us-east-1' },
  compute: { statelessAcknowledged: true },
  database: { rds: { readReplicas: { count: 1 } } },
  loadBalancer: {
    listeners: [{ port: 443, protocol: 'HTTPS', certificateARNs }],
  },
});

const natted: TierSpecInput = { ...tier(), network: { create: { natGateways: 'PerZone' } } };

const throwing = (error: Error) => (): never => {
  throw error;
};

const rowsOf = (roles: readonly string[]): NonNullable<TierStatus['resources']> =>
  roles.map((role) => ({ role, id: 'x' })) as never;

/** The condition that tells people why nothing goes on. */
async function stalledBy(failing: Promise<unknown>) {
  const error: unknown = await failing.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const subject = { metadata: { generation: 1 }, spec: { aws: {} }, status: { observedGeneration: -1 } };
  const { status } = obstructed(subject as unknown as Tier, error, new Date(0));
  const found = status.conditions?.find(({ type }) => type === 'Stalled');
  return { reason: found?.reason, message: found?.message };
}

describe('a certificate', () => {
  it.each([
    [
      'PENDING_VALIDATION',
      `spec.loadBalancer.listeners certificateARNs (port 443): certificate ${ARN} is PENDING_VALIDATION, not ISSUED; validate it in AWS Certificate Manager or name another`,
    ],
    ['EXPIRED', `certificate ${ARN} is EXPIRED, not ISSUED`],
  ])('that is %s stops the tier, until it is issued', async (Status, message) => {
    const state = { Status };
    const { gather } = account({ DescribeCertificate: () => ({ Certificate: state }) });
    const stalled = await stalledBy(gather(tier()));
    expect(stalled).toEqual({ reason: 'Invalid', message: expect.stringContaining(message) });
    state.Status = 'ISSUED';
    await expect(gather(tier())).resolves.toMatchObject({ warnings: [] });
  });

  it('that is not there stops the tier', async () => {
    const made = account({ DescribeCertificate: throwing(awsError('ResourceNotFoundException')) });
    await expect(made.gather(tier())).rejects.toThrow(
      `spec.loadBalancer.listeners certificateARNs (port 443): account ${made.id} has no certificate ${ARN} in us-east-1; name one that it has`,
    );
  });

  it('that may not be looked at is a warning, once', async () => {
    const { gather, count } = account({ DescribeCertificate: throwing(awsError('AccessDeniedException')) });
    const { pinned, warnings } = await gather(tier());
    expect(warnings).toEqual([
      {
        message: `not known: whether certificate ${ARN} is issued (AccessDeniedException); the right acm:DescribeCertificate would tell`,
        denied: true,
      },
    ]);
    expect(await gather(tier(), { facts: pinned })).toMatchObject({ warnings: [] });
    expect(count('DescribeCertificate')).toBe(1);
  });

  it('is asked about again when AWS did not answer', async () => {
    await expect(
      account({ DescribeCertificate: throwing(awsError('ThrottlingException')) }).gather(tier()),
    ).rejects.toThrow('no');
  });

  it('that runs out later does not stop a tier that stands; one that is added is asked about alone', async () => {
    const { pinned } = await account().gather(tier());
    const statuses: Readonly<Record<string, string>> = { [ARN]: 'EXPIRED', [OTHER]: 'ISSUED' };
    const { gather, asked } = account({
      DescribeCertificate: ({ CertificateArn }: Input) => ({
        Certificate: { Status: statuses[String(CertificateArn)] },
      }),
    });
    await gather(tier([ARN, OTHER]), { facts: pinned });
    const looks = asked.filter(({ operation }) => operation === 'DescribeCertificate');
    expect(looks.map(({ input }) => input.CertificateArn)).toEqual([OTHER]);
  });
});

describe('a quota', () => {
  const full = (operation: string, answer: object) => account({ [operation]: () => answer });
  const five = (item: object = {}): readonly object[] => Array.from({ length: 5 }, () => item);

  it.each<[string, TierSpecInput, string, object, string]>([
    [
      'VPCs',
      tier(),
      'DescribeVpcs',
      { Vpcs: five() },
      '5 of 5 are in use and the tier needs 1 more; ask AWS to raise quota L-F678F1CE',
    ],
    [
      'Elastic IP addresses',
      natted,
      'DescribeAddresses',
      { Addresses: five() },
      '5 of 5 are in use and the tier needs 2 more; ask AWS to raise quota L-0263D0A3',
    ],
    [
      'Application Load Balancers',
      tier(),
      'DescribeLoadBalancers',
      { LoadBalancers: [...five({ Type: 'application' }), { Type: 'network' }] },
      '5 of 5 are in use and the tier needs 1 more; ask AWS to raise quota L-53DA6B97',
    ],
    [
      'target groups',
      tier(),
      'DescribeTargetGroups',
      { TargetGroups: five() },
      'the tier needs 1 more; ask AWS to raise quota L-B22855CB',
    ],
    [
      'Auto Scaling groups',
      tier(),
      'DescribeAutoScalingGroups',
      { AutoScalingGroups: five() },
      'the tier needs 1 more; ask AWS to raise quota L-CDE20ADC',
    ],
    [
      'DB instances',
      tier(),
      'DescribeDBInstances',
      { DBInstances: five().slice(1) },
      '4 of 5 are in use and the tier needs 2 more; ask AWS to raise quota L-7B6409FD',
    ],
  ])(
    'of %s that is used up stops the tier, and says what to ask for',
    async (name, spec, operation, answer, message) => {
      const made = full(operation, answer);
      const stalled = await stalledBy(made.gather(spec));
      expect(stalled).toEqual({
        reason: 'QuotaExceeded',
        message: expect.stringContaining(`${name} in account ${made.id}, us-east-1: `),
      });
      expect(stalled.message).toContain(message);
    },
  );

  it('of load balancers does not count those of another type', async () => {
    const { gather } = full('DescribeLoadBalancers', { LoadBalancers: five({ Type: 'network' }) });
    await expect(gather(tier())).resolves.toBeDefined();
  });

  it('of NAT gateways is that of the fullest zone of the tier, with those that are being deleted', async () => {
    const gateways = (zones: string) => ({
      DescribeNatGateways: () => ({ NatGateways: [...zones].map((letter) => ({ SubnetId: `subnet-${letter}` })) }),
      DescribeSubnets: () => ({
        Subnets: ['a', 'b'].map((letter) => ({ SubnetId: `subnet-${letter}`, AvailabilityZone: `us-east-1${letter}` })),
      }),
    });
    await expect(account(gateways('aaaabbbbcccccc')).gather(natted)).resolves.toBeDefined();
    const { gather, asked } = account(gateways('abbbbb'));
    expect((await stalledBy(gather(natted))).message).toMatch(/^NAT gateways per zone .*: 5 of 5 are in use/);
    const [look] = asked.filter(({ operation }) => operation === 'DescribeNatGateways');
    expect(look?.input.Filter).toEqual([{ Name: 'state', Values: ['pending', 'available', 'deleting'] }]);
  });

  it('is not asked about for what stands already', async () => {
    const { gather, asked } = full('DescribeDBInstances', { DBInstances: five() });
    const resources = rowsOf([
      'ec2.vpc/main',
      'elb.load-balancer/main',
      'elb.target-group/web',
      'autoscaling.group/server',
      'rds.instance/primary',
      'rds.replica/1',
    ]);
    await gather(tier(), { resources });
    expect(asked.filter(({ operation }) => operation === 'GetServiceQuota')).toEqual([]);
  });

  it('is asked about for what is missing alone when more is wanted', async () => {
    const { pinned } = await account().gather(tier());
    const { gather } = full('DescribeDBInstances', { DBInstances: five().slice(1) });
    const grown = (count: number) => ({ ...tier(), database: { rds: { readReplicas: { count } } } });
    const standing = { facts: pinned, resources: rowsOf(['rds.instance/primary', 'rds.replica/1']) };
    await expect(gather(grown(2), standing)).resolves.toBeDefined();
    await expect(gather(grown(3), standing)).rejects.toThrow('4 of 5 are in use and the tier needs 2 more');
  });

  it.each([
    ['AccessDeniedException', true, '; the right servicequotas:GetServiceQuota would tell'],
    ['NoSuchResourceException', false, ''],
    ['ENOTFOUND', false, ''],
  ])('that is not known because of %s is a warning', async (name, denied, way) => {
    const { warnings } = await account({ GetServiceQuota: throwing(awsError(name)) }).gather(tier());
    expect(warnings).toContainEqual({
      message: `not known: whether there is room for 1 more VPCs (${name})${way}`,
      denied,
    });
    expect(warnings).toHaveLength(5);
  });

  it('is asked about again when there were too many questions', async () => {
    const { gather } = account({ GetServiceQuota: throwing(awsError('TooManyRequestsException')) });
    await expect(gather(tier())).rejects.toThrow('no');
  });

  it('of VPCs and addresses is nothing to a tier in the user’s network', async () => {
    const { gather, asked } = account();
    await gather({ ...tier(), network: { mode: 'BringYourOwn', byo: BYO } });
    const codes = asked.flatMap(({ operation, input }) => (operation === 'GetServiceQuota' ? [input.QuotaCode] : []));
    expect(codes.toSorted()).toEqual(['L-53DA6B97', 'L-7B6409FD', 'L-B22855CB', 'L-CDE20ADC']);
  });
});

describe('a right', () => {
  const dryRuns = ({ asked }: ReturnType<typeof account>) => asked.filter(({ input }) => input.DryRun === true);

  it('is tried without effect, with the tags that rights may depend on', async () => {
    const made = account();
    await made.gather(natted);
    expect(dryRuns(made).map(({ operation }) => operation)).toEqual(['CreateVpc', 'AllocateAddress']);
    for (const { input } of dryRuns(made)) {
      const [specification] = input.TagSpecifications as readonly { readonly Tags: readonly object[] }[];
      expect(specification?.Tags).toContainEqual({ Key: 'scalingtier.dev/cluster', Value: 'main' });
    }
    expect(made.asked.filter(({ operation, input }) => /^(Create|Allocate)/.test(operation) && !input.DryRun)).toEqual(
      [],
    );
  });

  it('is tried in the user’s VPC where that is what it hangs on', async () => {
    const made = account();
    await made.gather({ ...tier(), network: { mode: 'BringYourOwn', byo: BYO } });
    expect(dryRuns(made)).toMatchObject([{ operation: 'CreateSecurityGroup', input: { VpcId: BYO.vpcID } }]);
  });

  it('that is missing stops the tier, and is named', async () => {
    const refused = awsError('UnauthorizedOperation', 'You are not authorized to perform this operation.');
    const stalled = await stalledBy(account({ CreateVpc: throwing(refused) }).gather(tier()));
    expect(stalled.reason).toBe('AccessDenied');
    expect(stalled.message).toContain(
      'a dry run of ec2:CreateVpc was refused, grant it to the role: UnauthorizedOperation: You are not authorized',
    );
  });

  it('is not what any other answer to a dry run speaks of', async () => {
    const { gather } = account({ CreateVpc: throwing(awsError('VpcLimitExceeded')) });
    await expect(gather(tier())).resolves.toMatchObject({ warnings: [] });
  });

  it('is not tried for a tier that stands, nor twice', async () => {
    const made = account({ CreateVpc: throwing(awsError('UnauthorizedOperation')) });
    await made.gather(tier(), { resources: rowsOf(['ec2.vpc/main']) });
    expect(dryRuns(made)).toEqual([]);
    const again = account();
    const { pinned } = await again.gather(tier());
    await again.gather(tier(), { facts: pinned });
    expect(dryRuns(again)).toHaveLength(1);
  });
});

describe('what is asked for the sake of building alone', () => {
  const full = { DescribeVpcs: () => ({ Vpcs: [{}, {}, {}, {}, {}] }) };
  const refused = { CreateVpc: throwing(awsError('UnauthorizedOperation')) };
  const denied = 'a dry run of ec2:CreateVpc was refused';
  const usedUp = '5 of 5 are in use';

  it.each([
    [refused, denied],
    [full, usedUp],
  ])('is not asked while the tier is only observed, but then: %j', async (change, message) => {
    const { gather, asked, count } = account(change);
    const { pinned, warnings } = await gather(tier(), {}, { passive: true });
    expect([warnings, asked.filter(({ input }) => input.DryRun === true), count('GetServiceQuota')]).toEqual([
      [],
      [],
      0,
    ]);
    await expect(gather(tier(), { facts: pinned })).rejects.toThrow(message);
  });

  it('does not keep a tier that is only observed from being told that its spec is wrong', async () => {
    const { gather } = account({ DescribeCertificate: () => ({ Certificate: { Status: 'EXPIRED' } }) });
    await expect(gather(tier(), {}, { passive: true })).rejects.toThrow('is EXPIRED');
  });

  it('stays answered while the tier is only observed', async () => {
    const { gather } = account();
    const { pinned } = await gather(tier());
    expect((await gather(tier(), { facts: pinned }, { passive: true })).pinned).toEqual(pinned);
  });

  it.each([
    [refused, denied],
    [full, usedUp],
  ])('stops no tier that has it without its status saying so: %j', async (change, message) => {
    const { gather } = account(change);
    await expect(gather(tier())).rejects.toThrow(message);
    const { pinned } = await gather(tier(), {}, { seen: ['ec2.vpc/main'] });
    await expect(gather(tier(), { facts: pinned })).resolves.toMatchObject({ pinned });
  });

  it('stops a tier that lacks it, whatever else stands', async () => {
    const { gather } = account(full);
    await expect(gather(tier(), {}, { seen: ['elb.load-balancer/main'] })).rejects.toThrow(usedUp);
  });

  it('is no reason to look at AWS when there were too many questions', async () => {
    const { gather } = account({ GetServiceQuota: throwing(awsError('TooManyRequestsException')) });
    await expect(gather(tier(), {}, { seen: ['ec2.vpc/main'] })).rejects.toThrow('no');
  });
});

it('of several things that are missing the same is said in every pass', async () => {
  let slow = false;
  const { gather } = account({
    DescribeCertificate: ({ CertificateArn }) => {
      slow = !slow;
      const answer = { Certificate: { Status: CertificateArn === ARN ? 'EXPIRED' : 'REVOKED' } };
      return slow ? new Promise((resolve) => setTimeout(resolve, 20, answer)) : answer;
    },
  });
  for (const _ of [1, 2, 3]) await expect(gather(tier([ARN, OTHER]))).rejects.toThrow('is EXPIRED');
});
