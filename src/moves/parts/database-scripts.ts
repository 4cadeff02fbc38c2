/** What the moves of a database share, whichever way it moves: what scripts are told, never a secret, and what the switch yields. */
import type { TierSpec } from '../../api/types.ts';
import type { Handle } from '../../core/graph.ts';
import type { StepTimes } from '../../core/move.ts';
import type { switchDatabase } from '../../operations/database/decisions.ts';
import { SECONDS_BESIDES } from '../../operations/database/interruption.ts';
import { localPort } from '../../stages/parts/local-database.ts';
import type { ServerAndDatabase } from '../../stages/parts/server-and-database.ts';

/** What the switch yields: where the app is sent. */
export type DatabaseSwitch = Handle<NonNullable<typeof switchDatabase.answer> & StepTimes>;

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
    SECONDS_BESIDES: String(SECONDS_BESIDES),
  };
  return { local, rds, scratch };
}
