/**
 * One batch of specimens before the real API server: refused with words that help, or accepted, judged alike offline, planned,
 * and reported in a status that the API server keeps as it is. No operator runs.
 */
import pLimit from 'p-limit';
import { faultsOf, withDefaults } from '../../../src/api/defaults.ts';
import type { TierSpecInput } from '../../../src/api/types.ts';
import { API_VERSION, KIND } from '../../../src/api/well-known.ts';
import { equalJson } from '../../../src/kube/equal.ts';
import { type Objects, openObjects } from '../../sandbox/objects.ts';
import { tierPath } from '../../sandbox/scene.ts';
import type { Ground, Point } from '../trial.ts';
import type { Draw } from './draw.ts';
import { passesOver, type Stored } from './passes.ts';
import { companionsOf } from './references.ts';
import { refusalProblems } from './refusal.ts';
import type { Specimen } from './specimens.ts';

/** What judging needs. */
export interface Court {
  readonly objects: Objects;
  readonly namespace: string;
  /** Where one at a time is really created: specimens share their names. */
  readonly keeping: string;
  readonly draw: Draw;
}

interface Words {
  readonly message?: string;
}

/** What `kubectl` asks for: a field that nobody knows is refused, not dropped. */
const STRICT = { fieldValidation: 'Strict', fieldManager: 'kubectl' };
const DRY = { dryRun: 'All' };

/** The tier whose status is written without being kept. */
const HOLDER = 'holder';

/** Of the accepted ones so many are really created. */
const KEPT = 0.1;

const AT_ONCE = 8;

/** What the API server reads: a field that is null counts as absent, and half a character as none. */
export function asRead(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map(asRead);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== null && member !== undefined);
  return Object.fromEntries(members.map(([key, member]) => [key, asRead(member)]));
}

/** The schema offline judges spec and name; the rest of the metadata is Kubernetes' own. */
function isJudgedOffline({ touched }: Specimen): boolean {
  return touched.every(([root, second]) => root === 'spec' || second === 'name');
}

function offlineProblems(specimen: Specimen, accepted: Stored | undefined): readonly string[] {
  if (!isJudgedOffline(specimen)) return [];
  const manifest = asRead(specimen.manifest);
  const faults = faultsOf(manifest);
  if (accepted === undefined)
    return faults.length > 0 ? [] : ['the API server refuses what the schema accepts offline'];
  if (faults.length > 0) return [`the API server accepts what the schema refuses offline: ${faults.join('; ')}`];
  const complete = withDefaults((manifest as { readonly spec: TierSpecInput }).spec);
  return equalJson(complete, accepted.spec) ? [] : ['the API server and the schema offline fill in different defaults'];
}

/** Whether the API server takes a status and keeps all of it. */
async function statusProblems(
  { objects, namespace }: Court,
  passed: Awaited<ReturnType<typeof passesOver>>,
): Promise<readonly string[]> {
  const answers = passed.statuses.map(async (status) => {
    const answer = await objects.ask<Words & { readonly status: unknown }>(`${tierPath(namespace, HOLDER)}/status`, {
      method: 'PATCH',
      contentType: 'application/apply-patch+yaml',
      query: { ...DRY, fieldManager: 'input', force: 'true' },
      body: { apiVersion: API_VERSION, kind: KIND, metadata: { name: HOLDER }, status },
    });
    if (answer.status !== 200) return [`the status is refused with ${answer.status}: ${answer.body.message}`];
    return equalJson(answer.body.status, status) ? [] : ['the status comes back changed'];
  });
  return (await Promise.all(answers)).flat();
}

/** Creates for real what a trial run accepted, and sees it stored alike. */
async function keepingProblems(
  { objects, keeping }: Court,
  { manifest }: Specimen,
  stored: Stored,
): Promise<readonly string[]> {
  const made = await objects.ask<Stored & Words>(tierPath(keeping), { method: 'POST', query: STRICT, body: manifest });
  if (made.status !== 201) return [`accepted in a dry run, then refused with ${made.status}: ${made.body.message}`];
  const path = tierPath(keeping, stored.metadata.name);
  const { spec } = await objects.need<Stored>(path);
  await objects.need(path, { method: 'DELETE' });
  return equalJson(spec, stored.spec) ? [] : ['stored otherwise than the dry run said'];
}

/** What one specimen shows. */
export async function judge(court: Court, specimen: Specimen): Promise<Point> {
  const { objects, namespace, draw } = court;
  const { name, manifest, touched, made, base } = specimen;
  const { status, body } = await objects.ask<Stored & Words>(tierPath(namespace), {
    method: 'POST',
    query: { ...STRICT, ...DRY },
    body: manifest,
  });
  if (status !== 201) {
    const failures = [
      ...refusalProblems({ status, message: body.message ?? '' }, [...touched, ...made]),
      ...offlineProblems(specimen, undefined),
    ];
    return { name, failures };
  }
  const passed = await passesOver(body, companionsOf(base), touched);
  const kept = draw.share(`kept ${name}`) < KEPT ? await inTurn(() => keepingProblems(court, specimen, body)) : [];
  return {
    name,
    failures: [
      ...offlineProblems(specimen, body),
      ...passed.failures,
      ...(await statusProblems(court, passed)),
      ...kept,
    ],
  };
}

const inTurn = pLimit(1);

/** Judges a batch in namespaces of its own. */
export async function judgeAll(ground: Ground, batch: readonly Specimen[], draw: Draw): Promise<readonly Point[]> {
  const [namespace, keeping] = [ground.place().namespace, ground.place().namespace];
  const objects = openObjects(ground.state);
  try {
    for (const name of [namespace, keeping])
      await objects.need('/api/v1/namespaces', { method: 'POST', body: { metadata: { name } } });
    const holder = { ...batch[0]?.base.manifest, metadata: { name: HOLDER } };
    await objects.need(tierPath(namespace), { method: 'POST', body: holder });
    const limit = pLimit(AT_ONCE);
    const court = { objects, namespace, keeping, draw };
    return await Promise.all(batch.map((specimen) => limit(() => judge(court, specimen))));
  } finally {
    for (const name of [namespace, keeping]) await objects.ask(`/api/v1/namespaces/${name}`, { method: 'DELETE' });
    objects.close();
  }
}
