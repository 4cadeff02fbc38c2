/** What is asked before the first write: whether AWS offers the tier's database, and where. */
import type { TierSpecInput, TierStatus } from '../../src/api/types.ts';
import { account, type Input } from './account.ts';

const ZONES = ['a', 'b', 'c', 'd'];
const option = (version: string, letters: string, multiAZ = letters.length > 1) => ({
  EngineVersion: version,
  AvailabilityZones: [...letters].map((letter) => ({ Name: `us-east-1${letter}` })),
  MultiAZCapable: multiAZ,
});

/** An account that offers databases in pages of one, and a zone more than servers may stand in. */
function offering(answer: (instanceClass: string) => readonly object[]) {
  const { asked, gather } = account({
    DescribeAvailabilityZones: () => ({
      AvailabilityZones: ZONES.map((letter, at) => ({ ZoneId: `use1-az${at + 1}`, ZoneName: `us-east-1${letter}` })),
    }),
    DescribeOrderableDBInstanceOptions: ({ DBInstanceClass, Marker = '0' }: Input) => {
      const all = answer(String(DBInstanceClass));
      const at = Number(Marker);
      return {
        OrderableDBInstanceOptions: all.slice(at, at + 1),
        ...(at + 1 < all.length ? { Marker: String(at + 1) } : {}),
      };
    },
  });
  return {
    /** Classes that were asked for. */
    asked: () =>
      asked.flatMap(({ operation, input }) =>
        operation === 'DescribeOrderableDBInstanceOptions' ? [input.DBInstanceClass] : [],
      ),
    gather: (spec: Partial<TierSpecInput>, facts?: TierStatus['facts']) =>
      gather({ stage: 'SeparateDatabase', aws: { region: 'us-east-1' }, ...spec }, facts ? { facts } : {}),
  };
}

describe('the zones of a tier with a database of its own', () => {
  it('have both the instance type and the database class', async () => {
    const { gather } = offering(() => [option('17.4', 'bd'), option('17.5', 'bc')]);
    const { pinned } = await gather({});
    expect(pinned.zoneNames).toEqual(['us-east-1b', 'us-east-1c']);
    expect(pinned.databaseOffer).toBe('postgres 17 db.t4g.medium Multi-AZ');
  });

  it('are refused when there are too few, with what is missing and the way out', async () => {
    const { gather } = offering(() => [option('17.4', 'cd')]);
    await expect(gather({})).rejects.toThrow(
      'spec.network.create.zoneCount: only 1 zones offer t4g.small and postgres 17 db.t4g.medium Multi-AZ; lower it or choose another type',
    );
  });

  it('are not looked for where the first stage needs no database', async () => {
    const { gather, asked } = offering(() => []);
    const { pinned } = await gather({ stage: 'SingleServer' });
    expect([pinned.zoneNames, pinned.databaseOffer, asked()]).toEqual([['us-east-1a', 'us-east-1b'], undefined, []]);
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
    await expect(offering(() => options).gather({ database })).rejects.toThrow(message);
  });

  it('as a read replica is refused by the name of its own field', async () => {
    const { gather } = offering((name) => (name === 'db.t4g.medium' ? [option('17.4', 'abc')] : []));
    const rds = { readReplicas: { count: 1, instanceClass: 'db.r7g.large' } };
    await expect(gather({ database: { rds } })).rejects.toThrow(
      'spec.database.rds.readReplicas.instanceClass: us-east-1 does not offer db.r7g.large for postgres',
    );
  });

  it('is asked for again: it may be on offer tomorrow', async () => {
    const options: object[] = [];
    const { gather } = offering(() => options);
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
    const { gather, asked } = offering(() => []);
    expect((await gather({}, facts)).pinned).toEqual({ ...facts, confirmed: expect.any(Array) });
    expect(asked()).toEqual([]);
  });

  it('is asked about again when something else is wanted, in the zones where it stands', async () => {
    const { gather } = offering(() => [option('17.4', 'bc')]);
    await expect(gather({ database: { rds: { instanceClass: 'db.r7g.large' } } }, facts)).rejects.toThrow(
      'spec.database.rds.instanceClass: of the zones of this tier, use1-az1, use1-az2, only use1-az2 can have db.r7g.large, and 2 must; choose another class or set multiAZ to false',
    );
    const single = { database: { rds: { instanceClass: 'db.r7g.large', multiAZ: false } } };
    expect((await gather(single, facts)).pinned.databaseOffer).toBe('postgres 17 db.r7g.large');
  });

  it('and others ask once for the same class', async () => {
    const { gather, asked } = offering(() => [option('17.4', 'abc')]);
    await gather({});
    await gather({ database: { rds: { engineVersion: '17.4' } } });
    expect(asked()).toEqual(['db.t4g.medium']);
  });
});
