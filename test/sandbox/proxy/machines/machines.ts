/**
 * What stands behind records when the setting `machines` is on: instances that run processes and databases that are servers.
 * It outlives `POST reset`, because processes do. It must not know a call of AWS.
 */
import { chmodSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { EngineName } from '../../databases/engines.ts';
import { type Balancing, createBalancing } from './balancing.ts';
import { type CachePlan, type CacheServer, createCache } from './cache.ts';
import type { Deployment } from './deployment.ts';
import { createMachine, type DatabaseAddress, type Machine } from './machine.ts';
import { createServer, type Server, type ServerPlan } from './server.ts';
import { createServers, type Servers } from './servers.ts';

/** What is real of one proxy. */
export interface Machines {
  /** The folder of the run. Fails when the proxy has none. */
  run(): string;
  /** The address of the proxy, for those who run on instances. */
  endpoint(): string;
  /** The address of their metadata service. */
  metadata(): string;
  /** The machine of an instance; made when it is first asked for. */
  of(instanceId: string): Machine;
  /** The loopback address of an instance, when its machine has one. */
  hostOf(instanceId: string): string | undefined;
  /** The same of an instance that runs programs that serve. */
  serverOf(instanceId: string): string | undefined;
  /** Where the database of an instance listens; started when it is not there yet. */
  databaseOf(instanceId: string, engine: EngineName): Promise<DatabaseAddress>;
  /** An instance stops: nothing happens when nobody has used it. */
  halt(instanceId: string): Promise<void>;
  boot(instanceId: string): void;
  /** An instance ends for good. */
  end(instanceId: string): Promise<void>;
  /** From now on new instances of the account with these tags run it; one of the same name and tags gives way. */
  deploy(account: string, deployment: Deployment): void;
  deployments(account: string): readonly Deployment[];
  readonly balancing: Balancing;
  readonly servers: Servers<ServerPlan, Server>;
  readonly caches: Servers<CachePlan, CacheServer>;
  close(): Promise<void>;
}

/** Where machines have their place. */
export interface MachinesOptions {
  /** The folder of the run; without one nothing can be real. */
  readonly folder?: string | undefined;
  readonly endpoint: () => string;
  readonly metadata: () => string;
}

/** Nothing is real yet. */
export function createMachines({ folder, endpoint, metadata }: MachinesOptions): Machines {
  const machines = new Map<string, Machine>();
  const ended = new Set<string>();
  const deployed = new Map<string, readonly Deployment[]>();
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

  const balancing = createBalancing();
  const servers = createServers(run, 'rds', createServer);
  const caches = createServers(run, 'cache', createCache);
  return {
    ...{ run, endpoint, metadata, of, balancing, servers, caches },
    async databaseOf(instanceId, engine) {
      const { host, port, folder: socket } = await of(instanceId).database(engine);
      return { host, port, folder: socket };
    },
    deploy(account, deployment) {
      const isOther = ({ tags, service }: Deployment): boolean =>
        service.name !== deployment.service.name || !isDeepStrictEqual(tags, deployment.tags);
      deployed.set(account, [...(deployed.get(account) ?? []).filter(isOther), deployment]);
    },
    deployments: (account) => deployed.get(account) ?? [],
    hostOf: (instanceId) => machines.get(instanceId)?.host(),
    serverOf(instanceId) {
      const machine = machines.get(instanceId);
      return machine?.serves() ? machine.host() : undefined;
    },
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
      await balancing.close();
      await Promise.all([...[...machines.values()].map((machine) => machine.end()), servers.close(), caches.close()]);
      machines.clear();
    },
  };
}
