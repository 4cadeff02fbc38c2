/**
 * The example app on a tier's server, deployed as its README says: a database and a role of its own, a service that follows the
 * tier's parameters with the rights of the server's role. It must not tell the app where anything is.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DescribeInstancesCommand } from '@aws-sdk/client-ec2';
import { GetInstanceProfileCommand } from '@aws-sdk/client-iam';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { Account } from '../sandbox/account.ts';
import { authorityFile } from '../sandbox/databases/authority.ts';
import { type Connection, identifier, literal, psql } from '../sandbox/databases/psql.ts';
import { projectFolder } from '../sandbox/folders.ts';
import { nodeProgram } from '../sandbox/node.ts';
import { proxyControl } from '../sandbox/proxy/client.ts';
import type { SandboxState } from '../sandbox/sandbox.ts';

/** The app's folder. */
const APP = path.join(projectFolder, 'examples', 'app');
/** What its service is called on the server. */
const SERVICE = 'notes';
const REGION = 'us-east-1';

/** The port at which the app listens: the web's own needs rights. */
export const APP_PORT = 8080;
/** The app's role. */
export const APP_ROLE = { user: 'notes', password: `it's "50 %" \\ of $it` } as const;

/** The command by which a user has systemd send a signal to a service, without systemd. */
export const signalApp = (signal: 'HUP' | 'TERM' | 'KILL'): string =>
  `kill -${signal} "$(cat "$SCALINGTIER_ROOT/run/${SERVICE}.pid")"`;

/** Where the app is to run. */
export interface Deployment {
  readonly state: SandboxState;
  readonly account: Account;
  readonly instanceID: string;
  /** The tier's parameters stand below it. */
  readonly prefix: string;
  /** As the tier calls its database. */
  readonly database: string;
  /** Seconds between two looks of the app at its parameters. */
  readonly pollSeconds: number;
  /** SQL of the app's role, beside the app's own. */
  readonly data: string;
  /** SQL of a superuser, before that. */
  readonly preparation?: string | undefined;
}

/** The app's database on its server. */
export interface LocalDatabase {
  readonly app: Connection;
  /** As superuser, in the same database. */
  readonly root: Connection;
}

async function roleOf({ account, instanceID }: Deployment): Promise<string> {
  const { Reservations = [] } = await account.ec2.send(new DescribeInstancesCommand({ InstanceIds: [instanceID] }));
  const profile = Reservations[0]?.Instances?.[0]?.IamInstanceProfile?.Arn?.split('/').at(-1);
  const found = await account.iam.send(new GetInstanceProfileCommand({ InstanceProfileName: profile }));
  return found.InstanceProfile?.Roles?.[0]?.Arn ?? '';
}

/** As the instance's metadata service gives them out. */
async function credentialsOf(deployment: Deployment): Promise<Readonly<Record<string, string>>> {
  const credentials = { accessKeyId: 'instance', secretAccessKey: 'instance' };
  const sts = new STSClient({ region: REGION, endpoint: deployment.state.aws.endpoint, credentials });
  const RoleArn = await roleOf(deployment);
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: deployment.instanceID }));
  sts.destroy();
  return {
    AWS_ACCESS_KEY_ID: Credentials?.AccessKeyId ?? '',
    AWS_SECRET_ACCESS_KEY: Credentials?.SecretAccessKey ?? '',
    AWS_SESSION_TOKEN: Credentials?.SessionToken ?? '',
  };
}

async function makeDatabase({ root, app }: LocalDatabase, { database, data, preparation }: Deployment): Promise<void> {
  const [user, password] = [identifier(APP_ROLE.user), literal(APP_ROLE.password)];
  await psql({ ...root, database: 'postgres' }, `CREATE ROLE ${user} LOGIN PASSWORD ${password}`);
  await psql({ ...root, database: 'postgres' }, `CREATE DATABASE ${identifier(database)} OWNER ${user}`);
  if (preparation) await psql(root, preparation);
  await psql(app, readFileSync(path.join(APP, 'schema.sql'), 'utf8'));
  if (data !== '') await psql(app, data);
}

/** Makes the app's database on the server, and has the server run the app. */
export async function deployApp(deployment: Deployment): Promise<LocalDatabase> {
  const { state, account, instanceID, prefix, database, pollSeconds } = deployment;
  const proxy = proxyControl(state.aws.endpoint);
  const { host, port, folder } = await proxy.databaseOf(instanceID, account.id);
  const local: LocalDatabase = {
    app: { host, port, database, ...APP_ROLE },
    root: { host: folder, port, database, user: 'postgres' },
  };
  await makeDatabase(local, deployment);
  const { root } = await proxy.machineOf(instanceID, account.id);
  const { user: PGUSER, password: PGPASSWORD } = APP_ROLE;
  const env = {
    ...{ ADDRESS: host, PORT: `${APP_PORT}`, PARAMETER_PREFIX: prefix, POLL_SECONDS: `${pollSeconds}` },
    ...{ DATA_FOLDER: path.join(root, 'srv', 'data', 'notes'), DATABASE_AUTHORITY: authorityFile(state.folder) },
    ...{ PGHOST: host, PGUSER, PGPASSWORD },
    ...{ AWS_REGION: REGION, AWS_ENDPOINT_URL: state.aws.endpoint, ...(await credentialsOf(deployment)) },
  };
  const service = { name: SERVICE, command: nodeProgram(), args: [path.join(APP, 'server.ts')], env };
  await proxy.serve(instanceID, account.id, service);
  return local;
}
