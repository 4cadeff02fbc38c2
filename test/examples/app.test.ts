/** The example app at its edges: what it acknowledges, what it says when it cannot, and which of two places it believes. */

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createApp } from '../../examples/app/app.ts';
import type { Cache } from '../../examples/app/cache.ts';
import { createDatabase, type Database } from '../../examples/app/database.ts';
import { createSessions, type Sessions } from '../../examples/app/sessions.ts';
import { settingsOf } from '../../examples/app/settings.ts';
import { Unavailable } from '../../examples/app/unavailable.ts';
import { createUploads } from '../../examples/app/uploads.ts';

let folder: string;
let server: Server;
let url: string;
let insert: Database['insert'];
let sessions: Sessions;
let cached: Map<string, string>;
let cache: Cache;

beforeEach(async () => {
  cached = new Map();
  cache = {
    get: async (key) => cached.get(key),
    set: async (key, value) => void cached.set(key, value),
    close: () => {},
  };
  folder = mkdtempSync(path.join(tmpdir(), 'app-'));
  const database: Database = {
    insert: (sql, values) => insert(sql, values),
    query: async () => [],
    ...{ place: () => undefined, follow: () => {}, close: async () => {} },
  };
  const client = new S3Client({ region: 'us-east-1' });
  sessions = createSessions(folder, async () => cache);
  const parts = { database, uploads: createUploads(client, folder), sessions };
  server = createServer(createApp(parts, () => {}));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

async function logIn(): Promise<string> {
  const answer = await fetch(`${url}/login`, { method: 'POST', body: JSON.stringify({ name: 'Ann' }) });
  return answer.headers.get('set-cookie')?.split(';')[0] ?? '';
}

const write = (cookie: string): Promise<Response> =>
  fetch(`${url}/notes`, { method: 'POST', headers: { cookie }, body: JSON.stringify({ text: 'milk' }) });

test('a note is acknowledged with the id that the database gave, and carries the name of its session', async () => {
  let asked: readonly unknown[] = [];
  insert = async (_, values) => {
    asked = values;
    return '7';
  };
  const answer = await write(await logIn());
  expect([answer.status, await answer.json()]).toEqual([201, { id: '7' }]);
  expect(asked).toEqual(['Ann', 'milk']);
});

test('without a database it says when to come again, and is healthy', async () => {
  insert = () => Promise.reject(new Unavailable('the database cannot be reached'));
  const answer = await write(await logIn());
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
  expect((await fetch(`${url}/health`)).status).toBe(200);
});

test('whoever is not logged in writes nothing', async () => {
  insert = () => Promise.reject(new Error('nobody asks'));
  expect((await write('session=../../etc/passwd')).status).toBe(401);
});

describe('sessions', () => {
  const published = new Map([
    ['cache/primary', 'cache.example'],
    ['cache/port', '6379'],
    ['cache/secret-arn', 'arn'],
  ]);
  const me = async (cookie: string): Promise<number> => (await fetch(`${url}/me`, { headers: { cookie } })).status;

  test('that began in files are in the cache as soon as there is one, and nobody is logged out', async () => {
    const cookie = await logIn();
    await sessions.follow(published);
    expect([...cached.values()]).toEqual(['Ann']);
    rmSync(path.join(folder, cookie.replace('session=', '')));
    expect(await me(cookie)).toBe(200);
    expect(await me(await logIn())).toBe(200);
    expect(cached.size).toBe(2);
  });

  test('that the cache missed when it was found are brought when they are asked for', async () => {
    const cookie = await logIn();
    const { set } = cache;
    cache = { ...cache, set: () => Promise.reject(new Unavailable('the cache cannot be reached')) };
    await sessions.follow(published);
    expect([await me(cookie), cached.size]).toEqual([503, 0]);
    Object.assign(cache, { set });
    expect([await me(cookie), cached.size]).toEqual([200, 1]);
  });

  test('begin in files again when there is no cache any more', async () => {
    await sessions.follow(published);
    const lost = await logIn();
    await sessions.follow(new Map());
    expect([await me(lost), await me(await logIn())]).toEqual([401, 200]);
  });
});

test('an upload is there as it was, and a name is no path', async () => {
  const body = new Uint8Array([0, 255, 10]);
  expect((await fetch(`${url}/files/a.bin`, { method: 'PUT', body })).status).toBe(201);
  expect(new Uint8Array(await (await fetch(`${url}/files/a.bin`)).arrayBuffer())).toEqual(body);
  expect((await fetch(`${url}/files/b.bin`)).status).toBe(404);
  expect((await fetch(`${url}/files/..%2Fa.bin`)).status).toBe(404);
});

test('what the environment must say is named', () => {
  expect(() => settingsOf({ DATA_FOLDER: '/srv' })).toThrow('PARAMETER_PREFIX');
});

describe('the place of the database', () => {
  const published = (writer: string, epoch?: string, engine = 'postgres'): ReadonlyMap<string, string> =>
    new Map([
      ...[['db/engine', engine] as const, ['db/writer', writer] as const],
      ...[['db/port', '5432'] as const, ['db/name', 'app'] as const],
      ...(epoch === undefined ? [] : [['db/epoch', epoch] as const]),
    ]);
  const database = (): Database =>
    createDatabase({
      ...{ localHost: '127.0.0.1', authorityFile: undefined, refresh: async () => {} },
      login: async () => ({ user: 'app', password: 'secret' }),
    });

  test('follows the epoch, and an answer that comes late does not lead back', async () => {
    const followed = database();
    await followed.follow(published('localhost'));
    expect(followed.place()).toMatchObject({ host: 'localhost', epoch: 0 });
    await followed.follow(published('db.example', '1'));
    await followed.follow(published('localhost'));
    expect(followed.place()).toMatchObject({ host: 'db.example', epoch: 1 });
    await followed.close();
  });

  test('is none until all of it is published: then nothing is asked, and the app says so', async () => {
    const followed = database();
    await followed.follow(new Map([['db/writer', 'localhost']]));
    expect(followed.place()).toBeUndefined();
    await expect(followed.query('SELECT 1', [])).rejects.toThrow(Unavailable);
  });

  test('of an engine that the app does not speak is none', async () => {
    const followed = database();
    await followed.follow(published('localhost', '1', 'oracle'));
    expect(followed.place()).toBeUndefined();
  });

  test.each(['postgres', 'mysql'])(
    'that does not answer is unavailable, and what is published is read again: %s',
    async (engine) => {
      let readings = 0;
      const followed = createDatabase({
        ...{ localHost: '127.0.0.1', authorityFile: undefined },
        login: async () => ({ user: 'app', password: 'secret' }),
        refresh: async () => {
          readings += 1;
        },
      });
      // Nobody listens at the port for discarding.
      await followed.follow(new Map([...published('localhost', '0', engine), ['db/port', '9']]));
      await expect(followed.query('SELECT 1', [])).rejects.toThrow(Unavailable);
      expect(readings).toBe(1);
      const moving = new Map([...published('localhost', '0', engine), ['db/port', '9'], ['app/maintenance', 'true']]);
      await followed.follow(moving);
      await expect(followed.query('SELECT 1', [])).rejects.toThrow('the notes are being moved');
      await followed.close();
    },
  );
});
