/**
 * The app's database, wherever its tier says that it is. What it answers was committed there. It must not try a write again: of
 * one that failed on its way nobody knows whether it was done, and only whoever asked can tell whether twice is once too often.
 */
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { Pool, type PoolConfig } from 'pg';
import type { Follower, Published } from './published.ts';
import { Unavailable } from './unavailable.ts';

/** A role and its password. */
export interface Login {
  readonly user: string;
  readonly password: string;
}

/** Where a database is. */
export interface Place {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** Rises when the database moves to another place. */
  readonly epoch: number;
}

/** How the database is reached. */
export interface DatabaseOptions {
  /** What `localhost` means. */
  readonly localHost: string;
  readonly authorityFile: string | undefined;
  login(published: Published): Promise<Login>;
  /** Asks for what is published now. */
  refresh(): Promise<void>;
}

/** A row of an answer. */
export type Row = Readonly<Record<string, unknown>>;

/** The database. */
export interface Database extends Follower {
  /** Runs one statement, which is a transaction of its own; fails with `Unavailable` when it cannot say that it was committed. */
  query(sql: string, values: readonly unknown[]): Promise<readonly Row[]>;
  place(): Place | undefined;
  close(): Promise<void>;
}

/** What the tier calls the app's own server. */
const LOCAL = 'localhost';

/** Patience with a database: shorter than that of whoever asks the app. */
const PATIENCE: PoolConfig = { max: 10, connectionTimeoutMillis: 3000, query_timeout: 10_000, keepAlive: true };

/** SQLSTATE classes that say that the statement itself is wrong, wherever it runs: data exceptions, and constraints. */
const WRONG = /^2[23]/;

function placeOf(published: Published): Place | undefined {
  const [host, port, database] = ['db/writer', 'db/port', 'db/name'].map((name) => published.get(name));
  if (!host || !port || !database) return undefined;
  return { host, port: Number(port), database, epoch: Number(published.get('db/epoch') ?? 0) };
}

const isWrong = (error: unknown): boolean => WRONG.test(String((error as { readonly code?: unknown }).code));

/** A database that has no place yet. */
export function createDatabase(options: DatabaseOptions): Database {
  let current: { readonly place: Place; readonly login: Login; readonly pool: Pool } | undefined;

  /** TLS, and a certificate that names the host; on the app's own server neither is needed. */
  function way({ host }: Place): PoolConfig {
    if (host === LOCAL) return { host: options.localHost };
    const { authorityFile } = options;
    return { host, ssl: authorityFile === undefined ? true : { ca: readFileSync(authorityFile, 'utf8') } };
  }

  function open(place: Place, login: Login): Pool {
    const { port, database } = place;
    const pool = new Pool({ ...PATIENCE, ...login, ...way(place), port, database });
    // Of a connection that breaks while nobody uses it the next query learns.
    pool.on('error', () => {});
    return pool;
  }

  async function follow(published: Published): Promise<void> {
    const place = placeOf(published);
    // An answer that was on its way for long must not lead back to a database that serves no more.
    if (!place || (current && place.epoch < current.place.epoch)) return;
    const login = await options.login(published);
    if (current && isDeepStrictEqual([place, login], [current.place, current.login])) return;
    const before = current?.pool;
    current = { place, login, pool: open(place, login) };
    // Queries under way there come to their end first.
    before?.end().catch(() => {});
  }

  return {
    follow,
    place: () => current?.place,
    async query(sql, values) {
      try {
        if (!current) throw new Error('the tier has not said yet where the database is');
        return (await current.pool.query(sql, [...values])).rows;
      } catch (error) {
        if (isWrong(error)) throw error;
        // Whoever refuses may not be the one any more.
        options.refresh().catch(() => {});
        throw new Unavailable('the database cannot be reached', { cause: error });
      }
    },
    async close() {
      await current?.pool.end();
    },
  };
}
