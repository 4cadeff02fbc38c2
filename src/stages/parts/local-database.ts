/** A database on the server of the app: what the app reads of it. The operator makes none; it moves it when the time comes. */
import type { TierSpec } from '../../api/types.ts';
import { ENGINES } from './engines.ts';

/** What a database on the app's own server is called. */
export const LOCAL_WRITER = 'localhost';

/** The port that it listens on. */
export const localPort = ({ database: { engine, onInstance } }: TierSpec): number =>
  onInstance.port ?? ENGINES[engine].port;

/** Parameters by their names below the tier's prefix. */
export const localDatabaseParameters = (spec: TierSpec) => ({
  'db/engine': spec.database.engine,
  'db/name': spec.database.name,
  'db/port': String(localPort(spec)),
  'db/writer': LOCAL_WRITER,
});
