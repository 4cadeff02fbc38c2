/**
 * The app's database, wherever its tier says that it is. What it answers was committed there. It must not try a write again: of
 * one that failed on its way nobody knows whether it was done, and only whoever asked can tell whether twice is once too often.
 */
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { Connections, Driver, Row, Way } from './driver.ts';
import { mysql } from './mysql.ts';
import { postgres } from './postgres.ts';
import type { Follower, Published } from './published.ts';
import { Unavailable } from './unavailable.ts';

const DRIVERS = { postgres, mysql } as const satisfies Readonly<Record<string, Driver>>;

/** An engine, as tiers call it. */
export type EngineName = keyof typeof DRIVERS;

/** A role and its password. */
export interface Login {
  readonly user: string;
  readonly password: string;
}

/** Where a database is. */
export interface Place {
  readonly engine: EngineName;
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

/** The database. */
export interface Database extends Follower {
  /** Runs one statement, which is a transaction of its own; fails with `Unavailable` when it cannot say that it was committed. */
  query(sql: string, values: readonly string[]): Promise<readonly Row[]>;
  /** The same with a row that is added to a table with an `id`; answers with that. */
  insert(sql: string, values: readonly string[]): Promise<string>;
  place(): Place | undefined;
  close(): Promise<void>;
}

/** What people are told while nothing can be written. */
const [AWAY, MOVING] = ['the database cannot be reached', 'the notes are being moved; come again in a moment'] as const;

/** What the tier calls the app's own server. */
const LOCAL = 'localhost';

const isEngine = (name: string | undefined): name is EngineName => name !== undefined && name in DRIVERS;

function placeOf(published: Published): Place | undefined {
  const [engine, host, port, database] = ['db/engine', 'db/writer', 'db/port', 'db/name'].map((name) =>
    published.get(name),
  );
  if (!isEngine(engine) || !host || !port || !database) return undefined;
  return { engine, host, port: Number(port), database, epoch: Number(published.get('db/epoch') ?? 0) };
}

/** A database that has no place yet. */
export function createDatabase(options: DatabaseOptions): Database {
  let current: { readonly place: Place; readonly login: Login; readonly connections: Connections } | undefined;
  let reason: string = AWAY;

  /** TLS, and a certificate that names the host; on the app's own server neither is needed. */
  function way({ host, port, database }: Place, login: Login): Way {
    const place = { port, database, ...login };
    if (host === LOCAL) return { ...place, host: options.localHost, tls: undefined };
    const { authorityFile } = options;
    return { ...place, host, tls: authorityFile === undefined ? {} : { ca: readFileSync(authorityFile, 'utf8') } };
  }

  async function follow(published: Published): Promise<void> {
    const place = placeOf(published);
    // It says why the database refuses, and not that it does: whoever believed it would stay away for longer than it takes.
    reason = published.has('app/maintenance') ? MOVING : AWAY;
    // An answer that was on its way for long must not lead back to a database that serves no more.
    if (!place || (current && place.epoch < current.place.epoch)) return;
    const login = await options.login(published);
    if (current && isDeepStrictEqual([place, login], [current.place, current.login])) return;
    const before = current?.connections;
    current = { place, login, connections: DRIVERS[place.engine].open(way(place, login)) };
    // Queries under way there come to their end first.
    before?.end().catch(() => {});
  }

  async function ask<T>(how: (connections: Connections) => Promise<T>): Promise<T> {
    const asked = current;
    try {
      if (!asked) throw new Error('the tier has not said yet where the database is');
      return await how(asked.connections);
    } catch (error) {
      if (asked && DRIVERS[asked.place.engine].isWrong(error)) throw error;
      // Whoever refuses may not be the one any more.
      options.refresh().catch(() => {});
      throw new Unavailable(reason, { cause: error });
    }
  }

  return {
    follow,
    place: () => current?.place,
    query: (sql, values) => ask((connections) => connections.query(sql, values)),
    insert: (sql, values) => ask((connections) => connections.insert(sql, values)),
    async close() {
      await current?.connections.end();
    },
  };
}
