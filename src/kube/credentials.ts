/**
 * Proof of who we are, fresh for each request: headers and TLS material out of a kubeconfig entry. Cheap to ask; what
 * rotates on disk is read again after a while, and everything at once after the API server said 401.
 */
import { readFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import type { User } from '@kubernetes/client-node/dist/config_types.js';
import { ExecAuth } from '@kubernetes/client-node/dist/exec_auth.js';
import { FileAuth } from '@kubernetes/client-node/dist/file_auth.js';
import type { Clock } from './clock.ts';
import type { KubeTarget } from './kubeconfig.ts';

/** What one connection needs. */
export interface TlsMaterial {
  readonly ca?: Buffer;
  readonly cert?: Buffer | string;
  readonly key?: Buffer | string;
  readonly servername?: string;
  readonly rejectUnauthorized: boolean;
}

/** What one request needs. */
export interface Proof {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsMaterial;
}

/** Gives proofs, and can be told that the last one was refused. */
export interface Credentials {
  proof(): Promise<Proof>;
  refused(): void;
}

type AuthOptions = Omit<RequestOptions, 'headers'> & { headers: Record<string, string>; cert?: string; key?: string };

interface Authenticator {
  isAuthProvider(user: User): unknown;
  applyAuthentication(user: User, options: AuthOptions): Promise<void>;
}

const REREAD_MILLISECONDS = 60_000;

/** Credentials of the target's user. */
export function credentialsOf(target: KubeTarget, clock: Clock): Credentials {
  let authenticators: readonly Authenticator[] | undefined;
  let files: { readonly tls: TlsMaterial; readonly readAt: number } | undefined;
  return {
    proof: async () => {
      authenticators ??= await authenticatorsFor(target.user);
      if (files === undefined || clock.now() - files.readAt > REREAD_MILLISECONDS) {
        files = { tls: readTls(target), readAt: clock.now() };
      }
      return prove(target.user, files.tls, authenticators);
    },
    refused: () => {
      // The library's authenticators cache without a way to clear: new ones ask again.
      authenticators = undefined;
      files = undefined;
    },
  };
}

async function authenticatorsFor(user: User): Promise<readonly Authenticator[]> {
  const provider: unknown = user.authProvider?.name;
  if (provider === undefined || provider === 'exec') return [new ExecAuth(), new FileAuth()];
  if (provider === 'oidc') {
    // Loads all generated models of the library, so only who needs it pays for it.
    const { OpenIDConnectAuth } = await import('@kubernetes/client-node/dist/oidc_auth.js');
    return [new OpenIDConnectAuth()];
  }
  throw new Error(`authenticate to the API server: auth-provider "${provider}" is not supported; use an exec plugin`);
}

async function prove(user: User, tls: TlsMaterial, authenticators: readonly Authenticator[]): Promise<Proof> {
  const options: AuthOptions = { headers: {} };
  await authenticators.find((candidate) => candidate.isAuthProvider(user))?.applyAuthentication(user, options);
  if (user.token) options.headers.Authorization = `Bearer ${user.token.trim()}`;
  if (user.username) {
    options.headers.Authorization = `Basic ${Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')}`;
  }
  if (user.impersonateUser) options.headers['Impersonate-User'] = user.impersonateUser;
  return {
    headers: trimmed(options.headers),
    tls: {
      ...tls,
      ...(options.cert === undefined ? {} : { cert: options.cert }),
      ...(options.key === undefined ? {} : { key: options.key }),
    },
  };
}

/** Token files end in a line break, which a header must not hold. */
function trimmed(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.trim()]));
}

function readTls({ cluster, user }: KubeTarget): TlsMaterial {
  const ca = material(cluster.caFile, cluster.caData);
  const cert = material(user.certFile, user.certData);
  const key = material(user.keyFile, user.keyData);
  return {
    rejectUnauthorized: !cluster.skipTLSVerify,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(cluster.tlsServerName ? { servername: cluster.tlsServerName } : {}),
  };
}

function material(file: string | undefined, data: string | undefined): Buffer | undefined {
  if (file) return readFileSync(file);
  return data ? Buffer.from(data, 'base64') : undefined;
}
