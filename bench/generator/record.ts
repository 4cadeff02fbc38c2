/**
 * Builds reference tiers in an AWS stand-in with the real engine and asks everything that the engine may ask about them
 * later, through a recorder. It knows kinds only as a list: a new one is recorded without a line here.
 */

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parse } from 'yaml';
import { withDefaults } from '../../src/api/defaults.ts';
import type { TierSpec, TierSpecInput } from '../../src/api/types.ts';
import type { AnyResource, Aws } from '../../src/aws/driver.ts';
import { allOf } from '../../src/aws/pages.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { enterAccount } from '../../test/sandbox/account.ts';
import { openEngine, passOver } from './engine.ts';
import { type Exchange, type Recorder, startRecorder } from './recorder.ts';
import {
  CLUSTER,
  CONVERGED,
  type Recording,
  type ReferenceTier,
  tierName,
  tierNamespace,
  type WorldRecording,
} from './recording.ts';

/** How to record. */
export interface RecordOptions {
  /** The sandbox's AWS. */
  readonly endpoint: string;
  /** Path of a manifest. */
  readonly manifest: string;
  /** Twelve digits, of this recording alone. */
  readonly accountID: string;
  readonly tiers?: number;
  /** Changes of the spec of the first tier, one after the other, by the name of the world that they lead to. */
  readonly changes?: Readonly<Record<string, Partial<TierSpecInput>>>;
}

const BUILD_SECONDS = 120;
/** The folder of the manifests that are measured. */
export const MANIFESTS = path.join(import.meta.dirname, '..', 'manifests');

/** The spec of a manifest, as it is written. */
export function specIn(manifest: string): TierSpecInput {
  return (parse(readFileSync(manifest, 'utf8')) as { readonly spec: TierSpecInput }).spec;
}

/** The manifest's spec, complete, in the account of the recording. */
function specOf(manifest: string, accountID: string, change: Partial<TierSpecInput> = {}): TierSpec {
  const spec = specIn(manifest);
  const assumeRoleARN = `arn:aws:iam::${accountID}:role/scalingtier-operator`;
  return withDefaults({ ...spec, ...change, aws: { ...spec.aws, assumeRoleARN } });
}

const isUp = ({ status }: ReferenceTier, generation: number): boolean =>
  status.observedGeneration === generation &&
  ['Ready', 'UpToDate'].every((type) => status.conditions?.some((one) => one.type === type && one.status === 'True')) &&
  !status.conditions?.some(({ type }) => type === 'Reconciling');

/** Runs passes, as soon as each asks for the next, until the tier is up. */
async function build(engine: Engine, start: ReferenceTier, generation: number): Promise<ReferenceTier> {
  const deadline = performance.now() + BUILD_SECONDS * 1000;
  let tier = start;
  for (;;) {
    const { status, requeueAfter } = await passOver(engine, tier, { generation });
    tier = { ...tier, status };
    if (isUp(tier, generation)) return tier;
    if (performance.now() > deadline)
      throw new Error(`build ${tier.owner.name}: not up after ${BUILD_SECONDS} s: ${status.message}`);
    await delay(Math.min(requeueAfter, 0.2) * 1000);
  }
}

function idsOf({ status }: ReferenceTier, { type }: AnyResource): readonly string[] {
  return (status.resources ?? []).flatMap((one) => (one.type === type && one.id ? [one.id] : []));
}

/** Asks what sweeps, fresh looks and looks by id ask, kind by kind, and what whole passes ask besides. */
async function askEverything(
  engine: Engine,
  aws: Aws,
  { tier, generation }: { tier: ReferenceTier; generation: number },
): Promise<ReferenceTier> {
  for (const kind of engine.resources) {
    await allOf(kind.observe(aws, { by: 'cluster', cluster: CLUSTER }));
    await allOf(kind.observe(aws, { by: 'tiers', owners: [tier.owner] }));
    await allOf(kind.observe(aws, { by: 'ids', ids: idsOf(tier, kind) }));
  }
  const { status } = await passOver(engine, tier, { generation });
  const rested = { ...tier, status };
  await passOver(engine, rested, { generation, request: 'now' });
  return rested;
}

interface Studio {
  readonly recorder: Recorder;
  readonly engine: Engine;
  readonly aws: Aws;
}

/** Records a world at rest. What a first question looks up once, such as an image, belongs to it too. */
async function recordWorld(
  { recorder, engine, aws }: Studio,
  at: { tier: ReferenceTier; generation: number },
  passage: readonly Exchange[],
): Promise<WorldRecording> {
  const tier = await askEverything(engine, aws, at);
  return { exchanges: recorder.take(), tier, passage };
}

async function recordChanges(
  studio: Studio,
  start: ReferenceTier,
  { changes = {}, manifest, accountID }: RecordOptions,
): Promise<Record<string, WorldRecording>> {
  const worlds: Record<string, WorldRecording> = {};
  let tier = start;
  let generation = 1;
  for (const [name, change] of Object.entries(changes)) {
    generation += 1;
    tier = await build(studio.engine, { ...tier, spec: specOf(manifest, accountID, change) }, generation);
    const world = await recordWorld(studio, { tier, generation }, studio.recorder.take());
    worlds[name] = world;
    tier = world.tier;
  }
  return worlds;
}

/** Builds reference tiers of a manifest and records them. */
export async function record(options: RecordOptions): Promise<Recording> {
  const { endpoint, manifest, accountID, tiers: count = 2 } = options;
  const recorder = await startRecorder(endpoint);
  const { engine, close } = openEngine({ endpoint: recorder.endpoint });
  try {
    const spec = specOf(manifest, accountID);
    const { region, assumeRoleARN = '' } = spec.aws;
    const built: ReferenceTier[] = [];
    // The first one last: what stands first in an account may be told apart there.
    for (let index = count - 1; index >= 0; index -= 1) {
      const owner = { cluster: CLUSTER, namespace: tierNamespace(index), name: tierName(index), uid: randomUUID() };
      built.unshift(await build(engine, { owner, spec, status: { observedGeneration: -1 } }, 1));
    }
    const building = recorder.take();
    const [first] = built;
    if (!first) throw new Error(`record ${manifest}: at least one tier is needed, not ${count}`);
    const aws = await engine.sessions.open({ region, assumeRoleARN });
    const studio = { recorder, engine, aws };
    const converged = await recordWorld(studio, { tier: first, generation: 1 }, building);
    const changed = await recordChanges(studio, converged.tier, options);
    return { manifest, accountID, region, tiers: built, worlds: { [CONVERGED]: converged, ...changed } };
  } finally {
    close();
    await recorder.close();
  }
}

/** An account of its own for a recording in a sandbox that others use too. */
export async function recordApart(options: RecordOptions): Promise<Recording> {
  const account = await enterAccount(options.endpoint, options.accountID);
  account.close();
  return record(options);
}
