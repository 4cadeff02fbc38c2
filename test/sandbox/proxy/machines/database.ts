/**
 * The database of an instance: started when it is first asked for and after each start of the instance, unless somebody has stopped
 * it meanwhile. It must not know an engine.
 */
import path from 'node:path';
import { type DatabaseServer, ENGINES, type EngineName } from '../../databases/engines.ts';

/** Where it has its place. */
export interface MachinePlace {
  readonly run: string;
  /** The instance. */
  readonly id: string;
  /** All that is the instance's. */
  readonly folder: string;
}

/** One database of an instance. */
export interface MachineDatabase {
  readonly engine: EngineName;
  /** Its server, started when it is not there yet; one that somebody has stopped is answered as it was. */
  server(): Promise<DatabaseServer>;
  /** The instance stops: the data stay. */
  halt(): Promise<void>;
}

/** A database that is not started yet. */
export function createDatabase(
  { run, id, folder }: MachinePlace,
  engine: EngineName,
  host: () => Promise<string>,
): MachineDatabase {
  const traits = ENGINES[engine];
  const own = path.join(folder, traits.folder);
  let started: Promise<DatabaseServer> | undefined;
  /** Somebody has stopped the service: it stays stopped, as a service that was disabled. */
  let disabled = false;
  let halting = false;

  async function start(): Promise<DatabaseServer> {
    const place = { folder: own, host: await host(), port: traits.port };
    const server = await traits.start({ ...place, run: { folder: run, name: `${engine}-${id}` } });
    server.ended.then(() => {
      if (!halting) disabled = true;
    });
    return server;
  }

  return {
    engine,
    server() {
      halting = false;
      started ??= start().catch((error: unknown) => {
        started = undefined;
        throw error;
      });
      return started;
    },
    async halt() {
      halting = true;
      const server = await started?.catch(() => undefined);
      await server?.stop();
      await traits.endStray(own);
      if (!disabled) started = undefined;
    },
  };
}
