/** The proxy's control interface for tests: typed, one method per request. It must not call AWS. */
import type { EngineName } from '../databases/engines.ts';
import type { ActiveFault, FaultRule } from './fault.ts';
import type { Counters, Entry, Selection } from './journal.ts';
import type { Deployment } from './machines/deployment.ts';
import type { TargetAddress } from './machines/front.ts';
import type { DatabaseAddress, MachineAddress } from './machines/machine.ts';
import type { ServiceSpec } from './machines/service.ts';
import type { Settings } from './settings.ts';

export type { ActiveFault, FaultEffect, FaultMatch, FaultRule } from './fault.ts';
export type { Counters, Entry, Selection } from './journal.ts';
export type { Deployment } from './machines/deployment.ts';
export type { DatabaseAddress, MachineAddress } from './machines/machine.ts';
export type { ServiceSpec } from './machines/service.ts';
export type { Settings } from './settings.ts';

/** The control interface of one proxy. */
export interface ProxyControl {
  healthy(): Promise<boolean>;
  /** Entries in the order in which the calls came. */
  journal(selection?: Selection): Promise<readonly Entry[]>;
  counters(selection?: Selection): Promise<Counters>;
  /** The number of the newest entry: what comes later has a larger one. */
  latest(): Promise<number>;
  /** Adds rules and returns their ids, in order. */
  addFaults(...rules: readonly FaultRule[]): Promise<readonly string[]>;
  faults(): Promise<readonly ActiveFault[]>;
  /** Removes one rule, or all; calls that it holds go on. */
  removeFault(id?: string): Promise<void>;
  /** Changes settings, for one account when given. */
  configure(change: Partial<Settings>, account?: string): Promise<Settings>;
  /** Where the database server of an instance listens, of PostgreSQL by default; started when it is not there yet. Needs the setting `machines`. */
  databaseOf(instanceId: string, account: string, engine?: EngineName): Promise<DatabaseAddress>;
  /** Where an instance is reached, and what stands for its disk. Needs the setting `machines`. */
  machineOf(instanceId: string, account: string): Promise<MachineAddress>;
  /** Keeps a program running on an instance, as its init system would. Needs the setting `machines`. */
  serve(instanceId: string, account: string, service: ServiceSpec): Promise<MachineAddress>;
  /** Where people reach a listener of a load balancer, by its DNS name; default port 80. Needs the setting `machines`. */
  listenerOf(name: string, account: string, port?: number): Promise<TargetAddress>;
  /** Keeps a program running on every new instance with certain tags, as an image or user data would. Needs the setting `machines`. */
  deploy(account: string, deployment: Deployment): Promise<void>;
  /** Forgets what the proxy knows of an account (or of all), and its settings. */
  reset(account?: string): Promise<void>;
}

type Query = Readonly<Record<string, string | number | undefined>>;

/** Talks to the proxy at this endpoint, the same address as AWS's. */
export function proxyControl(endpoint: string): ProxyControl {
  async function ask<T>(method: string, path: string, query: Query = {}, body?: unknown): Promise<T> {
    const url = new URL(`/_sandbox/${path}`, endpoint);
    for (const [key, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(key, String(value));
    const response = await fetch(url, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const answer = await response.text();
    const value = JSON.parse(answer) as T & { readonly error?: string };
    if (!response.ok) throw new Error(`${method} ${url.pathname}: ${value.error ?? response.status}`);
    return value;
  }
  return {
    healthy: () =>
      ask<{ status: string }>('GET', 'health').then(
        ({ status }) => status === 'ok',
        () => false,
      ),
    journal: (selection = {}) => ask('GET', 'journal', { ...selection }),
    counters: (selection = {}) => ask('GET', 'counters', { ...selection }),
    latest: async () => (await ask<{ seq: number }>('GET', 'latest')).seq,
    addFaults: async (...rules) => (await ask<{ ids: readonly string[] }>('POST', 'faults', {}, rules)).ids,
    faults: () => ask('GET', 'faults'),
    removeFault: async (id) => void (await ask('DELETE', 'faults', { id })),
    configure: (change, account) => ask('POST', 'config', { account }, change),
    databaseOf: (instance, account, engine) => ask('GET', 'database', { instance, account, engine }),
    machineOf: (instance, account) => ask('GET', 'machine', { instance, account }),
    serve: (instance, account, service) => ask('POST', 'service', { instance, account }, service),
    listenerOf: (name, account, port) => ask('GET', 'listener', { name, account, port }),
    deploy: async (account, deployment) => void (await ask('POST', 'deployment', { account }, deployment)),
    reset: async (account) => void (await ask('POST', 'reset', { account })),
  };
}
