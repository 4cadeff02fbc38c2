/**
 * What the app needs of a driver of its database's engine. Statements are SQL that every engine understands, with `?` for each
 * value. A driver must not run a statement twice, and answers only when it was committed.
 */

/** A row of an answer. */
export type Row = Readonly<Record<string, unknown>>;

/** Where a database is, and as whom it is reached. */
export interface Way {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** TLS: with PEM certificates of the authorities to trust, or with those that Node trusts; absent: none is needed. */
  readonly tls: { readonly ca?: string } | undefined;
}

/** Connections to one database. */
export interface Connections {
  /** Runs one statement, which is a transaction of its own. */
  query(sql: string, values: readonly string[]): Promise<readonly Row[]>;
  /** Adds a row to a table with a column `id`; answers with what that is in the new row. */
  insert(sql: string, values: readonly string[]): Promise<string>;
  /** Ends them when statements under way have come to their end. */
  end(): Promise<void>;
}

/** An engine. */
export interface Driver {
  /** Connects when it is first asked something. */
  open(way: Way): Connections;
  /** Whether the server has said that the statement itself is wrong, wherever it runs: its values, or what constraints say of them. */
  isWrong(error: unknown): boolean;
}

/** SQLSTATE classes of data exceptions and of constraints. */
export const WRONG_CLASSES = /^2[23]/;

/** Most connections at a time. */
export const MOST_CONNECTIONS = 10;
/** Patience with a database: shorter than that of whoever asks the app. */
export const CONNECT_MILLISECONDS = 3000;
/** The same with a statement. */
export const STATEMENT_MILLISECONDS = 10_000;
