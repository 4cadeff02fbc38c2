/**
 * What AWS knows of a database and the stand-in does not keep: changes that wait or are being made, the zones it has moved
 * through, settings that the stand-in forgets. Held by name for as long as the database is there.
 */
import type { Scene } from './scene.ts';

/** Facts of one database. */
export interface Facts {
  /** Changes that wait for the maintenance window, by parameter. */
  readonly waiting: Map<string, string>;
  /** Changes that are being made, by parameter. */
  readonly applying: Map<string, string>;
  /** Fields of the record that the stand-in forgets. */
  readonly fields: Map<string, string>;
  /** Log types that are exported, when the proxy keeps them. */
  logs?: readonly string[];
  /** The parameter group as it was when the database last started: what changed since then and is static waits. */
  pendingReboot: boolean;
  /** How often it has moved to its standby. */
  failovers: number;
  /** Multi-AZ was asked for and there is no standby yet, or none could be made. */
  single: boolean;
  /** It is not replicated from its source any more. */
  promoted: boolean;
  /** It has never had automated backups. */
  unbacked: boolean;
}

function blank(): Facts {
  return {
    ...{ waiting: new Map(), applying: new Map(), fields: new Map() },
    ...{ pendingReboot: false, failovers: 0, single: false, promoted: false, unbacked: false },
  };
}

const store = ({ world, call }: Scene): Map<string, Facts> => world.memory(call).store<Facts>('rds facts');

/** The facts of a database. */
export function factsOf(scene: Scene, id: string): Facts {
  const facts = store(scene).get(id) ?? blank();
  store(scene).set(id, facts);
  return facts;
}

/** Every database with facts. */
export function allFacts(scene: Scene): Iterable<readonly [id: string, facts: Facts]> {
  return store(scene);
}

/** Forgets a database: under its name another one may come. */
export function forgetFacts(scene: Scene, id: string): void {
  store(scene).delete(id);
}

/** The course of a database's state. */
export const courseOf = (id: string): string => `db-${id}`;

/** The course of a database's parameters. */
export const parametersOf = (id: string): string => `db-${id}/parameters`;

/** The course of a snapshot. */
export const snapshotOf = (id: string): string => `dbsnapshot-${id}`;
