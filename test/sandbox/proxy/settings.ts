/** What can be set while the proxy runs, for everyone or for one account. Types and their merge only. */

/** How the proxy behaves. */
export interface Settings {
  /** AWS's durations are divided by it; 0: everything at once. */
  readonly factor: number;
  /** Seconds (real ones) for which reads do not see a write. */
  readonly lagSeconds: number;
  /** Whether a lagging id is also refused by writes that name it. */
  readonly lagWrites: boolean;
  /** Whether AWS's request limits apply. */
  readonly throttle: boolean;
  /** Largest page of any list; 0: as the caller asks. */
  readonly pageSize: number;
  /** Whether commands to instances run, and databases of PostgreSQL answer. */
  readonly machines: boolean;
}

/** What holds when nothing is set. */
export const DEFAULT_SETTINGS: Settings = {
  ...{ factor: 20, lagSeconds: 0, lagWrites: true, throttle: true, pageSize: 0, machines: false },
};

/** Settings for everyone, with overrides for accounts. */
export interface SettingsStore {
  of(account: string): Settings;
  set(change: Partial<Settings>, account?: string): Settings;
  /** Forgets the overrides of an account. */
  clear(account: string): void;
}

/** A store that starts from the given settings. */
export function settingsStore(initial: Settings): SettingsStore {
  let common = initial;
  const overrides = new Map<string, Partial<Settings>>();
  const of = (account: string): Settings => ({ ...common, ...overrides.get(account) });
  return {
    of,
    set(change, account) {
      if (account === undefined) {
        common = { ...common, ...change };
        return common;
      }
      overrides.set(account, { ...overrides.get(account), ...change });
      return of(account);
    },
    clear(account) {
      overrides.delete(account);
    },
  };
}

/** Checks what a person or a test sent; the error names the field. */
export function readSettings(body: unknown): Partial<Settings> {
  if (typeof body !== 'object' || body === null) throw new Error('read settings: the body is not an object');
  const numbers = ['factor', 'lagSeconds', 'pageSize'];
  const switches = ['throttle', 'lagWrites', 'machines'];
  for (const [key, value] of Object.entries(body)) {
    const fits = numbers.includes(key)
      ? typeof value === 'number' && value >= 0 && Number.isFinite(value)
      : switches.includes(key) && typeof value === 'boolean';
    if (!fits) throw new Error(`read settings: ${key} cannot be ${JSON.stringify(value)}`);
  }
  return body as Partial<Settings>;
}
