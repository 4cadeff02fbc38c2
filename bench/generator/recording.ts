/**
 * What was heard of a small world of reference tiers: the raw material of every answer that the generator gives. Types and
 * naming only.
 */
import type { TierSpec, TierStatus } from '../../src/api/types.ts';
import type { Owner } from '../../src/core/kind.ts';
import type { Exchange } from './recorder.ts';

/** A tier as it was built for the recording. */
export interface ReferenceTier {
  readonly owner: Required<Owner>;
  readonly spec: TierSpec;
  readonly status: TierStatus;
}

/** Everything that may be asked about a world at rest, with the answers. */
export interface WorldRecording {
  readonly exchanges: readonly Exchange[];
  /** The first reference tier in this world. */
  readonly tier: ReferenceTier;
  /** What was heard while the first reference tier came here from the world before. */
  readonly passage: readonly Exchange[];
}

/** The name of the world in which a tier is as its manifest says. */
export const CONVERGED = 'converged';

/** A recording: the first tier is multiplied, the others tell what tiers share. */
export interface Recording {
  readonly manifest: string;
  readonly accountID: string;
  readonly region: string;
  readonly tiers: readonly ReferenceTier[];
  readonly worlds: Readonly<Record<string, WorldRecording>>;
}

/** The installation that every tier of the bench belongs to. */
export const CLUSTER = 'bench';

/** Names say their number, so that a question shows whom it is about. */
export const NAME = /tier-(\d{5})/g;

/** The same of namespaces. */
export const NAMESPACE = /bench-\d\d\b/g;

/** The name of a tier. */
export function tierName(index: number): string {
  return `tier-${String(index).padStart(5, '0')}`;
}

const NAMESPACE_SIZE = 1000;

/** The namespace of a tier: a thousand in each. */
export function tierNamespace(index: number): string {
  return `bench-${String(Math.floor(index / NAMESPACE_SIZE)).padStart(2, '0')}`;
}
