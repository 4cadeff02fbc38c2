/**
 * Compares what people know that they have with what is there: notes in the database that the tier publishes now, uploads and
 * sessions through the app, and uploads in the bucket, when one is published. It must not take the operator's word for anything.
 */
import { GetObjectCommand, NoSuchKey } from '@aws-sdk/client-s3';
import { authorityFile } from '../sandbox/databases/authority.ts';
import type { Connection } from '../sandbox/databases/psql.ts';
import { APP_ROLE, type LocalDatabase } from './app.ts';
import { type Published, publishedValue, valueIfAny } from './endpoint.ts';
import { ENGINES, type Engine } from './engines.ts';
import { type Book, checksum, isKept, visitor } from './users.ts';

/** What was found. */
export interface Audit {
  /** Acknowledged and not there, or not as it was. */
  readonly lost: readonly string[];
  readonly duplicated: readonly string[];
  /** Where the truth is now. */
  readonly host: string;
  readonly rows: number;
  readonly bytes: number;
}

/** The database that the tier publishes, as the app reaches it. */
async function databaseOf(app: Published, local: LocalDatabase): Promise<Connection> {
  const [host, port] = [await publishedValue(app, 'db/writer'), Number(await publishedValue(app, 'db/port'))];
  if (host === 'localhost') return local.app;
  const { database } = local.app;
  return { host, port, database, ...APP_ROLE, sslmode: 'verify-full', authority: authorityFile(app.state.folder) };
}

/** Every table is counted: an estimate would prove nothing. */
async function rowsOf({ ask, counts }: Engine, database: Connection): Promise<number> {
  const statements = await ask(database, counts);
  const all = statements.join(' UNION ALL ');
  const [[sum] = []] = await ask(database, `SELECT sum(count) FROM (${all}) counted`);
  return Number(sum);
}

async function notesIn(
  { ask }: Engine,
  database: Connection,
): Promise<readonly (readonly [id: string, text: string])[]> {
  const rows = await ask(database, 'SELECT id, text FROM notes ORDER BY id');
  return rows.map(([id = '', text = '']) => [id, text]);
}

/** What of the notes is not there, and what is there that nobody wrote, or twice. */
export function compareNotes(
  { notes, doubtful }: Pick<Book, 'notes' | 'doubtful'>,
  there: readonly (readonly [id: string, text: string])[],
): Pick<Audit, 'lost' | 'duplicated'> {
  const byId = new Map(there);
  const known = new Set([...notes.values(), ...doubtful]);
  const texts = there.map(([, text]) => text);
  const twice = texts.filter((text, at) => texts.indexOf(text) !== at);
  const strange = texts.filter((text) => !known.has(text));
  return {
    lost: [...notes].flatMap(([id, text]) => (byId.get(id) === text ? [] : [`note ${id}`])),
    duplicated: [...twice, ...strange].map((text) => `note "${text}"`),
  };
}

/** So many are looked at side by side. */
const SIDE_BY_SIDE = 8;

/** What `isThere` does not find, one after another in some rows. */
async function missing<T>(all: Iterable<T>, isThere: (one: T) => Promise<boolean>): Promise<readonly T[]> {
  const left = [...all];
  const lost: T[] = [];
  const look = async (): Promise<void> => {
    for (let one = left.pop(); one !== undefined; one = left.pop()) if (!(await isThere(one))) lost.push(one);
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, look));
  return lost;
}

/** What is not in the bucket as it was uploaded; nothing where there is no bucket. */
async function lostInBucket(app: Published, { uploads }: Book): Promise<readonly string[]> {
  const Bucket = await valueIfAny(app, 'storage/bucket');
  const prefix = (await valueIfAny(app, 'storage/prefix')) ?? '';
  if (Bucket === undefined) return [];
  const lost = await missing(uploads, async ([name, sum]) => {
    try {
      const { Body } = await app.account.s3.send(new GetObjectCommand({ Bucket, Key: `${prefix}${name}` }));
      return Body !== undefined && checksum(Buffer.from(await Body.transformToByteArray())) === sum;
    } catch (error) {
      if (error instanceof NoSuchKey) return false;
      throw error;
    }
  });
  return lost.map(([name]) => `object ${name}`);
}

async function lostInApp(app: Published, { uploads, sessions }: Book): Promise<readonly string[]> {
  const ask = visitor(app);
  const files = await missing(uploads, async ([name, sum]) => isKept(await ask('GET', `/files/${name}`), sum));
  const people = await missing(sessions, async (session) => (await ask('GET', '/me', { session }))?.status === 200);
  return [...files.map(([name]) => `file ${name}`), ...people.map((session) => `session ${session}`)];
}

/** Looks at everything; the book must be closed. */
export async function audit(app: Published, local: LocalDatabase, book: Book): Promise<Audit> {
  const database = await databaseOf(app, local);
  const engine = ENGINES[local.engine];
  const notes = compareNotes(book, await notesIn(engine, database));
  const [[bytes] = []] = await engine.ask(database, engine.size);
  return {
    ...notes,
    lost: [...notes.lost, ...(await lostInApp(app, book)), ...(await lostInBucket(app, book)), ...book.complaints],
    host: database.host,
    rows: await rowsOf(engine, database),
    bytes: Number(bytes),
  };
}
