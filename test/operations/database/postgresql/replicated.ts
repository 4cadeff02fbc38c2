/** The way of a replicated database, for tests: each step with what the ones before it answered. It must not judge an answer. */
import { psql } from '../../../sandbox/databases/psql.ts';
import { answered, type Ran } from '../machine.ts';
import type { Ground } from './ground.ts';

/** Replicated until the rows of both sides were compared; answers with the arguments of later steps. */
export async function replicated(ground: Ground): Promise<{ readonly SCHEMA: string }> {
  const { schema } = answered(await ground.run('replicate'));
  const SCHEMA = String(schema);
  answered(await ground.run('follow', { arguments: { SCHEMA } }));
  answered(await ground.run('verify', { arguments: { SCHEMA } }));
  return { SCHEMA };
}

/** Closes the database; answers with the arguments of later steps. */
export async function frozen(ground: Ground): Promise<{ readonly POSITION: string }> {
  const { position } = answered(await ground.run('freeze'));
  return { POSITION: String(position) };
}

/** The rest of the way, in which nobody can write; of a database that somebody has closed already, without closing it. */
export function cutOver(ground: Ground, values: Readonly<Record<string, number>> = {}): Promise<Ran> {
  return ground.run('cut-over', { arguments: { METHOD: 'LogicalReplication', ...values } });
}

/** The same, and it has to go well. */
export async function completed(ground: Ground): Promise<Readonly<Record<string, unknown>>> {
  return answered(await cutOver(ground));
}

/** All that a replication may leave on the server, as one text; empty when there is nothing. */
export async function traces({ source }: Ground): Promise<string> {
  const asked = `
    SELECT 'slot ' || slot_name FROM pg_replication_slots
    UNION ALL SELECT 'publication ' || pubname FROM pg_publication WHERE pubname LIKE 'scalingtier%'
    UNION ALL SELECT 'role ' || rolname FROM pg_roles WHERE rolname LIKE 'scalingtier%'
    UNION ALL SELECT 'rule ' || line_number FROM pg_hba_file_rules WHERE user_name::text LIKE '%scalingtier%'
    UNION ALL SELECT 'identity of ' || relname FROM pg_class WHERE relreplident <> 'd' AND oid >= 16384 AND relkind = 'r'`;
  return psql({ host: source.folder, port: source.port, user: 'postgres', database: 'app' }, asked);
}
