/** The real servers behind databases of RDS, by account, region and name; each has a loopback address of its own. It must not start any. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { freeAddress } from '../../databases/address.ts';
import { createServer, type Server, type ServerPlan } from './server.ts';

/** Which database. */
export interface DatabaseName {
  readonly account: string;
  readonly region: string;
  readonly id: string;
}

/** All servers of a run. */
export interface Servers {
  create(name: DatabaseName, plan: ServerPlan): Promise<Server>;
  of(name: DatabaseName): Server | undefined;
  in(account: string, region: string): readonly (readonly [id: string, server: Server])[];
  /** Ends one, when there is one, and its data with it. */
  end(name: DatabaseName): Promise<void>;
  close(): Promise<void>;
}

const keyOf = ({ account, region, id }: DatabaseName): string => `${account}/${region}/${id}`;

/** No servers yet. `run` answers with the folder of the run. */
export function createServers(run: () => string): Servers {
  const servers = new Map<string, Server>();
  return {
    async create(name, plan) {
      // Short, because a socket's path is.
      const short = createHash('sha256').update(keyOf(name)).digest('hex').slice(0, 12);
      const place = { run: run(), name: `rds-${short}`, folder: path.join(run(), 'rds', short) };
      const server = createServer({ ...place, address: await freeAddress(plan.port) }, plan);
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
