/**
 * A database that a person copies: the steps that say where to, and that wait for the word that all of it is there. What is true of
 * the copy is not for them to say: the comparison comes after.
 */
import type { Ref } from '../../core/ref.ts';
import { awaitCopy, handOver } from '../../operations/database/decisions.ts';
import type { Ground } from './database-way.ts';

const targetOf = ({ told: { local, rds } }: Ground) => ({
  ...{ database: local.DATABASE, host: rds.RDS_HOST, port: rds.RDS_PORT, secretArn: rds.SECRET_ARN },
});

/** Before the freeze: where to copy to, once all of it stands. */
export const sayWhere = (ground: Ground, inspected: Ref<string>, after: readonly Ref<unknown>[]): Ref<string> =>
  ground.add(handOver, 'hand-over', { arguments: { ...targetOf(ground), inspected } }, { after }).ref('finishedTime');

/** In the freeze: somebody says within so many seconds that what was there at a position is copied. */
export const waitForWord = (ground: Ground, position: Ref<string>, seconds: number): Ref<string> =>
  ground.add(awaitCopy, 'await-copy', { seconds, arguments: { ...targetOf(ground), position } }).ref('finishedTime');
