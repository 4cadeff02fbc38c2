/** The way of a replicated MySQL database, for tests: each step with what the ones before it answered. It must not judge an answer. */
import { answered, type Ran } from '../machine.ts';
import type { Ground } from './ground.ts';

type Answer = Readonly<Record<string, unknown>>;

/** Copied, and RDS reads along; answers with the arguments of later steps. */
export async function copied(ground: Ground): Promise<{ readonly SCHEMA: string }> {
  const { schema } = answered(await ground.run('replicate'));
  const SCHEMA = String(schema);
  answered(await ground.run('follow', { arguments: { SCHEMA } }));
  return { SCHEMA };
}

/** Replicated until the rows of both sides were compared; answers with what the comparison said. */
export async function replicated(ground: Ground): Promise<Answer> {
  return answered(await ground.run('verify', { arguments: await copied(ground) }));
}

/** The rest of the way, in which nobody can write. */
export function cutOver(ground: Ground, values: Readonly<Record<string, number>> = {}): Promise<Ran> {
  return ground.run('cut-over', { arguments: { METHOD: 'LogicalReplication', ...values } });
}

/** The same, and it has to go well. */
export async function completed(ground: Ground): Promise<Answer> {
  return answered(await cutOver(ground));
}

/** All that a replication may leave on either side, as one text; empty when there is nothing. */
export async function traces({ source, target }: Ground): Promise<string> {
  const here = await source.query(
    "SELECT CONCAT(User, '@', Host) FROM mysql.user WHERE User LIKE 'scalingtier%' OR User_attributes ->> '$.metadata.scalingtier' IS NOT NULL",
  );
  const there = await target.query('SHOW REPLICA STATUS');
  return here + there;
}
