/** The example app's drivers with real servers as RDS gives them: what is acknowledged, what is wrong, and what is away. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createDatabase, type Database } from '../../examples/app/database.ts';
import { Unavailable } from '../../examples/app/unavailable.ts';
import { ENGINES as PROOF } from '../moves-proof/engines.ts';
import { freeAddress } from '../sandbox/databases/address.ts';
import { authorityFile, certify } from '../sandbox/databases/authority.ts';
import { type DatabasePlace, ENGINES, type ManagedServer } from '../sandbox/databases/engines.ts';
import { projectFolder } from '../sandbox/folders.ts';

const MASTER = { user: 'master', password: `it's "50 %" of $it` };
const INSERT = 'INSERT INTO notes (author, text) VALUES (?, ?)';
const SLEEP = { postgres: 'SELECT pg_sleep(1)', mysql: 'SELECT SLEEP(1)' } as const;

describe.each(['postgres', 'mysql'] as const)('%s', (engine) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'app-'));
  const authority = authorityFile(folder);
  let place: DatabasePlace;
  let server: ManagedServer;
  let database: Database;

  const start = (): Promise<ManagedServer> =>
    ENGINES[engine].startManaged({
      ...{ ...place, database: 'app', parameters: {} },
      master: { name: MASTER.user, password: MASTER.password },
    });

  async function reach(file: string, epoch = '1'): Promise<Database> {
    const made = createDatabase({
      ...{ localHost: 'nowhere', authorityFile: file, refresh: async () => {} },
      login: async () => MASTER,
    });
    await made.follow(published(epoch));
    return made;
  }

  const published = (epoch: string): ReadonlyMap<string, string> =>
    new Map(
      Object.entries({
        ...{ 'db/engine': engine, 'db/writer': place.host, 'db/port': `${place.port}` },
        ...{ 'db/name': 'app', 'db/epoch': epoch },
      }),
    );

  beforeAll(async () => {
    const { port } = ENGINES[engine];
    place = { folder: path.join(folder, 'db'), host: await freeAddress(port), port, run: { folder, name: engine } };
    server = await start();
    const { ask, schema } = PROOF[engine];
    const connection = {
      ...MASTER,
      host: place.host,
      port,
      database: 'app',
      sslmode: 'verify-full',
      authority,
    } as const;
    await ask(connection, readFileSync(path.join(projectFolder, 'examples/app', schema), 'utf8'));
    database = await reach(authority);
  });

  afterAll(async () => {
    await database?.close();
    await server?.stop();
    rmSync(folder, { recursive: true });
  });

  test('what is acknowledged is there, under the id that was given', async () => {
    const text = `it's \\ "ü😀"`;
    const id = await database.insert(INSERT, ['Ann', text]);
    const other = await reach(authority);
    const [row] = await other.query('SELECT id, author, text, at FROM notes WHERE id = ?', [id]);
    await other.close();
    expect(row).toEqual({ id, author: 'Ann', text, at: expect.any(Date) });
    expect(Math.abs(Number(row?.at) - Date.now())).toBeLessThan(60_000);
  });

  test('a statement that is wrong is told apart from a database that is away', async () => {
    const wrong = database.query('INSERT INTO notes (author) VALUES (?)', ['Ann']);
    await expect(wrong).rejects.toThrow();
    await expect(wrong).rejects.not.toThrow(Unavailable);
  });

  test('what is under way comes to its end where it began', async () => {
    const moving = await reach(authority);
    const asked = moving.query(SLEEP[engine], []);
    await moving.follow(published('2'));
    expect(await asked).toHaveLength(1);
    await moving.close();
  });

  test('a server whose certificate another authority has signed is not believed', async () => {
    const other = path.join(folder, 'other');
    await certify(other, place.host, { certificate: path.join(other, 'c.pem'), key: path.join(other, 'k.pem') });
    const stranger = await reach(authorityFile(other));
    const asked = stranger.query('SELECT 1', []);
    await expect(asked).rejects.toThrow(Unavailable);
    await expect(asked).rejects.toMatchObject({ cause: { message: expect.stringMatching(/certificate|signature/) } });
    await stranger.close();
  });

  test('a server that is away is unavailable, and is found again', async () => {
    await server.stop();
    await expect(database.insert(INSERT, ['Ann', 'lost'])).rejects.toThrow(Unavailable);
    server = await start();
    await database.insert(INSERT, ['Ann', 'found']);
    const rows = await database.query("SELECT text FROM notes WHERE text IN ('lost', 'found')", []);
    expect(rows).toEqual([{ text: 'found' }]);
  });
});
