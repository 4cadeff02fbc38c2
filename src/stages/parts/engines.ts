/** What the database engines differ in, as far as a stage must know: ports, versions, parameters, logs. No engine is branched on elsewhere. */
import type { TierSpec } from '../../api/types.ts';

/** A database engine. */
export type EngineName = TierSpec['database']['engine'];

/** One engine. */
export interface EngineTraits {
  readonly port: number;
  /** The major version of a database that nobody chose one for. */
  readonly version: string;
  /** What is set unless somebody sets it otherwise: no connection in the clear, slow statements are logged. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly logs: readonly string[];
  /** Bytes of memory for each connection that the engine allows, and the most that it allows. */
  readonly bytesForConnection: number;
  readonly mostConnections: number;
  /** Seconds of lag that a healthy, idle replica may show. */
  readonly idleLag: number;
}

/** Every engine. */
export const ENGINES: Readonly<Record<EngineName, EngineTraits>> = {
  postgres: {
    port: 5432,
    version: '17',
    parameters: { 'rds.force_ssl': '1', log_min_duration_statement: '1000' },
    logs: ['postgresql', 'upgrade'],
    bytesForConnection: 9_531_392,
    mostConnections: 5000,
    // Without transactions it reports the time since the last switch of the log, which comes every five minutes.
    idleLag: 300,
  },
  mysql: {
    port: 3306,
    version: '8.4',
    parameters: { require_secure_transport: '1' },
    logs: ['error'],
    bytesForConnection: 12_582_880,
    mostConnections: 100_000,
    idleLag: 0,
  },
};
