/** The steps by which a database gets to RDS and back, by its engine: the same steps under the same names. No move asks which engine it moves. */
import type { DownSteps } from '../../operations/database/down-steps.ts';
import * as mysql from '../../operations/database/mysql/steps.ts';
import * as postgresql from '../../operations/database/postgresql/steps.ts';
import type { UpSteps } from '../../operations/database/up-steps.ts';
import type { EngineName } from '../../stages/parts/engines.ts';

/** Every engine. */
export const UP: Readonly<Record<EngineName, UpSteps>> = { postgres: postgresql.up, mysql: mysql.up };

/** Every engine. */
export const DOWN: Readonly<Record<EngineName, DownSteps>> = { postgres: postgresql.down, mysql: mysql.down };
