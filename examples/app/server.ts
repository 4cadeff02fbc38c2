/**
 * The app as a process: it follows what its tier publishes, at its start, every few seconds, on SIGHUP, and whenever its database
 * refuses it; SIGTERM ends it after the requests that it is at.
 */
import { createServer } from 'node:http';
import path from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SSMClient } from '@aws-sdk/client-ssm';
import { createApp } from './app.ts';
import { openCache } from './cache.ts';
import { createDatabase } from './database.ts';
import { loginFinder } from './login.ts';
import { refresher } from './published.ts';
import { secretReader } from './secrets.ts';
import { createSessions } from './sessions.ts';
import { settingsOf } from './settings.ts';
import { createUploads } from './uploads.ts';

/** Longer than a load balancer keeps an idle connection, so that it never uses one that is just being closed. */
const KEEP_ALIVE_MILLISECONDS = 75_000;

const LAST_REQUESTS_MILLISECONDS = 3000;

function say(what: string, error?: unknown): void {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const line = { time: new Date().toISOString(), what, ...(cause === undefined ? {} : { error: String(cause) }) };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

const settings = settingsOf(process.env);
const secrets = secretReader(new SecretsManagerClient());
const database = createDatabase({
  ...{ localHost: settings.localHost, authorityFile: settings.authorityFile },
  login: loginFinder(secrets, settings.login),
  refresh: () => refresh(),
});
const uploads = createUploads(new S3Client(), path.join(settings.folder, 'uploads'));
const sessions = createSessions(path.join(settings.folder, 'sessions'), (place) =>
  openCache(place, { authorityFile: settings.cacheAuthorityFile, credentials: secrets, say }),
);
const refresh = refresher(new SSMClient(), settings.prefix, [database, uploads, sessions]);

async function look(): Promise<void> {
  const before = database.place();
  await refresh().catch((error: unknown) => say('reading the parameters', error));
  const place = database.place();
  if (place && place !== before) say(`the database is at ${place.host}:${place.port}, epoch ${place.epoch}`);
}

const server = createServer(
  { keepAliveTimeout: KEEP_ALIVE_MILLISECONDS },
  createApp({ database, uploads, sessions }, say),
);

/** Ends when the last request is answered, or when the patience of whoever ends it is nearly over. */
function end(): void {
  clearInterval(polling);
  server.close(() => {
    sessions.close();
    database.close();
  });
  setTimeout(() => server.closeAllConnections(), LAST_REQUESTS_MILLISECONDS).unref();
}

const polling = setInterval(look, settings.pollSeconds * 1000);
process.on('SIGHUP', look);
process.on('SIGTERM', end);
await look();
server.listen(settings.port, settings.address, () => say(`listening at ${settings.address}:${settings.port}`));
