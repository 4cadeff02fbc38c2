/** How the contract suite tries the names of an app. Each test has a zone of its own, which a person owns. */
import {
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
} from '@aws-sdk/client-route-53';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { parameterPrefix } from '../../src/aws/ownership.ts';
import { LoadBalancer } from '../../src/resources/elb/load-balancer.ts';
import { RecordSets, type RecordSetsSpec } from '../../src/resources/route53/record-sets.ts';
import { balancerSpec, balancingGround } from './elb-ground.ts';
import { fixture } from './fixture.ts';
import { converge, deleteFully, eventually, find, type World } from './world.ts';

const [SERVER, OTHER] = ['203.0.113.10', '203.0.113.20'] as const;

/** Paths do not name the installation, so tests that share an account must not share paths. */
const pathOf = ({ owner }: World, name: string): string => `${parameterPrefix(owner)}/${owner.cluster}/${name}`;

async function zoneIn({ aws, owner }: World, name = 'example.com'): Promise<string> {
  const CallerReference = `${owner.uid}-${name}-${performance.now()}`;
  const { HostedZone } = await aws.route53.send(new CreateHostedZoneCommand({ Name: name, CallerReference }));
  return HostedZone?.Id?.replace('/hostedzone/', '') ?? '';
}

async function prepare(world: World) {
  return { world, zoneId: await zoneIn(world), mark: (name: string) => pathOf(world, name) };
}

type Ground = Awaited<ReturnType<typeof prepare>>;

const specOf = ({ zoneId, mark }: Ground): RecordSetsSpec => ({
  mark: mark('names'),
  zoneId,
  names: ['www.example.com', 'example.com'],
  leadsTo: SERVER,
  ttlSeconds: 1,
  settled: true,
});

const record = (Name: string, address: string, TTL = 1): ResourceRecordSet => ({
  ...{ Name, Type: 'A', TTL },
  ResourceRecords: [{ Value: address }],
});

/** What a person writes into the zone. */
async function write({ world, zoneId }: Ground, Action: 'UPSERT' | 'DELETE', set: ResourceRecordSet): Promise<void> {
  const ChangeBatch = { Changes: [{ Action, ResourceRecordSet: set }] };
  await world.aws.route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: zoneId, ChangeBatch }));
}

/** `www.example.com. 203.0.113.10 10` */
async function standing({ world, zoneId }: Ground): Promise<readonly string[]> {
  const { ResourceRecordSets = [] } = await world.aws.route53.send(
    new ListResourceRecordSetsCommand({ HostedZoneId: zoneId }),
  );
  return ResourceRecordSets.map(({ Name, AliasTarget, ResourceRecords, Weight }) => {
    const place = AliasTarget ? 'the load balancer' : ResourceRecords?.[0]?.Value;
    return [Name, place, Weight].filter((part) => part !== undefined).join(' ');
  });
}

async function aliasIn(world: World): Promise<Pick<RecordSetsSpec, 'leadsTo' | 'aliasZoneId'>> {
  const ground = await balancingGround(world);
  const { attributes } = await world.build(LoadBalancer, 'main', balancerSpec(ground));
  const { dnsName, hostedZoneId } = attributes;
  return { leadsTo: dnsName, aliasZoneId: hostedZoneId };
}

export default fixture({
  resource: RecordSets,
  missing: '/scaling-tier/shop/web/nothing',
  prepare,
  initial: specOf,
  changed: [
    { name: 'address', change: () => ({ leadsTo: OTHER }), expect: 'update' },
    { name: 'time to live', change: () => ({ ttlSeconds: 2 }), expect: 'update' },
    { name: 'list of names', change: () => ({ names: ['example.com', 'app.example.com'] }), expect: 'update' },
    { name: 'zone', change: () => ({ zoneId: 'Z0123456789ABCDEFGHIJ' }), expect: 'replace' },
    { name: 'mark', change: ({ mark }) => ({ mark: mark('other') }), expect: 'replace' },
  ],
  stranger: ({ mark }, index) => ({ mark: mark(`stranger-${index}`), names: [`stranger-${index}.example.com`] }),
  strip: async ({ aws }, Name) => {
    const Value = JSON.stringify({
      ...{ zoneId: '', names: [], places: [SERVER], share: 100, settled: false, seconds: 0 },
    });
    await aws.ssm.send(new PutParameterCommand({ Name, Value, Type: 'String', Description: 'names', Overwrite: true }));
  },
  extra(open) {
    test('names that led to the server move to the load balancer share by share, and then by an alias alone', async () => {
      const world = open();
      const ground = await prepare(world);
      const alias = await aliasIn(world);
      const self = world.identity('route53.record-sets/names');
      await converge(world.aws, RecordSets, self, specOf(ground));
      const { ttlSeconds: _, ...rest } = specOf(ground);
      const spec: RecordSetsSpec = { ...rest, ...alias, from: SERVER };
      const live = await find(world.aws, RecordSets, self);
      if (!live) throw new Error('the names are gone');
      await RecordSets.update(world.aws, live, spec, [
        { path: 'leadsTo', from: SERVER, to: alias.leadsTo, impact: 'online' },
      ]);
      const seen = [await standing(ground)];
      for (const share of [50, 100]) {
        await due(world, self);
        const now = await find(world.aws, RecordSets, self);
        if (!now) throw new Error('the names are gone');
        expect(now.attributes.leads).toBeUndefined();
        await RecordSets.update(world.aws, now, spec, [{ path: 'settled', from: null, to: true, impact: 'online' }]);
        seen.push(await standing(ground));
        expect(now.health.reason).toContain(`${share === 50 ? 10 : 50} of 100 requests`);
      }
      const both = (share: number) =>
        ['example.com.', 'www.example.com.'].flatMap((name) => [
          `${name} the load balancer ${share}`,
          `${name} ${SERVER} ${100 - share}`,
        ]);
      const alone = ['example.com. the load balancer', 'www.example.com. the load balancer'];
      expect(seen.map((list) => list.toSorted())).toEqual([both(10).toSorted(), both(50).toSorted(), alone]);
      const done = await converge(world.aws, RecordSets, self, spec);
      expect(done.attributes.leads).toBe('www.example.com example.com');
    }, 60_000);

    test('a record that led to the server already is taken over, with another time to live', async () => {
      const world = open();
      const ground = await prepare(world);
      await write(ground, 'UPSERT', record('www.example.com', SERVER, 300));
      await world.build(RecordSets, 'names', specOf(ground));
      expect((await standing(ground)).toSorted()).toEqual([`example.com. ${SERVER}`, `www.example.com. ${SERVER}`]);
    });

    test.each<readonly [string, ResourceRecordSet, string]>([
      ['an address', record('www.example.com', OTHER), `a record of type A that leads to ${OTHER}`],
      [
        'another name',
        { ...record('www.example.com', 'cdn.example.net'), Type: 'CNAME' },
        'a record of type CNAME that leads to cdn.example.net',
      ],
      [
        'the server, by a policy of somebody else',
        { ...record('www.example.com', SERVER), SetIdentifier: 'blue', Weight: 1 },
        `a record of type A that leads to ${SERVER}`,
      ],
    ])("a stranger's record that leads to %s is neither taken nor written over", async (_, theirs, words) => {
      const world = open();
      const ground = await prepare(world);
      await write(ground, 'UPSERT', theirs);
      const before = await standing(ground);
      const self = world.identity('route53.record-sets/names');
      const creation = RecordSets.create(world.aws, self, specOf(ground));
      await expect(creation).rejects.toThrow(`www.example.com has ${words}, which this tier did not write`);
      expect(await standing(ground)).toEqual(before);
      expect(await find(world.aws, RecordSets, self)).toBeUndefined();
    });

    test('a name that somebody leads elsewhere is seen, left as it is, and not deleted with the others', async () => {
      const world = open();
      const ground = await prepare(world);
      const live = await world.build(RecordSets, 'names', specOf(ground));
      await write(ground, 'UPSERT', record('www.example.com', OTHER));
      const seen = await find(world.aws, RecordSets, live.self);
      expect(seen?.spec.leadsTo).toBeNull();
      const change = [{ path: 'leadsTo', from: null, to: SERVER, impact: 'online' }] as const;
      await expect(RecordSets.update(world.aws, live, specOf(ground), change)).rejects.toThrow('did not write');
      await deleteFully(world.aws, RecordSets, live);
      expect(await standing(ground)).toEqual([`www.example.com. ${OTHER}`]);
    });

    test('cut off between its mark and its records, it goes on', async () => {
      const world = open();
      const ground = await prepare(world);
      const self = world.identity('route53.record-sets/names');
      const refused = { ...specOf(ground), names: ['www.example.com', 'www.example.org'] };
      await expect(RecordSets.create(world.aws, self, refused)).rejects.toThrow(
        'is not permitted in zone example.com.',
      );
      expect(await standing(ground)).toEqual([]);
      await converge(world.aws, RecordSets, self, specOf(ground));
      expect(await standing(ground)).toHaveLength(2);
    });
  },
});

/** Waits until the next share is due. */
async function due(world: World, self: ReturnType<World['identity']>): Promise<void> {
  await eventually('the next share', async () => (await find(world.aws, RecordSets, self))?.spec.settled === null);
}
