/**
 * A real Valkey server behind TLS on loopback, as ElastiCache gives it with encryption in transit: it is reached by TLS only, with
 * the name and password of a user of its own, and keeps nothing when it ends. The wheel's server knows no TLS: it listens at a
 * socket, and TLS ends here, before it. It must not let anybody in whom it was not told of.
 */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { createServer, type Server } from 'node:tls';
import { plainEnvironment } from '../environment.ts';
import { endProcess, forgetProcess, startProcess, untilReady } from '../processes.ts';
import { certify } from './authority.ts';
import { databaseTools } from './tools.ts';

/** Who may log in. */
export interface ValkeyUser {
  readonly name: string;
  /** In the words of `ACL SETUSER`: `on ~* &* +@all`. */
  readonly access: string;
  readonly passwords: readonly string[];
}

/** What to start. */
export interface ValkeySpec {
  /** Its own folder. The path is to be short: a socket's has at most 107 bytes. */
  readonly folder: string;
  /** A loopback address, which the certificate names. */
  readonly host: string;
  readonly port: number;
  readonly users: readonly ValkeyUser[];
  /** The run that it ends with, and its name there. */
  readonly run: { readonly folder: string; readonly name: string };
}

/** A server that accepts connections. */
export interface Valkey {
  /** Those who are not among them any more, or have another password, are thrown out. */
  setUsers(users: readonly ValkeyUser[]): Promise<void>;
  stop(): Promise<void>;
}

/** Who tells the server of changes, at its socket. */
const OPERATOR = 'elasticache';

const digest = (password: string): string => `#${createHash('sha256').update(password).digest('hex')}`;

const lineOf = ({ name, access, passwords }: ValkeyUser): string =>
  ['user', name, ...passwords.map(digest), access].join(' ');

function writeUsers(file: string, secret: string, users: readonly ValkeyUser[]): void {
  const operator: ValkeyUser = { name: OPERATOR, access: 'on ~* &* +@all', passwords: [secret] };
  // Whoever logs in as nobody is nobody, unless the cache has such a user.
  const nobody: ValkeyUser = { name: 'default', access: 'off', passwords: [] };
  const all = [operator, ...(users.some(({ name }) => name === nobody.name) ? [] : [nobody]), ...users];
  writeFileSync(file, `${all.map(lineOf).join('\n')}\n`, { mode: 0o600 });
}

/** Asks the server at its socket; answers with the last line that it says. */
async function ask(socketFile: string, ...commands: readonly string[]): Promise<string> {
  const socket = connect(socketFile);
  let said = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
    if (said.split('\r\n').length > commands.length) socket.end();
  });
  socket.write(`${commands.join('\r\n')}\r\n`);
  await once(socket, 'close');
  return said.trimEnd().split('\r\n').at(-1) ?? '';
}

/** Each end that breaks takes the other with it. */
function join(one: Socket, other: Socket): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroy());
    from.pipe(to);
  }
}

async function listen(spec: ValkeySpec, socketFile: string): Promise<Server> {
  const { run, host, port, folder } = spec;
  const files = { certificate: path.join(folder, 'server.crt'), key: path.join(folder, 'server.key') };
  await certify(run.folder, host, files);
  const tls = { cert: readFileSync(files.certificate), key: readFileSync(files.key) };
  const server = createServer(tls, (client) => join(client, connect(socketFile)));
  server.listen(port, host);
  await once(server, 'listening');
  return server;
}

/** Starts a server and waits until it accepts connections. */
export async function startValkey(spec: ValkeySpec): Promise<Valkey> {
  const { folder, run, users } = spec;
  const tools = await databaseTools();
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o700);
  const [socketFile, userFile] = [path.join(folder, 'valkey.sock'), path.join(folder, 'users.acl')];
  const secret = randomBytes(24).toString('hex');
  writeUsers(userFile, secret, users);
  rmSync(socketFile, { force: true });
  const settings = {
    ...{ port: '0', unixsocket: socketFile, aclfile: userFile, dir: folder },
    ...{ save: '', appendonly: 'no', databases: '16', maxmemory: '64mb', 'maxmemory-policy': 'volatile-lru' },
  };
  const running = await startProcess(run.folder, {
    name: run.name,
    command: path.join(tools, 'valkey-server'),
    args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    env: plainEnvironment(),
    rank: 0,
  });
  const login = `AUTH ${OPERATOR} ${secret}`;
  const answers = async (): Promise<boolean> => {
    return (await ask(socketFile, login, 'PING').catch(() => '')) === '+PONG';
  };
  await untilReady(running, answers);
  const server = await listen(spec, socketFile);
  const clients = new Set<Socket>();
  server.on('connection', (client: Socket) => {
    clients.add(client);
    client.on('close', () => clients.delete(client));
  });
  return {
    async setUsers(changed) {
      writeUsers(userFile, secret, changed);
      const said = await ask(socketFile, login, 'ACL LOAD');
      if (said !== '+OK') throw new Error(`telling ${run.name} of its users: ${said}`);
    },
    async stop() {
      server.close();
      for (const client of clients) client.destroy();
      await endProcess(running.record);
      await running.exited;
      forgetProcess(run.folder, run.name);
    },
  };
}
