/** What AWS offers of databases, from the list that it keeps by storage. */
import { RDSClient } from '@aws-sdk/client-rds';
import type { Aws } from '../../src/aws/driver.ts';
import { databaseOffers } from '../../src/aws/offers.ts';

const awsThat = (send: () => Promise<object>): Aws =>
  ({
    rds: Object.assign(
      new RDSClient({ region: 'us-east-1', credentials: { accessKeyId: 'x', secretAccessKey: 'x' } }),
      { send },
    ),
  }) as unknown as Aws;

const zone = (Name: string) => ({ Name });

describe('databaseOffers', () => {
  it('has each version once, with the zones and the standby of whatever storage has them', async () => {
    const aws = awsThat(async () => ({
      OrderableDBInstanceOptions: [
        { EngineVersion: '17.4', AvailabilityZones: [zone('b')], MultiAZCapable: false },
        { EngineVersion: '17.4', AvailabilityZones: [zone('a'), zone('b')], MultiAZCapable: true },
        { EngineVersion: '16.9', AvailabilityZones: [zone('c')] },
        {},
      ],
    }));
    expect(await databaseOffers(aws, 'postgres', 'db.t4g.medium')).toEqual([
      { version: '17.4', zoneNames: ['a', 'b'], multiAZ: true },
      { version: '16.9', zoneNames: ['c'], multiAZ: false },
    ]);
  });

  it('has none of a class that RDS has never heard of, and fails when RDS does not answer', async () => {
    const refusing = (name: string) =>
      awsThat(async () => {
        throw Object.assign(new Error('no'), { name });
      });
    expect(await databaseOffers(refusing('InvalidParameterValue'), 'postgres', 'db.x')).toEqual([]);
    await expect(databaseOffers(refusing('Throttling'), 'postgres', 'db.x')).rejects.toThrow('no');
    await expect(databaseOffers(refusing('AccessDenied'), 'postgres', 'db.x')).rejects.toThrow('no');
  });
});
