/** What is asked before the first write: whether AWS offers the tier's database, and where. */
import { EC2Client } from '@aws-sdk/client-ec2';
import { RDSClient } from '@aws-sdk/client-rds';
import { withDefaults } from '../../src/api/defaults.ts';
import type { TierSpecInput, TierStatus } from '../../src/api/types.ts';
import type { Aws } from '../../src/aws/driver.ts';
import type { Tier } from '../../src/core/tier.ts';
import { type Gathered, gatherFacts } from '../../src/engine/facts.ts';
import { stages } from '../../src/stages/index.ts';
import { OWNER } from '../core/samples.ts';

const ZONES = ['a', 'b', 'c', 'd'];
const option = (version: string, letters: string, multiAZ = letters.length > 1) => ({
  EngineVersion: version,
  AvailabilityZones: [...letters].map((letter) => ({ Name: `us-east-1${letter}` })),
  MultiAZCapable: multiAZ,
});

const EC2: Readonly<Record<string, object>> = {
  DescribeInstanceTypesCommand: { InstanceTypes: [{ ProcessorInfo: { SupportedArchitectures: ['arm64'] } }] },
  DescribeImagesCommand: { Images: [{ Architecture: 'arm64', RootDeviceName: '/dev/xvda' }] },
  DescribeAvailabilityZonesCommand: {
    AvailabilityZones: ZONES.map((letter, index) => ({
      ZoneId: `use1-az${index + 1}`,
      ZoneName: `us-east-1${letter}`,
    })),
  },
  DescribeInstanceTypeOfferingsCommand: {
    InstanceTypeOfferings: ['a', 'b', 'c'].map((letter) => ({ Location: `us-east-1${letter}` })),
  },
  GetParameterCommand: { Parameter: { Value: 'ami-0123456789abcdef0' } },
};

/** An account of its own for each test, because what AWS offers in a place is asked once. */
let accounts = 0;

function account(answer: (instanceClass: string) => readonly object[]) {
  accounts += 1;
  const asked: string[] = [];
  const identity = { region: 'us-east-1', credentials: { accessKeyId: 'x', secretAccessKey: 'x' } };
  const ec2 = Object.assign(new EC2Client(identity), {
    send: async (command: object) => EC2[command.constructor.name] ?? {},
  });
  const rds = Object.assign(new RDSClient(identity), {
    send: async ({ input }: { input: { readonly DBInstanceClass: string; readonly Marker?: string } }) => {
      asked.push(input.DBInstanceClass);
      const all = answer(input.DBInstanceClass);
      // Pages of one.
      const at = Number(input.Marker ?? 0);
      return {
        OrderableDBInstanceOptions: all.slice(at, at + 1),
        ...(at + 1 < all.length ? { Marker: String(at + 1) } : {}),
      };
    },
  });
  const aws = {
    region: 'us-east-1',
    accountID: String(accounts),
    partition: 'aws',
    ec2,
    ssm: ec2,
    rds,
  } as unknown as Aws;
  const gather = (spec: Partial<TierSpecInput>, facts?: TierStatus['facts']): Promise<Gathered> => {
    const tier = {
      spec: withDefaults({ stage: 'SeparateDatabase', aws: { region: 'us-east-1' }, ...spec }),
      status: { observedGeneration: -1, ...(facts ? { facts } : {}) },
      references: { problems: [] },
    } as unknown as Tier;
    return gatherFacts(aws, tier, OWNER, stages[tier.spec.stage].databases?.(tier.spec) ?? []);
  };
  return { asked, gather };
}

describe('the zones of a tier with a database of its own', () => {
  it('have both the instance type and the database class', async () => {
    const { gather } = account(() => [option('17.4', 'bd'), option('17.5', 'bc')]);
    const { pinned } = await gather({});
    expect(pinned.zoneNames).toEqual(['us-east-1b', 'us-east-1c']);
    expect(pinned.databaseOffer).toBe('postgres 17 db.t4g.medium Multi-AZ');
  });

  it('are refused when there are too few, with what is missing and the way out', async () => {
    const { gather } = account(() => [option('17.4', 'cd')]);
    await expect(gather({})).rejects.toThrow(
      'spec.network.create.zoneCount: only 1 zones offer t4g.small and postgres 17 db.t4g.medium Multi-AZ; lower it or choose another type',
    );
  });

  it('are not looked for where the first stage needs no database', async () => {
    const { gather, asked } = account(() => []);
    const { pinned } = await gather({ stage: 'SingleServer' });
    expect([pinned.zoneNames, pinned.databaseOffer, asked]).toEqual([['us-east-1a', 'us-east-1b'], undefined, []]);
  });
});

describe('a database that AWS does not offer', () => {
  it.each<[string, NonNullable<TierSpecInput['database']>, readonly object[], string]>([
    [
      'as a class',
      { rds: { instanceClass: 'db.m1.huge' } },
      [],
      'spec.database.rds.instanceClass: us-east-1 does not offer db.m1.huge for postgres; choose a class that it has',
    ],
    [
      'in this version',
      { rds: { engineVersion: '17.9' } },
      [option('16.10', 'ab'), option('17.4', 'ab'), option('17.10', 'ab')],
      'spec.database.rds.engineVersion: us-east-1 does not offer postgres 17.9 with db.t4g.medium; versions that it offers: 17.10, 17.4, 16.10',
    ],
    [
      'with a standby',
      {},
      [option('17.4', 'ab', false)],
      'spec.database.rds.instanceClass: db.t4g.medium cannot have a standby in us-east-1; set multiAZ to false or choose another class',
    ],
  ])('%s is refused before the first write', async (_name, database, options, message) => {
    await expect(account(() => options).gather({ database })).rejects.toThrow(message);
  });

  it('as a read replica is refused by the name of its own field', async () => {
    const { gather } = account((name) => (name === 'db.t4g.medium' ? [option('17.4', 'abc')] : []));
    const rds = { readReplicas: { count: 1, instanceClass: 'db.r7g.large' } };
    await expect(gather({ database: { rds } })).rejects.toThrow(
      'spec.database.rds.readReplicas.instanceClass: us-east-1 does not offer db.r7g.large for postgres',
    );
  });

  it('is asked for again: it may be on offer tomorrow', async () => {
    const options: object[] = [];
    const { gather } = account(() => options);
    await expect(gather({})).rejects.toThrow('does not offer');
    options.push(option('17.4', 'abc'));
    await expect(gather({})).resolves.toBeDefined();
  });
});

describe('a tier that stands', () => {
  const facts = {
    zoneIDs: ['use1-az1', 'use1-az2'],
    zoneNames: ['us-east-1a', 'us-east-1b'],
    imageID: 'ami-0123456789abcdef0',
    imageSource: '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64',
    architecture: 'arm64',
    databaseOffer: 'postgres 17 db.t4g.medium Multi-AZ',
  };

  it('is not asked about again, so that an offer that ends does not stop it', async () => {
    const { gather, asked } = account(() => []);
    expect((await gather({}, facts)).pinned).toEqual(facts);
    expect(asked).toEqual([]);
  });

  it('is asked about again when something else is wanted, in the zones where it stands', async () => {
    const { gather } = account(() => [option('17.4', 'bc')]);
    await expect(gather({ database: { rds: { instanceClass: 'db.r7g.large' } } }, facts)).rejects.toThrow(
      'spec.database.rds.instanceClass: of the zones of this tier, use1-az1, use1-az2, only use1-az2 can have db.r7g.large, and 2 must; choose another class or set multiAZ to false',
    );
    const single = { database: { rds: { instanceClass: 'db.r7g.large', multiAZ: false } } };
    expect((await gather(single, facts)).pinned.databaseOffer).toBe('postgres 17 db.r7g.large');
  });

  it('and others ask once for the same class', async () => {
    const { gather, asked } = account(() => [option('17.4', 'abc')]);
    await gather({});
    await gather({ database: { rds: { engineVersion: '17.4' } } });
    expect(asked).toEqual(['db.t4g.medium']);
  });
});
