/** RDS's own ways of saying no, shared by its rules. */
import { type Params, Refusal } from '../call.ts';
import type { Element } from '../xml.ts';
import { textAt } from '../xml.ts';
import type { Collection } from './collections.ts';
import type { Scene } from './scene.ts';

/** A refusal that AWS makes and the stand-in does not. `check` throws it. */
export interface Rule {
  readonly operation: string | readonly string[];
  readonly check: (scene: Scene, params: Params) => Promise<void> | void;
}

/** How AWS says that one does not exist. */
export function notFound({ missing, noun }: Collection, name: string): Refusal {
  return new Refusal(missing, `${noun} ${name} not found.`, 404);
}

/** A value that AWS does not take. */
export function badValue(message: string): Refusal {
  return new Refusal('InvalidParameterValue', message);
}

/** Values that AWS does not take together, or not of this database. */
export function badCombination(message: string): Refusal {
  return new Refusal('InvalidParameterCombination', message);
}

/** A database that is not in a state for this. */
export function badState(message: string): Refusal {
  return new Refusal('InvalidDBInstanceState', message);
}

/** The state of a database's record. */
export const statusOf = (record: Element | undefined): string => textAt(record, 'DBInstanceStatus') ?? '';

/** States in which a database can be changed; while its storage is optimized, all but its storage. */
export const STEADY: ReadonlySet<string> = new Set(['available', 'storage-optimization']);

/** Refuses what needs a database at rest. */
export function requireSteady(record: Element): void {
  if (STEADY.has(statusOf(record))) return;
  throw badState(
    `Database instance is not in available state: ${textAt(record, 'DBInstanceIdentifier')} is ${statusOf(record)}.`,
  );
}
