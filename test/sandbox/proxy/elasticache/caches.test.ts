/** Replication groups as real servers: where they listen, whom they let in, what becomes of them. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  CreateCacheSubnetGroupCommand,
  CreateReplicationGroupCommand,
  CreateUserCommand,
  CreateUserGroupCommand,
  DeleteReplicationGroupCommand,
  DescribeReplicationGroupsCommand,
  ElastiCacheClient,
  ModifyUserCommand,
} from '@aws-sdk/client-elasticache';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createClient } from '@redis/client';
import { authorityFile } from '../../databases/authority.ts';
import { databaseTools } from '../../databases/tools.ts';
import { type FakeStandIn, startFakeStandIn } from '../fake-stand-in.ts';
import { eventually } from '../ground.ts';
import { type RunningProxy, startProxy } from '../server.ts';

const SUBNETS = `<DescribeSubnetsResponse><subnetSet><item><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId>
  <availabilityZone>us-east-1a</availabilityZone></item></subnetSet></DescribeSubnetsResponse>`;
const ID = 'st-app-cache';
const [FIRST, SECOND] = ['the first password of all', 'another password than that'];

let folder: string;
let fake: FakeStandIn;
let proxy: RunningProxy;
let client: ElastiCacheClient;

beforeAll(async () => {
  await databaseTools();
  folder = mkdtempSync(path.join(tmpdir(), 'caches-'));
  fake = await startFakeStandIn({ body: SUBNETS });
  const settings = { factor: 0, throttle: false, machines: true };
  proxy = await startProxy({ port: 0, upstreams: [fake.endpoint], settings, folder });
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  client = new ElastiCacheClient({ endpoint: proxy.endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
  await makeCache();
});

afterAll(async () => {
  client?.destroy();
  await proxy?.close();
  await fake?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function makeCache(): Promise<void> {
  const user = { Engine: 'redis', UserName: 'app', AccessString: 'on ~* &* +@all', Passwords: [FIRST] };
  await client.send(new CreateUserCommand({ UserId: 'app', ...user }));
  const nobody = { Engine: 'redis', UserName: 'default', AccessString: 'off', NoPasswordRequired: true };
  await client.send(new CreateUserCommand({ UserId: 'default-off', ...nobody }));
  await client.send(new CreateUserGroupCommand({ UserGroupId: 'g', Engine: 'redis', UserIds: ['app', 'default-off'] }));
  const subnets = { CacheSubnetGroupDescription: 'of the cache', SubnetIds: ['subnet-1'] };
  await client.send(new CreateCacheSubnetGroupCommand({ CacheSubnetGroupName: 'subnets', ...subnets }));
  await client.send(
    new CreateReplicationGroupCommand({
      ...{ ReplicationGroupId: ID, ReplicationGroupDescription: 'sessions', Engine: 'valkey', EngineVersion: '8.0' },
      ...{ CacheNodeType: 'cache.t4g.micro', CacheSubnetGroupName: 'subnets', UserGroupIds: ['g'] },
      ...{ TransitEncryptionEnabled: true },
    }),
  );
}

async function endpoint(): Promise<{ readonly host: string; readonly port: number }> {
  const { ReplicationGroups } = await client.send(new DescribeReplicationGroupsCommand({ ReplicationGroupId: ID }));
  const { Address: host = '', Port: port = 0 } = ReplicationGroups?.[0]?.NodeGroups?.[0]?.PrimaryEndpoint ?? {};
  return { host, port };
}

/** What a cache answers to whoever comes so. */
async function asked(login: { readonly username?: string; readonly password?: string }): Promise<string> {
  const socket = { ...(await endpoint()), tls: true as const, reconnectStrategy: false as const };
  const ca = readFileSync(authorityFile(folder), 'utf8');
  const cache = createClient({ socket: { ...socket, ca }, ...login });
  cache.on('error', () => {});
  try {
    await cache.connect();
    await cache.set('key', 'value');
    return (await cache.get('key')) ?? '';
  } catch (error) {
    return (error as Error).message.split(' ')[0] ?? '';
  } finally {
    cache.destroy();
  }
}

test('lets in whom it was told of, by TLS', async () => {
  expect((await endpoint()).host).toMatch(/^127\./);
  expect(await asked({ username: 'app', password: FIRST })).toBe('value');
  expect(await asked({ username: 'app', password: SECOND })).toBe('WRONGPASS');
  expect(await asked({})).toBe('NOAUTH');
});

test('says nothing to whoever comes without TLS', async () => {
  const place = await endpoint();
  const said = await new Promise<string>((resolve) => {
    let text = '';
    const socket = connect(place, () => socket.write('PING\r\n'));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
  });
  expect(said).not.toContain('PONG');
});

test('takes another password when the user has one', async () => {
  await client.send(new ModifyUserCommand({ UserId: 'app', Passwords: [SECOND] }));
  expect(await asked({ username: 'app', password: SECOND })).toBe('value');
  expect(await asked({ username: 'app', password: FIRST })).toBe('WRONGPASS');
});

test('ends with its group', async () => {
  const place = await endpoint();
  const isOpen = (): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connect(place, () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
  expect(await isOpen()).toBe(true);
  await client.send(new DeleteReplicationGroupCommand({ ReplicationGroupId: ID }));
  await client.send(new DescribeReplicationGroupsCommand({}));
  expect(await eventually(isOpen, false)).toBe(false);
});
