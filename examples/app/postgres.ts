/** PostgreSQL, for the database of a tier whose engine is `postgres`. It must not ask the same twice. */
import { Pool } from 'pg';
import {
  CONNECT_MILLISECONDS,
  type Driver,
  MOST_CONNECTIONS,
  STATEMENT_MILLISECONDS,
  WRONG_CLASSES,
} from './driver.ts';

const PATIENCE = {
  ...{ max: MOST_CONNECTIONS, connectionTimeoutMillis: CONNECT_MILLISECONDS },
  ...{ query_timeout: STATEMENT_MILLISECONDS, keepAlive: true },
};

/** PostgreSQL numbers its values. */
function numbered(sql: string): string {
  let number = 0;
  return sql.replaceAll('?', () => {
    number += 1;
    return `$${number}`;
  });
}

/** The engine `postgres`. */
export const postgres: Driver = {
  open({ tls, ...way }) {
    const pool = new Pool({ ...PATIENCE, ...way, ...(tls ? { ssl: tls.ca === undefined ? true : tls } : {}) });
    // Of a connection that breaks while nobody uses it the next query learns.
    pool.on('error', () => {});
    return {
      query: async (sql, values) => (await pool.query(numbered(sql), [...values])).rows,
      async insert(sql, values) {
        const { rows } = await pool.query(`${numbered(sql)} RETURNING id`, [...values]);
        return String(rows[0]?.id);
      },
      end: () => pool.end(),
    };
  },
  isWrong: (error) => WRONG_CLASSES.test((error as { readonly code?: string }).code ?? ''),
};
