/**
 * Many tiers without Kubernetes: the generator as a process of its own, the real engine in this one. For what would take too
 * long against real time or needs no API server. It measures nothing.
 */
import { randomUUID } from 'node:crypto';
import { claimPorts } from '../test/sandbox/ports.ts';
import { claimRun, endRun } from '../test/sandbox/runs.ts';
import { compile } from './generator/catalogue.ts';
import { type GeneratorControl, generatorControl } from './generator/control.ts';
import type { BenchTier } from './generator/marks.ts';
import { startGenerator } from './generator/process.ts';
import {
  CLUSTER,
  CONVERGED,
  type Recording,
  type ReferenceTier,
  tierName,
  tierNamespace,
} from './generator/recording.ts';
import { ACCOUNT } from './world.ts';

/** Tiers and their AWS. */
export interface Shop {
  readonly endpoint: string;
  readonly generator: GeneratorControl;
  /** Puts up so many tiers, as they would be at rest. */
  stock(count: number): Promise<ReferenceTier[]>;
  close(): Promise<void>;
}

/** Opens a shop in a run folder of this id. */
export async function openShop(recording: Recording, id: string): Promise<Shop> {
  const folder = claimRun(id);
  const claim = await claimPorts(1);
  const [port = 0] = claim.ports;
  let endpoint: string;
  try {
    ({ endpoint } = await startGenerator(folder, recording, port));
  } catch (error) {
    await endRun(folder);
    throw error;
  } finally {
    await claim.release();
  }
  const { marks, likeness } = compile(recording);
  const like = likeness(CONVERGED);
  const generator = generatorControl(endpoint);
  const tierOf = (index: number): BenchTier => ({
    index,
    account: ACCOUNT,
    region: recording.region,
    owner: { cluster: CLUSTER, namespace: tierNamespace(index), name: tierName(index), uid: randomUUID() },
  });
  return {
    endpoint,
    generator,
    async stock(count) {
      const tiers = Array.from({ length: count }, (_, index) => tierOf(index));
      await generator.setTiers(tiers);
      await generator.clear();
      return tiers.map((tier) => ({ owner: tier.owner, ...like(marks.valuesOf(tier)) }));
    },
    close: () => endRun(folder),
  };
}
