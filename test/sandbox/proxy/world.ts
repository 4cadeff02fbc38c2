/**
 * What the steps share: settings, time, memory of each account and region, and a way to ask the stand-in something
 * beside the call in hand. It must know no service.
 */
import type { Answer, Call, Params } from './call.ts';
import { chance } from './clock.ts';
import type { Machines } from './machines/machines.ts';
import type { SettingsStore } from './settings.ts';

/** Memory of one account and region: named stores, made when first asked for. */
export interface Memory {
  store<T>(name: string): Map<string, T>;
}

/** What the steps share. */
export interface World {
  readonly settings: SettingsStore;
  readonly machines: Machines;
  memory(of: { readonly account: string; readonly region: string }): Memory;
  /** Forgets one account, or everything. */
  forget(account?: string): void;
  /** Asks the stand-in with the caller's own credentials, another service when named; not journaled. */
  ask(call: Call, operation: string, params: Params, service?: string): Promise<Answer>;
  /** The next number of the seed's sequence for this key in the call's account: the same in every run. */
  draw(call: Call, key: string): number;
}

/** How the stand-in is asked. */
export type Ask = World['ask'];

/** What a world begins with. */
export type WorldParts = Pick<World, 'settings' | 'machines' | 'ask'>;

/** An empty world. */
export function createWorld({ settings, machines, ask }: WorldParts, seed: string): World {
  const memories = new Map<string, Map<string, Map<string, unknown>>>();
  const memory: World['memory'] = ({ account, region }) => {
    const key = `${account}/${region}`;
    const stores = memories.get(key) ?? new Map<string, Map<string, unknown>>();
    memories.set(key, stores);
    return {
      store<T>(name: string) {
        const store = stores.get(name) ?? new Map<string, unknown>();
        stores.set(name, store);
        return store as Map<string, T>;
      },
    };
  };
  return {
    settings,
    machines,
    memory,
    ask,
    forget(account) {
      for (const key of memories.keys()) {
        if (account === undefined || key.startsWith(`${account}/`)) memories.delete(key);
      }
    },
    draw(call, key) {
      const counts = memory(call).store<number>('draws');
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      return chance(seed, `${key}/${count}`);
    },
  };
}
