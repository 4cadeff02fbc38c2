/**
 * MySQL, for the database of a tier whose engine is `mysql`: over TCP, with the certificates that it is told to trust. It must not ask the same
 * twice, and a connection that has failed is not used again.
 */
import { isIP } from 'node:net';
import {
  type Connection,
  createPool,
  type PoolOptions,
  type ResultSetHeader,
  type RowDataPacket,
} from 'mysql2/promise';
import {
  CONNECT_MILLISECONDS,
  type Driver,
  MOST_CONNECTIONS,
  type Row,
  STATEMENT_MILLISECONDS,
  type Way,
  WRONG_CLASSES,
} from './driver.ts';

const PATIENCE: PoolOptions = { connectionLimit: MOST_CONNECTIONS, connectTimeout: CONNECT_MILLISECONDS };

/** Ids are as long as they are in the table, and times are those of the table too. */
const VALUES: PoolOptions = { supportBigNumbers: true, bigNumberStrings: true, timezone: 'Z' };

/** Errors of the same sort that have no class of their own: truncated, no default, impossible value, CHECK (MySQL, "Server error message reference"). */
const WRONG: ReadonlySet<number> = new Set([1265, 1364, 1366, 3819]);

type Answer = RowDataPacket[] | ResultSetHeader;

/** A certificate has to name the host. The driver compares names only: of an address it says always that it is another. */
const tlsOf = ({ tls, host }: Way): PoolOptions => (tls ? { ssl: { ...tls, verifyIdentity: isIP(host) === 0 } } : {});

/** Fails when there is no answer in time. The driver's own limit would leave the connection to the next statement. */
async function inTime<T>(asked: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer')), STATEMENT_MILLISECONDS);
  });
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function run(connection: Connection, sql: string, values: readonly string[]): Promise<Answer> {
  const [answer] = await inTime(connection.execute<Answer>(sql, [...values]));
  return answer;
}

/** The engine `mysql`. */
export const mysql: Driver = {
  open(way) {
    const { tls: _, ...place } = way;
    const pool = createPool({ ...PATIENCE, ...VALUES, ...place, ...tlsOf(way) });
    const underWay = new Set<Promise<Answer>>();

    async function ask(sql: string, values: readonly string[]): Promise<Answer> {
      const connection = await pool.getConnection();
      try {
        const answer = await run(connection, sql, values);
        connection.release();
        return answer;
      } catch (error) {
        // An answer may still be to come, and must not be the next statement's.
        connection.destroy();
        throw error;
      }
    }

    async function noted(sql: string, values: readonly string[]): Promise<Answer> {
      const asked = ask(sql, values);
      underWay.add(asked);
      try {
        return await asked;
      } finally {
        underWay.delete(asked);
      }
    }

    return {
      query: async (sql, values) => (await noted(sql, values)) as readonly Row[],
      insert: async (sql, values) => String(((await noted(sql, values)) as ResultSetHeader).insertId),
      async end() {
        await Promise.allSettled(underWay);
        await pool.end();
      },
    };
  },
  isWrong(error) {
    const { sqlState = '', errno = 0 } = error as { readonly sqlState?: string; readonly errno?: number };
    return WRONG_CLASSES.test(sqlState) || WRONG.has(errno);
  },
};
