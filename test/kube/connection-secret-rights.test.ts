/** The Secret for pods on a real API server, as the operator's service account: what the shipped Role allows, and what it does not. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { TierMetadata } from '../../src/core/tier.ts';
import { createKubeApi, type KubeApi } from '../../src/kube/api.ts';
import { systemClock } from '../../src/kube/clock.ts';
import { createPublish, type Published } from '../../src/kube/connection-secret.ts';
import { soleFence, type TermFence } from '../../src/kube/fence.ts';
import { loadTarget } from '../../src/kube/kubeconfig.ts';
import type { KubeObject } from '../../src/kube/list.ts';
import { createTierClient, tiersPath } from '../../src/kube/tiers.ts';
import { attachSandbox } from '../sandbox/attach.ts';
import { projectFolder } from '../sandbox/folders.ts';
import { installOperator } from '../sandbox/install.ts';
import { serviceAccountKubeconfig } from '../sandbox/kubeconfig.ts';
import { kubectl } from '../sandbox/kubectl.ts';
import { sampleStatus, verdict } from './tier-samples.ts';

interface Secret {
  readonly metadata: KubeObject['metadata'] & {
    readonly labels?: object;
    readonly ownerReferences?: readonly object[];
  };
  readonly data?: Readonly<Record<string, string>>;
}

const sandbox = attachSandbox();
const namespace = `connection-${process.pid}`;
const secrets = `/api/v1/namespaces/${namespace}/secrets`;
const DATA = { host: 'db.example', password: 'p' };

let admin: KubeApi;
let operator: KubeApi;
let fence: TermFence;
let tier: TierMetadata;

beforeAll(async () => {
  await installOperator(sandbox);
  admin = createKubeApi({ target: loadTarget({ KUBECONFIG: sandbox.kube.adminKubeconfig }) });
  const account = await serviceAccountKubeconfig(sandbox, 'scalingtier-system', 'scalingtier-operator');
  operator = createKubeApi({ target: loadTarget({ KUBECONFIG: account }) });
  fence = soleFence(systemClock);
  await admin.call({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: namespace } } });
  const spec = { stage: 'SingleServer', aws: { region: 'eu-central-1' } };
  const body = { apiVersion: 'scalingtier.dev/v1alpha1', kind: 'ScalingTier', metadata: { name: 'shop' }, spec };
  await admin.call({ method: 'POST', path: tiersPath(namespace), body });
  const found = await createTierClient(admin).read(`${namespace}/shop`);
  if (found === undefined) throw new Error('the tier is not there');
  tier = found.metadata;
});

afterAll(async () => {
  await admin.call({ method: 'DELETE', path: `/api/v1/namespaces/${namespace}` });
  fence.close();
  admin.close();
  operator.close();
});

const publish = (secretName = 'shop-db', data: Readonly<Record<string, string>> = DATA): Promise<Published> =>
  createPublish(operator, systemClock)(verdict({ connection: { secretName, data } }), {
    tier,
    before: sampleStatus('before'),
    fence,
  });
const stalledIn = ({ verdict: { status } }: Published) =>
  status.conditions?.find(({ type }) => type === 'Stalled')?.reason;
const read = (name = 'shop-db') => admin.call<Secret>({ method: 'GET', path: `${secrets}/${name}` });
const texts = async (name?: string) =>
  Object.fromEntries(
    Object.entries((await read(name)).data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  );
/** Whether the API server lets the operator do this with a Secret by now. */
async function isAllowed(verb: string, name: string): Promise<boolean> {
  const resourceAttributes = { namespace, verb, resource: 'secrets', name };
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
  const review = { method: 'POST', path, body: { spec: { resourceAttributes } } } as const;
  return (await operator.call<{ readonly status: { readonly allowed: boolean } }>(review)).status.allowed;
}
const edit = (body: object) =>
  admin.call({ method: 'PATCH', path: `${secrets}/shop-db`, body, contentType: 'application/merge-patch+json' });

test('without the Role nothing is read or written', async () => {
  expect(stalledIn(await publish())).toBe('AccessDenied');
});

describe('with the Role', () => {
  beforeAll(async () => {
    const role = readFileSync(join(projectFolder, 'deploy', 'secret-writer', 'secret-writer.yaml'), 'utf8');
    const input = role.replace('[bookshop-database]', '[shop-db, theirs, raced]');
    await kubectl(sandbox, ['apply', '--namespace', namespace, '--filename', '-'], { input });
    // The API server learns of a Role by a watch of its own, a moment later.
    while (!(await isAllowed('patch', 'raced'))) await delay(50);
  });

  test('a Secret of a name that it lists is made, and is the tier’s', async () => {
    expect(await publish()).toEqual({ verdict: verdict() });
    expect(await texts()).toEqual(DATA);
    const owner = { kind: 'ScalingTier', name: 'shop', uid: tier.uid };
    expect((await read()).metadata).toMatchObject({ ownerReferences: [owner] });
  });

  test('one of another name is not', async () => {
    expect(stalledIn(await publish('another'))).toBe('AccessDenied');
    await expect(read('another')).rejects.toMatchObject({ code: 404 });
  });

  test('what says the same is left as it is', async () => {
    const before = await read();
    await publish();
    expect(await read()).toEqual(before);
  });

  test('what somebody edits is put right, what he adds stays, and so does what another manager owned', async () => {
    await edit({ data: { host: Buffer.from('theirs').toString('base64'), extra: 'eA==' } });
    expect(await publish()).toEqual({ verdict: verdict() });
    expect(await texts()).toEqual({ ...DATA, extra: 'x' });
  });

  test('a key that is not wanted any more goes', async () => {
    await publish('shop-db', { host: 'db.example', password: 'q' });
    await publish('shop-db', { password: 'r' });
    expect(await texts()).toEqual({ password: 'r', extra: 'x' });
  });

  test('its owner and its label come back when they are taken off, one at a time', async () => {
    await edit({ metadata: { ownerReferences: null } });
    await publish();
    await edit({ metadata: { labels: null } });
    await publish();
    expect((await read()).metadata).toMatchObject({
      ownerReferences: [{ uid: tier.uid }],
      labels: { 'scalingtier.dev/uid': tier.uid },
    });
  });

  test('a Secret of somebody else is left alone', async () => {
    const body = { metadata: { name: 'theirs' }, data: { host: 'eA==' } };
    await admin.call({ method: 'POST', path: secrets, body });
    expect(stalledIn(await publish('theirs'))).toBe('OwnershipConflict');
    expect(await texts('theirs')).toEqual({ host: 'x' });
  });

  test('one that somebody makes in the same moment keeps nothing of ours', async () => {
    const body = { metadata: { name: 'raced' }, data: { token: 'eA==' } };
    // Between our look and our write.
    const racing: KubeApi = {
      ...operator,
      call: async <T>(request: Parameters<KubeApi['call']>[0]): Promise<T> => {
        try {
          return await operator.call<T>(request);
        } finally {
          if (request.method === 'GET') await admin.call({ method: 'POST', path: secrets, body });
        }
      },
    };
    const publication = { tier, before: sampleStatus('before'), fence };
    const published = await createPublish(racing, systemClock)(
      verdict({ connection: { secretName: 'raced', data: DATA } }),
      publication,
    );
    expect(stalledIn(published)).toBe('OwnershipConflict');
    expect(await texts('raced')).toEqual({ token: 'x' });
    const { metadata } = await read('raced');
    expect([metadata.labels, metadata.ownerReferences]).toEqual([undefined, undefined]);
  });
});
