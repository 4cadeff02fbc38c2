/** Somebody else's admission webhook in front of tiers that never answers: the API server times out in its place. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { PATIENCE, type Site, type Story, TIER } from './site.ts';

const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';

/** A port that takes connections and never says a word. */
async function silentPort() {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** Puts the webhook in front of this site's namespace for as long as `during` takes. */
async function underWebhook({ scene }: Site, resource: string, during: () => Promise<void>): Promise<void> {
  const silent = await silentPort();
  const name = `${scene.namespace}.example.com`;
  const webhook = {
    name,
    clientConfig: { url: `https://127.0.0.1:${silent.port}/` },
    rules: [{ apiGroups: ['scalingtier.dev'], apiVersions: ['*'], operations: ['UPDATE'], resources: [resource] }],
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': scene.namespace } },
    failurePolicy: 'Fail',
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    timeoutSeconds: 1,
  };
  await scene.objects.need(CONFIGURATIONS, { method: 'POST', body: { metadata: { name }, webhooks: [webhook] } });
  try {
    await during();
  } finally {
    await scene.objects.need(`${CONFIGURATIONS}/${name}`, { method: 'DELETE' });
    silent.close();
  }
}

const INFORMED_MILLISECONDS = 2_000;
const OUTAGE_MILLISECONDS = 8_000;

/** Waits until the webhook has stopped a write of the operator, and lets it stop more for a while. */
async function outage({ kube }: Site, since: number): Promise<void> {
  const refused = (): boolean => kube.journal(since).some(({ write, status }) => write && status >= 500);
  for (const end = performance.now() + PATIENCE * 1000; !refused(); await delay(100)) {
    if (performance.now() > end) throw new Error('the webhook has stopped no write of the operator');
  }
  await delay(OUTAGE_MILLISECONDS);
}

function webhookFromTheStart(resource: string): Story {
  return async (site) => {
    await underWebhook(site, resource, async () => {
      // The API server takes a second or so to learn of a configuration.
      await delay(INFORMED_MILLISECONDS);
      await site.scene.apply(TIER);
      await outage(site, 0);
    });
    return 'standing';
  };
}

function webhookDuringCreation(resource: string): Story {
  return async (site) => {
    await site.scene.apply(TIER);
    await site.scene.until(TIER, 'begun', ({ status }) => (status.resources?.length ?? 0) > 3, PATIENCE);
    await underWebhook(site, resource, () => outage(site, site.kube.latest()));
    return 'standing';
  };
}

/** The finalizer cannot be taken off: everything else is done once, and that when the webhook has gone. */
const webhookDuringDeletion: Story = async (site) => {
  const { scene, path } = site;
  await scene.apply(TIER);
  await scene.settled(TIER, PATIENCE);
  const since = site.kube.latest();
  await underWebhook(site, 'scalingtiers', async () => {
    await delay(INFORMED_MILLISECONDS);
    await scene.objects.need(path, { method: 'DELETE' });
    await outage(site, since);
  });
  for (
    const end = performance.now() + PATIENCE * 1000;
    (await scene.objects.ask(path)).status !== 404;
    await delay(200)
  ) {
    if (performance.now() > end) throw new Error(`the object is not gone within ${PATIENCE} s`);
  }
  return 'gone';
};

/** By name. */
export const webhookStories: Readonly<Record<string, Story>> = {
  'webhook that never answers: status, from the start': webhookFromTheStart('scalingtiers/status'),
  'webhook that never answers: status, during creation': webhookDuringCreation('scalingtiers/status'),
  'webhook that never answers: object, from the start': webhookFromTheStart('scalingtiers'),
  'webhook that never answers: object, during deletion': webhookDuringDeletion,
};
