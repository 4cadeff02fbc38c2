/**
 * The example app on a tier's servers, deployed as its README says: a database and a role of its own, a service that follows the
 * tier's parameters with the rights of the server's role, on each server that the tier ever has. It must not tell the app where
 * anything is.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DeleteParametersCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { authorityFile } from '../sandbox/databases/authority.ts';
import type { EngineName } from '../sandbox/databases/engines.ts';
import type { Connection } from '../sandbox/databases/psql.ts';
import { projectFolder } from '../sandbox/folders.ts';
import { nodeProgram } from '../sandbox/node.ts';
import { proxyControl } from '../sandbox/proxy/client.ts';
import type { Published } from './endpoint.ts';
import { ENGINES } from './engines.ts';

/** The app's folder. */
const APP = path.join(projectFolder, 'examples', 'app');
/** What its service is called on the server. */
const SERVICE = 'notes';

/** The app's folder on the data volume. */
const DATA_FOLDER = '/srv/data/notes';
/** Where the app keeps uploads while it has no bucket. */
export const UPLOADS = `${DATA_FOLDER}/uploads`;

/** The port at which the app listens: the web's own needs rights. */
export const APP_PORT = 8080;
/** The app's role. */
export const APP_ROLE = { user: 'notes', password: `it's "50 %" \\ of $it` } as const;

/** The command by which a user has systemd send a signal to a service, without systemd. */
export const signalApp = (signal: 'HUP' | 'TERM' | 'KILL'): string =>
  `kill -${signal} "$(cat "$SCALINGTIER_ROOT/run/${SERVICE}.pid")"`;

/** How the app is to run. */
export interface Deployment extends Published {
  /** Seconds between two looks of the app at its parameters. */
  readonly pollSeconds: number;
}

/** What the app's database on its first server begins with. */
export interface FirstData extends Published {
  readonly instanceID: string;
  readonly engine: EngineName;
  /** As the tier calls its database. */
  readonly database: string;
  /** SQL of the app's role, beside the app's own. */
  readonly data: string;
  /** SQL of an administrator, before that. */
  readonly preparation?: string | undefined;
}

/** The app's database on its server. */
export interface LocalDatabase {
  readonly engine: EngineName;
  readonly app: Connection;
  /** As administrator, in the same database. */
  readonly root: Connection;
}

/** Where the app finds as whom it comes to its database. */
const loginParameter = (prefix: string, name: keyof typeof APP_ROLE): string => `${prefix}/${SERVICE}/${name}`;

/** As whom the app comes to its database is a secret of its own: a person writes it where servers may read. */
async function tellLogin({ account, prefix }: Published): Promise<void> {
  for (const name of ['user', 'password'] as const) {
    const parameter = { Name: loginParameter(prefix, name), Value: APP_ROLE[name], Type: 'SecureString' as const };
    await account.ssm.send(new PutParameterCommand({ ...parameter, Overwrite: true }));
  }
}

/** Takes away what a person has written for the app: the operator leaves it where it is. */
export async function forgetLogin({ account, prefix }: Published): Promise<void> {
  const Names = [loginParameter(prefix, 'user'), loginParameter(prefix, 'password')];
  await account.ssm.send(new DeleteParametersCommand({ Names }));
}

/** What `spec.tags` is to say, so that servers are known for those of the app. */
export const appTags = (prefix: string): Readonly<Record<string, string>> => ({ app: `${SERVICE}${prefix}` });

/** Has every server run the app that the tier is given from now on, as its user data would. */
export async function deployApp(deployment: Deployment): Promise<void> {
  const { state, account, prefix, pollSeconds } = deployment;
  await tellLogin(deployment);
  const authority = authorityFile(state.folder);
  const env = {
    ...{ ADDRESS: '{address}', PORT: `${APP_PORT}`, PARAMETER_PREFIX: prefix, POLL_SECONDS: `${pollSeconds}` },
    ...{ DATA_FOLDER: `{root}${DATA_FOLDER}`, DATABASE_HOST: '{address}' },
    ...{ DATABASE_AUTHORITY: authority, CACHE_AUTHORITY: authority },
  };
  await proxyControl(state.aws.endpoint).deploy(account.id, {
    tags: appTags(prefix),
    service: { name: SERVICE, command: nodeProgram(), args: [path.join(APP, 'server.ts')], env },
  });
}

/** Makes the app's database on its first server. */
export async function makeDatabase(first: FirstData): Promise<LocalDatabase> {
  const { state, account, instanceID, engine, database, data, preparation } = first;
  const { host, port, folder } = await proxyControl(state.aws.endpoint).databaseOf(instanceID, account.id, engine);
  const { ask, administrator, creation, schema } = ENGINES[engine];
  const app: Connection = { host, port, database, ...APP_ROLE };
  const root: Connection = { host: folder, port, ...administrator };
  for (const sql of creation(APP_ROLE, database)) await ask(root, sql);
  const there = { ...root, database };
  if (preparation) await ask(there, preparation);
  await ask(app, readFileSync(path.join(APP, schema), 'utf8'));
  if (data !== '') await ask(app, data);
  return { engine, app, root: there };
}
