/**
 * Free loopback ports for servers that are started in a moment. They lie below the range that the kernel gives to
 * clients, so that no outgoing connection can take one before its server binds it. A block is claimed by holding its
 * first port open, so two sandboxes that start at the same moment cannot choose the same block.
 */
import { createServer, type Server } from 'node:net';

/** A block of ports; `release` once every server of it listens, or has failed. */
export interface PortClaim {
  readonly ports: readonly number[];
  release(): Promise<void>;
}

/** Lowest and highest port ever used; the kernel's own range for clients starts at 32768. */
export const portRange = { first: 18_000, last: 32_759 } as const;

const blockSize = 10;

/** Claims `count` free ports of one block. */
export async function claimPorts(count: number): Promise<PortClaim> {
  if (count < 1 || count > blockSize - 1)
    throw new Error(`claiming ports: between 1 and ${blockSize - 1}, not ${count}`);
  const blocks = Math.floor((portRange.last - portRange.first + 1) / blockSize);
  const start = Math.floor(Math.random() * blocks);
  for (let index = 0; index < blocks; index += 1) {
    const base = portRange.first + ((start + index) % blocks) * blockSize;
    const claim = await claimBlock(base, count);
    if (claim !== undefined) return claim;
  }
  throw new Error(`claiming ports: no free block of ${count} between ${portRange.first} and ${portRange.last}`);
}

async function claimBlock(base: number, count: number): Promise<PortClaim | undefined> {
  const lock = await listen(base);
  if (lock === undefined) return undefined;
  const ports = Array.from({ length: count }, (_, index) => base + 1 + index);
  for (const port of ports) {
    const probe = await listen(port);
    if (probe === undefined) {
      await close(lock);
      return undefined;
    }
    await close(probe);
  }
  return { ports, release: () => close(lock) };
}

function listen(port: number): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(undefined);
      else reject(error);
    });
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(server.unref()));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
