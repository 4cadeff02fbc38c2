/**
 * Several accepted specimens under one real operator, each in a namespace of its own: what each shows, and that the process
 * itself neither ends, nor throws, nor logs an error.
 */
import { DescribeVolumesCommand } from '@aws-sdk/client-ec2';
import pLimit from 'p-limit';
import { ANNOTATIONS } from '../../../src/api/well-known.ts';
import { enterAccount } from '../../sandbox/account.ts';
import { groundOf } from '../../sandbox/examples-ground.ts';
import { type Objects, openObjects } from '../../sandbox/objects.ts';
import { type OperatorProcess, startOperator } from '../../sandbox/operator.ts';
import { proxyControl } from '../../sandbox/proxy/client.ts';
import { tierPath } from '../../sandbox/scene.ts';
import type { Ground, Point } from '../trial.ts';
import type { Base, Manifest } from './bases.ts';
import type { Draw } from './draw.ts';
import { type Life, type Lived, lifeOn } from './life.ts';
import { companionsOf, pathOf } from './references.ts';
import { type Specimen, written } from './specimens.ts';

/** AWS's times are short and its request limits off: neither is what is tried here. */
const HASTE = { factor: 100, throttle: false };
const HASTY = ['--aws-rate-percent', '1000'];

/** Of so many a fourth ends as it is, so that what is said of the end is tried too. */
const MENDED = 0.75;

const PATIENCE = ['--drift-confirmation-seconds', '1', '--absence-grace-seconds', '20', '--sweep-seconds', '5'];
const ACCOUNT = /\b\d{12}\b/g;

/** The same object with its account in place of the example's. */
function inAccount(manifest: Manifest, base: Base, accountID: string): Manifest {
  const known = new Set(JSON.stringify(base.manifest).match(ACCOUNT) ?? []);
  const moved = JSON.stringify(manifest).replace(ACCOUNT, (account) => (known.has(account) ? accountID : account));
  return JSON.parse(moved) as Manifest;
}

interface Stored {
  readonly spec: unknown;
  readonly metadata: { readonly annotations?: unknown };
}

/** The first specimens that are accepted, none of which is just an example, and no two of which differ in the same places only. */
async function accepted(
  objects: Objects,
  namespace: string,
  candidates: readonly Specimen[],
  count: number,
): Promise<readonly Specimen[]> {
  const asStored = async (manifest: Manifest): Promise<string | undefined> => {
    const query = { dryRun: 'All', fieldValidation: 'Strict' };
    const { status, body } = await objects.ask<Stored>(tierPath(namespace), { method: 'POST', query, body: manifest });
    return status === 201 ? JSON.stringify([body.spec, body.metadata.annotations]) : undefined;
  };
  const known = new Set<string | undefined>([undefined]);
  for (const base of new Set(candidates.map((candidate) => candidate.base))) known.add(await asStored(base.manifest));
  const found: Specimen[] = [];
  const touched = new Set<string>();
  for (const candidate of candidates) {
    if (found.length >= count) break;
    const places = candidate.touched.map(written);
    if (places.every((place) => touched.has(place))) continue;
    const stored = await asStored(candidate.manifest);
    if (known.has(stored)) continue;
    known.add(stored);
    for (const place of places) touched.add(place);
    found.push(candidate);
  }
  return found;
}

/** The objects that the example names, and the permissions that go with it: to read its secrets, and to keep one for pods. */
async function furnish(objects: Objects, namespace: string, base: Base): Promise<void> {
  for (const companion of companionsOf(base)) {
    const [plural] = pathOf(companion).split('/');
    await objects.need(`/api/v1/namespaces/${namespace}/${plural}`, { method: 'POST', body: companion });
  }
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
  const metadata = { name: 'secret-keeper' };
  const rules = [{ apiGroups: [''], resources: ['secrets'], verbs: ['get', 'create', 'patch'] }];
  await objects.need(`${rbac}/roles`, { method: 'POST', body: { metadata, rules } });
  const subjects = [{ kind: 'ServiceAccount', name: 'scalingtier-operator', namespace: 'scalingtier-system' }];
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'secret-keeper' };
  await objects.need(`${rbac}/rolebindings`, { method: 'POST', body: { metadata, roleRef, subjects } });
}

/** Starts an operator whose own identity is in this account, so that examples without a role stand there too. */
async function operatorIn(ground: Ground, accountID: string, namespaces: readonly string[]): Promise<OperatorProcess> {
  const account = await enterAccount(ground.state.aws.endpoint, accountID);
  const credentials = await account.ec2.config.credentials();
  account.close();
  return startOperator(ground.state, {
    script: ground.script,
    kubeconfig: ground.kubeconfig,
    args: ['--watch-namespaces', namespaces.join(','), '--leader-elect', 'false', ...PATIENCE, ...HASTY],
    env: {
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken ?? '',
    },
  });
}

/** That the process lives, has not thrown, and has logged no error. */
async function crashes(operator: OperatorProcess): Promise<readonly string[]> {
  const ended = await Promise.race([operator.exited, Promise.resolve(undefined)]);
  const errors = operator
    .logs()
    .split('\n')
    .filter((line) => /"level":"(error|fatal)"/.test(line));
  const logged = errors.slice(0, 3).map((line) => `logged: ${line.slice(0, 1500)}`);
  if (ended !== undefined) return [`the operator ended: ${ended}`, ...logged];
  const metrics = await (await fetch(`${operator.metrics}/metrics`)).text();
  const panics = [...metrics.matchAll(/^controller_runtime_reconcile_panics_total\S* (\d+)$/gm)].reduce(
    (sum, [, value]) => sum + Number(value),
    0,
  );
  return [...(panics > 0 ? [`${panics} passes threw something unexpected`] : []), ...logged];
}

/** What a tier said that it leaves: what its policy retains, and all that it had when it was told to leave everything. */
function leftBy({ last }: Lived): readonly string[] {
  if (!last) return [];
  const { retained = [], resources = [] } = last.status;
  const { annotations } = last.metadata as { readonly annotations?: Readonly<Record<string, string>> };
  const left = annotations?.[ANNOTATIONS.forceOrphan] === 'true' ? [...retained, ...resources] : retained;
  return left.flatMap(({ role, id = '' }) => [id, `${last.metadata.name} ${role}`]);
}

interface Standing {
  readonly accountID: string;
  readonly region: string;
}

/** What examples name and do not make, once for each of them; and what was there before any tier, by id. */
async function groundsOf(ground: Ground, accountID: string, all: ReadonlySet<Base>) {
  const account = await enterAccount(ground.state.aws.endpoint, accountID);
  const places = new Map<Base, (text: string) => string>();
  for (const base of all) places.set(base, await groundOf(ground.state, account, JSON.stringify(base.manifest)));
  const inventory = await account.inventory().finally(() => account.close());
  return { places, before: new Set(Object.values(inventory).flat()) };
}

/** What stands in an account and is neither older than the tiers nor among what they said they leave. */
async function leftovers(
  ground: Ground,
  { accountID, region }: Standing,
  { lives, before }: Ended,
): Promise<readonly string[]> {
  const account = await enterAccount(ground.state.aws.endpoint, accountID, region);
  const [inventory, { Volumes = [] }] = await Promise.all([
    account.inventory(),
    account.ec2.send(new DescribeVolumesCommand({})),
  ]).finally(() => account.close());
  const left = new Set(lives.flatMap(leftBy));
  // The disk that a retained server boots from is part of it and goes with it.
  const parts = Volumes.filter(({ Attachments = [] }) =>
    Attachments.some(({ InstanceId = '' }) => left.has(InstanceId)),
  );
  const said = new Set([...before, ...left, ...parts.map(({ VolumeId = '' }) => VolumeId)]);
  return Object.entries(inventory).flatMap(([sort, names]) =>
    names.filter((name) => !said.has(name)).map((name) => `left in ${accountID} ${region}: ${sort} ${name}`),
  );
}

/** How it all ended, and what was there before it began. */
interface Ended {
  readonly lives: readonly Lived[];
  readonly before: ReadonlySet<string>;
}

/** The same object on ground that is there. */
const placed = (manifest: Manifest, place: (text: string) => string = (text) => text): Manifest =>
  JSON.parse(place(JSON.stringify(manifest))) as Manifest;

/** Where a tier stood, as it says itself; nowhere, when it never got as far as to choose its zones: there may be no such region. */
function standingOf({ last }: Lived): readonly Standing[] {
  const { region } = (last?.spec.aws ?? {}) as { readonly region?: string };
  const { accountID, facts } = last?.status ?? {};
  return facts && accountID && region ? [{ accountID, region }] : [];
}

async function leftEverywhere(ground: Ground, ended: Ended): Promise<readonly string[]> {
  const standings = ended.lives.flatMap(standingOf);
  const places = new Map(standings.map((standing) => [`${standing.accountID} ${standing.region}`, standing]));
  const all = [...places.values()].map((standing) => leftovers(ground, standing, ended));
  return (await Promise.all(all)).flat();
}

/** Tiers that live at once, so that they do not wait for each other's calls to AWS. */
const AT_ONCE = 6;

/** Lets the first `count` accepted candidates live and answers with a point for each, and one for the operator. */
export async function liveAll(
  ground: Ground,
  candidates: readonly Specimen[],
  { count, draw }: { readonly count: number; readonly draw: Draw },
): Promise<readonly Point[]> {
  const objects = openObjects(ground.state);
  const { accountID, namespace: home } = ground.place();
  const proxy = proxyControl(ground.state.aws.endpoint);
  const namespaces: string[] = [home];
  try {
    await objects.need('/api/v1/namespaces', { method: 'POST', body: { metadata: { name: home } } });
    await proxy.configure(HASTE, accountID);
    const lives: Life[] = [];
    const specimens = await accepted(objects, home, candidates, count);
    const { places, before } = await groundsOf(ground, accountID, new Set(specimens.map(({ base }) => base)));
    for (const specimen of specimens) {
      const { namespace } = ground.place();
      await objects.need('/api/v1/namespaces', { method: 'POST', body: { metadata: { name: namespace } } });
      namespaces.push(namespace);
      await furnish(objects, namespace, specimen.base);
      const [manifest, own] = [specimen.manifest, specimen.base.manifest].map((one) =>
        inAccount(placed(one, places.get(specimen.base)), specimen.base, accountID),
      );
      if (!manifest || !own) continue;
      const example = { ...own, metadata: { ...own.metadata, name: manifest.metadata.name } };
      lives.push({ specimen, namespace, manifest, example, mended: draw.share(`mended ${specimen.name}`) < MENDED });
    }
    const operator = await operatorIn(ground, accountID, namespaces);
    try {
      const limit = pLimit(AT_ONCE);
      const lived = await Promise.all(lives.map((life) => limit(() => lifeOn(objects, life).live())));
      const points = lives.map(({ specimen }, at) => ({ name: specimen.name, failures: lived[at]?.failures ?? [] }));
      const failures = [...(await crashes(operator)), ...(await leftEverywhere(ground, { lives: lived, before }))];
      return [...points, { name: 'the operator, and what is left', failures }];
    } finally {
      await operator.stop();
    }
  } finally {
    for (const namespace of namespaces) await objects.ask(`/api/v1/namespaces/${namespace}`, { method: 'DELETE' });
    objects.close();
  }
}
