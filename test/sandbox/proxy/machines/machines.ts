/**
 * What stands behind records when the setting `machines` is on: instances that run processes and databases that are servers.
 * It outlives `POST reset`, because processes do. It must not know a call of AWS.
 */
import { chmodSync } from 'node:fs';
import { createMachine, type DatabaseAddress, type Machine } from './machine.ts';
import { createServers, type Servers } from './servers.ts';

/** What is real of one proxy. */
export interface Machines {
  /** The folder of the run. Fails when the proxy has none. */
  run(): string;
  /** The address of the proxy, for those who run on instances. */
  endpoint(): string;
  /** The machine of an instance; made when it is first asked for. */
  of(instanceId: string): Machine;
  /** The loopback address of an instance, when its machine has one. */
  hostOf(instanceId: string): string | undefined;
  /** Where the database of an instance listens; started when it is not there yet. */
  databaseOf(instanceId: string): Promise<DatabaseAddress>;
  /** An instance stops: nothing happens when nobody has used it. */
  halt(instanceId: string): Promise<void>;
  boot(instanceId: string): void;
  /** An instance ends for good. */
  end(instanceId: string): Promise<void>;
  readonly servers: Servers;
  close(): Promise<void>;
}

/** Where machines have their place. */
export interface MachinesOptions {
  /** The folder of the run; without one nothing can be real. */
  readonly folder?: string | undefined;
  readonly endpoint: () => string;
}

/** Nothing is real yet. */
export function createMachines({ folder, endpoint }: MachinesOptions): Machines {
  const machines = new Map<string, Machine>();
  const ended = new Set<string>();
  let closed = false;

  function run(): string {
    if (folder === undefined)
      throw new Error('making something real: this proxy was started without a folder (--folder)');
    // Servers run as another user when the sandbox is root's: they pass through, and see no list.
    chmodSync(folder, 0o711);
    return folder;
  }

  function of(instanceId: string): Machine {
    if (!/^i-[0-9a-f]+$/.test(instanceId))
      throw new Error(`looking for a machine: "${instanceId}" is no instance's id`);
    if (closed) throw new Error(`looking for the machine of ${instanceId}: the proxy is closing`);
    if (ended.has(instanceId)) throw new Error(`looking for the machine of ${instanceId}: the instance has ended`);
    const machine = machines.get(instanceId) ?? createMachine(run(), instanceId);
    machines.set(instanceId, machine);
    return machine;
  }

  const servers = createServers(run);
  return {
    ...{ run, endpoint, of, servers },
    async databaseOf(instanceId) {
      const { host, port, folder: socket } = await of(instanceId).database();
      return { host, port, folder: socket };
    },
    hostOf: (instanceId) => machines.get(instanceId)?.host(),
    halt: async (instanceId) => machines.get(instanceId)?.halt(),
    boot: (instanceId) => machines.get(instanceId)?.boot(),
    async end(instanceId) {
      ended.add(instanceId);
      const machine = machines.get(instanceId);
      machines.delete(instanceId);
      await machine?.end();
    },
    async close() {
      closed = true;
      await Promise.all([...[...machines.values()].map((machine) => machine.end()), servers.close()]);
      machines.clear();
    },
  };
}
