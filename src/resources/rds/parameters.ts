/**
 * The parameters of a parameter group: those that somebody set, whatever the engine's own are. A dynamic one is in force at once, a
 * static one after a reboot, and RDS refuses to be told otherwise.
 */
import { ModifyDBParameterGroupCommand, type Parameter, paginateDescribeDBParameters } from '@aws-sdk/client-rds';
import type { Aws } from '../../aws/driver.ts';
import { allOf } from '../../aws/pages.ts';
import { ifExists, inBatches } from '../existing.ts';
import { PAGE } from './tagging.ts';

/** The most that RDS takes in one call. */
const BATCH = 20;

async function* pages(
  aws: Aws,
  DBParameterGroupName: string,
  question: { Source?: string; Filters?: { Name: string; Values: string[] }[] },
): AsyncIterable<readonly Parameter[]> {
  const found = paginateDescribeDBParameters(
    { client: aws.rds, pageSize: PAGE },
    { DBParameterGroupName, ...question },
  );
  for await (const { Parameters = [] } of found) yield Parameters;
}

/** What was set, by name in lower case; nothing when there is no such group. */
export async function parametersSet(aws: Aws, group: string): Promise<Readonly<Record<string, string>> | undefined> {
  const found = await ifExists(allOf(pages(aws, group, { Source: 'user' })));
  return (
    found &&
    Object.fromEntries(
      found.flatMap(({ ParameterName: name, ParameterValue: value }) =>
        name !== undefined && value !== undefined ? [[name.toLowerCase(), value]] : [],
      ),
    )
  );
}

/** Which of these parameters are in force as soon as they are set. What RDS does not speak of waits for a reboot: it may always. */
async function dynamicOf(aws: Aws, group: string, Values: string[]): Promise<ReadonlySet<string>> {
  const found = await allOf(pages(aws, group, { Filters: [{ Name: 'parameter-name', Values }] }));
  return new Set(
    found.flatMap(({ ParameterName: name = '', ApplyType }) => (ApplyType === 'dynamic' ? [name.toLowerCase()] : [])),
  );
}

/** Sets these parameters, portion by portion. */
export async function setParameters(aws: Aws, group: string, values: ReadonlyMap<string, string>): Promise<void> {
  for (const batch of inBatches([...values], BATCH)) {
    const dynamic = await dynamicOf(
      aws,
      group,
      batch.map(([name]) => name),
    );
    const Parameters = batch.map(
      ([ParameterName, ParameterValue]): Parameter => ({
        ParameterName,
        ParameterValue,
        ApplyMethod: dynamic.has(ParameterName) ? 'immediate' : 'pending-reboot',
      }),
    );
    await aws.rds.send(new ModifyDBParameterGroupCommand({ DBParameterGroupName: group, Parameters }));
  }
}
