/** Ports: free, below the kernel's range for clients, and never given to two claimants. */
import { createServer } from 'node:net';
import { claimPorts, portRange } from './ports.ts';

test('claimed ports lie below the range that the kernel gives to clients', async () => {
  const claim = await claimPorts(5);
  expect(new Set(claim.ports).size).toBe(5);
  for (const port of claim.ports) {
    expect(port).toBeGreaterThanOrEqual(portRange.first);
    expect(port).toBeLessThan(32_768);
  }
  await claim.release();
});

test('claims held at the same time never share a port', async () => {
  const claims = await Promise.all(Array.from({ length: 20 }, () => claimPorts(9)));
  const ports = claims.flatMap((claim) => claim.ports);
  expect(new Set(ports).size).toBe(ports.length);
  await Promise.all(claims.map((claim) => claim.release()));
});

test('a claimed port can be bound while the claim is held', async () => {
  const claim = await claimPorts(1);
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(claim.ports[0], '127.0.0.1', resolve);
  });
  await new Promise((resolve) => server.close(resolve));
  await claim.release();
});

test.each([0, 10])('a claim of %d ports is refused', async (count) => {
  await expect(claimPorts(count)).rejects.toThrow(`not ${count}`);
});
