/** Another type for the servers of a tier that stands: whether AWS offers it where they stand. */
import type { TierSpecInput } from '../../src/api/types.ts';
import { account, BYO, filtered } from './account.ts';

/** An account in which only some zones have `m7g.large`. */
const having = (letters: readonly string[]) =>
  account({
    DescribeInstanceTypeOfferings: (input) => ({
      InstanceTypeOfferings: (filtered(input, 'instance-type')[0] === 'm7g.large' ? letters : ['a', 'b', 'c']).map(
        (letter) => ({ Location: `us-east-1${letter}` }),
      ),
    }),
  });

const tiers: Readonly<Record<'SingleServer' | 'SeparateDatabase' | 'LoadBalanced', TierSpecInput>> = {
  SingleServer: { stage: 'SingleServer', aws: { region: 'us-east-1' } },
  SeparateDatabase: { stage: 'SeparateDatabase', aws: { region: 'us-east-1' } },
  LoadBalanced: {
    stage: 'LoadBalanced',
    aws: { region: 'us-east-1' },
    compute: { statelessAcknowledged: true },
    loadBalancer: { allowPlaintext: true, listeners: [{ port: 80, protocol: 'HTTP' }] },
  },
};

const retyped = (spec: TierSpecInput): TierSpecInput => ({
  ...spec,
  compute: { ...spec.compute, instanceType: 'm7g.large' },
});

const resources = [{ role: 'ec2.launch-template/server', id: 'lt-1' }] as never;

it.each(['SingleServer', 'SeparateDatabase'] as const)(
  'a lone server of stage %s keeps its zone: the first must have the type',
  async (stage) => {
    const { pinned: facts } = await account().gather(tiers[stage]);
    const standing = { facts, resources };
    await expect(having(['b', 'c']).gather(retyped(tiers[stage]), standing)).rejects.toThrow(
      "spec.compute.instanceType: of the zones of this tier's servers, use1-az1, none can have m7g.large; choose another type",
    );
    await expect(having(['a']).gather(retyped(tiers[stage]), standing)).resolves.toBeDefined();
  },
);

it('a fleet stands in each of its zones: all must have the type', async () => {
  const { pinned: facts } = await account().gather(tiers.LoadBalanced);
  await expect(having(['b', 'c']).gather(retyped(tiers.LoadBalanced), { facts, resources })).rejects.toThrow(
    "spec.compute.instanceType: of the zones of this tier's servers, use1-az1, use1-az2, only use1-az2 can have m7g.large; choose another type",
  );
});

it('a fleet in the user’s network stands in the zones of its app subnets', async () => {
  const spec = { ...tiers.LoadBalanced, network: { mode: 'BringYourOwn', byo: BYO } } as const;
  const { pinned: facts } = await account().gather(spec);
  await expect(having(['a', 'c']).gather(retyped(spec), { facts, resources })).rejects.toThrow(
    'only use1-az1 can have m7g.large; choose another type or other subnets',
  );
});

it('a tier that is to stand in further zones with another type needs it in all of them', async () => {
  const { pinned: facts } = await account().gather(tiers.LoadBalanced);
  const wider = { ...retyped(tiers.LoadBalanced), network: { create: { zoneCount: 3 } } };
  await expect(having(['b', 'c']).gather(wider, { facts, resources })).rejects.toThrow(
    'use1-az1, use1-az2, use1-az3, only use1-az2, use1-az3 can have m7g.large',
  );
  const { pinned } = await having(['a', 'b', 'c']).gather(wider, { facts, resources });
  expect(pinned.zoneIDs).toEqual(['use1-az1', 'use1-az2', 'use1-az3']);
});

it('an offer that ends stops no tier that stands, nor does it ask again', async () => {
  const { pinned: facts } = await having(['a', 'b']).gather(retyped(tiers.LoadBalanced));
  const { gather, count } = having([]);
  await expect(gather(retyped(tiers.LoadBalanced), { facts, resources })).resolves.toMatchObject({ pinned: facts });
  expect(count('DescribeInstanceTypeOfferings')).toBe(0);
});

it('a tier that was built before types were asked about is not stopped', async () => {
  const { pinned } = await account().gather(tiers.SingleServer);
  const { confirmed, ...facts } = pinned;
  expect(confirmed).toHaveLength(1);
  const after = await having([]).gather(retyped(tiers.SingleServer), { facts, resources });
  expect(after.pinned.confirmed).toHaveLength(1);
});

it('a new tier and its zones ask once; what was refused is asked again', async () => {
  const letters = ['c'];
  const { gather, count } = having(letters);
  const spec = retyped(tiers.LoadBalanced);
  await expect(gather(spec)).rejects.toThrow('only 1 zones offer m7g.large');
  letters.push('b');
  const { pinned } = await gather(spec);
  expect(pinned.zoneIDs).toEqual(['use1-az2', 'use1-az3']);
  expect(count('DescribeInstanceTypeOfferings')).toBe(2);
});
