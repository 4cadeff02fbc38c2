/**
 * The tier's cache, over TLS, as the user of its secret, whose password is read anew with every connection: it may have changed.
 * What does not answer soon is unavailable. It must not hold a command back until the cache answers again: whoever asked has gone
 * by then.
 */
import { readFileSync } from 'node:fs';
import { createClient } from '@redis/client';
import { Unavailable } from './unavailable.ts';

/** Where a cache is. */
export interface CachePlace {
  readonly host: string;
  readonly port: number;
  /** The secret with user name and password. */
  readonly secret: string;
}

/** Values that may go, and go by themselves after a while. */
export interface Cache {
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string): Promise<void>;
  close(): void;
}

/** How a cache is reached. */
export interface CacheOptions {
  /** PEM file of the authorities that sign its certificate; absent: those that Node trusts. */
  readonly authorityFile: string | undefined;
  credentials(secret: string): Promise<{ readonly username: string; readonly password: string }>;
  /** Hears of connections that break. */
  say(what: string, error: unknown): void;
}

const PREFIX = 'session:';
const WEEK_SECONDS = 7 * 24 * 3600;
const PATIENCE_MILLISECONDS = 3000;
const AGAIN_MILLISECONDS = 200;

async function inTime<T>(asked: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer')), PATIENCE_MILLISECONDS);
  });
  try {
    return await Promise.race([asked, late]);
  } catch (error) {
    throw new Unavailable('the cache cannot be reached', { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** Reaches a cache; waits for it a while, and goes on trying behind the back of whoever asked. */
export async function openCache({ host, port, secret }: CachePlace, options: CacheOptions): Promise<Cache> {
  const { authorityFile, credentials, say } = options;
  const trusted = authorityFile === undefined ? {} : { ca: readFileSync(authorityFile, 'utf8') };
  const patience = { connectTimeout: PATIENCE_MILLISECONDS, reconnectStrategy: AGAIN_MILLISECONDS };
  const client = createClient({
    socket: { tls: true, host, port, ...patience, ...trusted },
    credentialsProvider: { type: 'async-credentials-provider', credentials: () => credentials(secret) },
    disableOfflineQueue: true,
  });
  client.on('error', (error) => say('reaching the cache', error));
  const connected = client.connect();
  connected.catch(() => {});
  await inTime(connected).catch((error: unknown) => say('reaching the cache', error));
  return {
    get: async (key) => (await inTime(client.get(`${PREFIX}${key}`))) ?? undefined,
    async set(key, value) {
      await inTime(client.set(`${PREFIX}${key}`, value, { expiration: { type: 'EX', value: WEEK_SECONDS } }));
    },
    // Commands under way come to their end first.
    close: () => void client.close().catch(() => client.destroy()),
  };
}
