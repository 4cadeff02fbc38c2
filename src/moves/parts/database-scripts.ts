/** What the scripts of a database's moves are told, whichever way it moves; never a secret. */
import type { TierSpec } from '../../api/types.ts';
import { localPort } from '../../stages/parts/local-database.ts';
import type { ServerAndDatabase } from '../../stages/parts/server-and-database.ts';

/** The database on the server, the one on RDS, and where a copy may lie on its way for how long. */
export function scriptArguments(spec: TierSpec, { db, prefix }: ServerAndDatabase) {
  const { database, compute, transition } = spec;
  const local = {
    DATABASE: database.name,
    PORT: String(localPort(spec)),
    POINTER: `${prefix}/db/writer`,
  };
  const rds = {
    RDS_HOST: db.instance.ref('endpoint'),
    RDS_PORT: String(db.engine.port),
    RDS_VERSION: db.wanted.engineVersion ?? db.engine.version,
    SECRET_ARN: db.credential.secretArn,
  };
  const scratch = {
    SCRATCH: `${compute.dataVolume.mountPath}/scalingtier-move`,
    SECONDS_ALLOWED: String(transition.dataMigration.maxWriteDowntimeSeconds),
  };
  return { local, rds, scratch };
}
