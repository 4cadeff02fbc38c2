/**
 * The real servers behind what AWS calls databases and caches, by account, region and name; each has a loopback address of its own.
 * It must not start any, nor know of what sort they are.
 */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { freeAddress } from '../../databases/address.ts';

/** Which one. */
export interface ServerName {
  readonly account: string;
  readonly region: string;
  readonly id: string;
}

/** Where a server has its place in the run. */
export interface ServerPlace {
  readonly run: string;
  readonly name: string;
  readonly folder: string;
  readonly address: string;
}

/** All servers of one sort of a run. */
export interface Servers<P, S> {
  create(name: ServerName, plan: P): Promise<S>;
  of(name: ServerName): S | undefined;
  in(account: string, region: string): readonly (readonly [id: string, server: S])[];
  /** Ends one, when there is one, and its data with it. */
  end(name: ServerName): Promise<void>;
  close(): Promise<void>;
}

const keyOf = ({ account, region, id }: ServerName): string => `${account}/${region}/${id}`;

/** No servers yet. `run` answers with the folder of the run, in which those of this sort have a folder. */
export function createServers<P extends { readonly port: number }, S extends { end(): Promise<void> }>(
  run: () => string,
  sort: string,
  make: (place: ServerPlace, plan: P) => S,
): Servers<P, S> {
  const servers = new Map<string, S>();
  return {
    async create(name, plan) {
      // Short, because a socket's path is.
      const short = createHash('sha256').update(keyOf(name)).digest('hex').slice(0, 12);
      const place = { run: run(), name: `${sort}-${short}`, folder: path.join(run(), sort, short) };
      const server = make({ ...place, address: await freeAddress(plan.port) }, plan);
      servers.set(keyOf(name), server);
      return server;
    },
    of: (name) => servers.get(keyOf(name)),
    in(account, region) {
      const prefix = keyOf({ account, region, id: '' });
      return [...servers].flatMap(([key, server]) =>
        key.startsWith(prefix) ? [[key.slice(prefix.length), server] as const] : [],
      );
    },
    async end(name) {
      const server = servers.get(keyOf(name));
      servers.delete(keyOf(name));
      await server?.end();
    },
    async close() {
      await Promise.all([...servers.values()].map((server) => server.end()));
      servers.clear();
    },
  };
}
