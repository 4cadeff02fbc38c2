/** What the app is told by its environment: little, because where things are it reads from its tier. It must not hold a default for a place. */

/** The app's settings. */
export interface Settings {
  readonly address: string;
  readonly port: number;
  /** The tier's parameters stand below it: `/scaling-tier/<namespace>/<name>`. */
  readonly prefix: string;
  /** Uploads and sessions lie in it until bucket and cache are published: a folder of the data volume. */
  readonly folder: string;
  /** Seconds between two looks at the parameters. */
  readonly pollSeconds: number;
  /** What `localhost` means as the host of the database. */
  readonly localHost: string;
  /** Role of the app's own and its password; absent: those that are published. */
  readonly login: { readonly user: string; readonly password: string } | undefined;
  /** PEM file of the authorities of RDS; absent: those that Node trusts. */
  readonly authorityFile: string | undefined;
  /** The same for the cache. */
  readonly cacheAuthorityFile: string | undefined;
}

function need(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (!value) throw new Error(`reading the settings: ${name} is not set`);
  return value;
}

function loginOf({ DATABASE_USER: user, DATABASE_PASSWORD: password }: NodeJS.ProcessEnv): Settings['login'] {
  return user && password ? { user, password } : undefined;
}

/** Reads the settings; fails with the name of what is missing. */
export function settingsOf(env: NodeJS.ProcessEnv): Settings {
  return {
    address: env.ADDRESS ?? '0.0.0.0',
    port: Number(env.PORT ?? 80),
    prefix: need(env, 'PARAMETER_PREFIX'),
    folder: need(env, 'DATA_FOLDER'),
    pollSeconds: Number(env.POLL_SECONDS ?? 5),
    localHost: env.DATABASE_HOST ?? 'localhost',
    login: loginOf(env),
    authorityFile: env.DATABASE_AUTHORITY,
    cacheAuthorityFile: env.CACHE_AUTHORITY,
  };
}
