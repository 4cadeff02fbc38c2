/** Where the records of steps stand: how one is made, read and written anew in the Parameter Store. It must not decide what is in it. */
import type { Aws, Identity } from '../../aws/driver.ts';
import { valuesOf } from '../../resources/ssm/parameter-reading.ts';
import { makeOnce, overwrite } from '../../resources/ssm/parameter-writing.ts';
import { recordOf, type StepRecord, textOf } from './record.ts';

const parameterOf = (name: string, value: StepRecord) => ({
  name,
  value: textOf(value),
  description: `step ${value.step} of a move: how far it is`,
});

/** Writes down how far a step is. */
export const keep = (aws: Aws, self: Identity, name: string, value: StepRecord): Promise<void> =>
  overwrite(aws, self, parameterOf(name, value));

/** Reads how far a step is; nothing where that is nowhere written. */
export async function read(aws: Aws, name: string): Promise<StepRecord | undefined> {
  return recordOf((await valuesOf(aws, [name])).get(name));
}

/** Makes a record; where a lost answer had made one already, that one holds. */
export async function enter(aws: Aws, self: Identity, name: string, value: StepRecord): Promise<StepRecord> {
  if (await makeOnce(aws, self, parameterOf(name, value))) return value;
  return (await read(aws, name)) ?? value;
}
