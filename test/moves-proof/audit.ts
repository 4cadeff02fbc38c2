/**
 * Compares what people know that they have with what is there: notes in the database that the tier publishes now, uploads and the
 * oldest session through the app. It must not take the operator's word for anything.
 */
import { authorityFile } from '../sandbox/databases/authority.ts';
import { type Connection, psql } from '../sandbox/databases/psql.ts';
import { APP_ROLE, type LocalDatabase } from './app.ts';
import { type Published, publishedValue } from './endpoint.ts';
import { type Book, isKept, visitor } from './users.ts';

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
async function rowsOf(database: Connection): Promise<number> {
  const counts = await psql(
    database,
    `SELECT format('SELECT count(*) FROM ONLY %I.%I', nspname, relname) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
      WHERE relkind = 'r' AND nspname !~ '^pg_' AND nspname <> 'information_schema'`,
  );
  const all = counts.split('\n').join(' UNION ALL ');
  return Number(await psql(database, `SELECT sum(count) FROM (${all}) counted`));
}

async function notesIn(database: Connection): Promise<readonly (readonly [id: string, text: string])[]> {
  const lines = await psql(database, 'SELECT id, text FROM notes ORDER BY id');
  return lines.split('\n').map((line) => {
    const [id = '', text = ''] = line.split('|');
    return [id, text];
  });
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

async function filesLost(app: Published, { uploads, session }: Book): Promise<readonly string[]> {
  const ask = visitor(app);
  const lost: string[] = [];
  for (const [name, sum] of uploads) if (!isKept(await ask('GET', `/files/${name}`), sum)) lost.push(`file ${name}`);
  if ((await ask('GET', '/me', { session }))?.status !== 200) lost.push('the oldest session');
  return lost;
}

/** Looks at everything; the book must be closed. */
export async function audit(app: Published, local: LocalDatabase, book: Book): Promise<Audit> {
  const database = await databaseOf(app, local);
  const notes = compareNotes(book, await notesIn(database));
  return {
    ...notes,
    lost: [...notes.lost, ...(await filesLost(app, book)), ...book.complaints],
    host: database.host,
    rows: await rowsOf(database),
    bytes: Number(await psql(database, 'SELECT pg_database_size(current_database())')),
  };
}
