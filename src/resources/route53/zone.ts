/** Records of one hosted zone: those of a name, and batches of changes. It must not know whose they are. */
import {
  ChangeResourceRecordSetsCommand,
  GetChangeCommand,
  ListResourceRecordSetsCommand,
  type ListResourceRecordSetsRequest,
  type ListResourceRecordSetsResponse,
  type ResourceRecordSet,
} from '@aws-sdk/client-route-53';
import type { Aws } from '../../aws/driver.ts';
import { ifExists } from '../existing.ts';
import { type NameRecords, plain, type RecordChange } from './name-records.ts';

/** Records that keep a name from leading to an address, or do lead it there. */
const LEADING: ReadonlySet<string | undefined> = new Set(['A', 'CNAME']);

/** A name has few records; those of the names after it are of no interest. */
const PAGE = 20;

/** Where a list goes on. */
type Place = Pick<ListResourceRecordSetsRequest, 'StartRecordName' | 'StartRecordType' | 'StartRecordIdentifier'>;

/** The next page, as long as it begins with the same name. */
function nextOf(answer: ListResourceRecordSetsResponse | undefined, name: string): Place | undefined {
  const { IsTruncated, NextRecordName = '', NextRecordType, NextRecordIdentifier } = answer ?? {};
  if (!IsTruncated || plain(NextRecordName) !== plain(name)) return undefined;
  return {
    StartRecordName: NextRecordName,
    StartRecordType: NextRecordType,
    StartRecordIdentifier: NextRecordIdentifier,
  };
}

/** What stands at one name; nothing when there is no such zone. */
async function recordsOf(aws: Aws, HostedZoneId: string, name: string): Promise<NameRecords> {
  const sets: ResourceRecordSet[] = [];
  for (let place: Place | undefined = { StartRecordName: name }; place; ) {
    const input: ListResourceRecordSetsRequest = { HostedZoneId, MaxItems: PAGE, ...place };
    const answer: ListResourceRecordSetsResponse | undefined = await ifExists(
      aws.route53.send(new ListResourceRecordSetsCommand(input)),
    );
    const own = (answer?.ResourceRecordSets ?? []).filter(({ Name = '' }) => plain(Name) === plain(name));
    sets.push(...own.filter(({ Type }) => LEADING.has(Type)));
    place = nextOf(answer, name);
  }
  return { name, sets };
}

/** What stands at each of these names. */
export const recordsOfAll = (aws: Aws, zoneId: string, names: readonly string[]): Promise<readonly NameRecords[]> =>
  Promise.all(names.map((name) => recordsOf(aws, zoneId, name)));

/** Makes all of these changes or none, and answers with the id by which their way to Route 53's servers is asked about. */
export async function change(
  aws: Aws,
  HostedZoneId: string,
  changes: readonly RecordChange[],
): Promise<string | undefined> {
  const ChangeBatch = { Comment: 'scalingtier.dev', Changes: [...changes] };
  const answer = await aws.route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch }));
  return answer.ChangeInfo?.Id;
}

/** Whether all of Route 53's servers answer by it. */
export async function isInSync(aws: Aws, Id: string): Promise<boolean> {
  const answer = await ifExists(aws.route53.send(new GetChangeCommand({ Id })));
  return answer?.ChangeInfo?.Status !== 'PENDING';
}
