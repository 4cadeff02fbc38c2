/**
 * Loopback addresses for servers that must listen at a given port, as each server of AWS has an address of its own. Linux
 * has all of 127.0.0.0/8. It must not hold the address: the server binds it a moment later.
 */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { hasCode } from '../system-error.ts';

/** Tries before it is said that none is free. */
const TRIES = 50;

/** An address at which nobody listens at this port. */
export async function freeAddress(port: number): Promise<string> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const address = `127.${randomInt(64, 128)}.${randomInt(0, 256)}.${randomInt(1, 255)}`;
    if (await isFree(address, port)) return address;
  }
  throw new Error(
    `finding a loopback address with a free port ${port}: does a server listen on all addresses (0.0.0.0)?`,
  );
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => {
      if (hasCode(error, 'EADDRINUSE')) return resolve(false);
      reject(
        new Error(`listening on "${host}" port ${port}: real databases need Linux, where 127.0.0.0/8 is loopback`, {
          cause: error,
        }),
      );
    });
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
