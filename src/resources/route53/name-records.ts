/**
 * What leads a name to where the app is: an address, or an alias of a load balancer, or both with a share each while requests move
 * from one to the other. Pure. It must not let a record be taken away or written over that this tier has not written, but for
 * one that leads where the tier is.
 */
import type { ResourceRecordSet } from '@aws-sdk/client-route-53';

/** Where a name is to lead. */
export type Target =
  | { readonly address: string; readonly ttlSeconds: number }
  | { readonly dnsName: string; readonly hostedZoneId: string };

/** What stands at one name: its A records, and whatever excludes them. */
export interface NameRecords {
  readonly name: string;
  readonly sets: readonly ResourceRecordSet[];
}

/** One change of a batch. */
export interface RecordChange {
  readonly Action: 'CREATE' | 'DELETE';
  readonly ResourceRecordSet: ResourceRecordSet;
}

/** For so many of a hundred requests a name leads to the new place, one after the other. */
const SHARES = [10, 50, 100] as const;

/** The whole. */
export const ALL = 100;

/** For so long resolvers keep what an alias of a load balancer answered. */
const ALIAS_SECONDS = 60;

const [OLD, NEW] = ['scalingtier-old', 'scalingtier-new'] as const;

/** Names as they are compared: Route 53 ends them with a dot, and its console puts a word before those of load balancers. */
export const plain = (name: string): string =>
  name
    .toLowerCase()
    .replace(/\.$/, '')
    .replace(/^dualstack\./, '');

/** Where it is to lead, as one text. */
export const placeOf = (target: Target): string => ('address' in target ? target.address : plain(target.dnsName));

/** Where a record leads, as one text; that of several addresses names all. */
export const placeOfSet = ({ AliasTarget, ResourceRecords = [] }: ResourceRecordSet): string =>
  AliasTarget ? plain(AliasTarget.DNSName ?? '') : ResourceRecords.map(({ Value }) => Value).join(', ');

/** Whether a record is of a sort that this tier writes, wherever it leads. */
const isPlain = ({ Type, SetIdentifier }: ResourceRecordSet): boolean =>
  Type === 'A' && (SetIdentifier === undefined || SetIdentifier === OLD || SetIdentifier === NEW);

/** Whether a record is this tier's to change: it leads to one of these places, and in a way that this tier knows. */
const isOurs = (set: ResourceRecordSet, places: ReadonlySet<string>): boolean =>
  isPlain(set) && places.has(placeOfSet(set));

/** The records of a name that are this tier's to change. */
export const ownOf = ({ sets }: NameRecords, places: ReadonlySet<string>): readonly ResourceRecordSet[] =>
  sets.filter((set) => isOurs(set, places));

/** Fails with `NameTaken` when something stands there that this tier has not written and that does not lead to it. */
export function refuseStrangers(records: readonly NameRecords[], places: ReadonlySet<string>, zoneId: string): void {
  for (const { name, sets } of records) {
    const stranger = sets.find((set) => !isOurs(set, places));
    if (!stranger) continue;
    const found = `a record of type ${stranger.Type} that leads to ${placeOfSet(stranger)}`;
    const way = `delete it in hosted zone ${zoneId}, let it lead to ${[...places].join(' or ')} alone, or take the name out of spec.dns.names`;
    throw Object.assign(new Error(`${name} has ${found}, which this tier did not write: ${way}`), {
      name: 'NameTaken',
    });
  }
}

const alone = (name: string, target: Target): ResourceRecordSet => ({
  Name: name,
  Type: 'A',
  ...('address' in target
    ? { TTL: target.ttlSeconds, ResourceRecords: [{ Value: target.address }] }
    : {
        // Where nothing behind it serves, a record with a share gives its share to the other.
        AliasTarget: { DNSName: target.dnsName, HostedZoneId: target.hostedZoneId, EvaluateTargetHealth: true },
      }),
});

const weighted = (set: ResourceRecordSet, SetIdentifier: string, Weight: number): ResourceRecordSet => ({
  ...set,
  SetIdentifier,
  Weight,
});

const otherThan = ({ sets }: NameRecords, place: string): ResourceRecordSet | undefined =>
  sets.find((set) => placeOfSet(set) !== place);

/** For how many of a hundred requests a name leads to a place. */
function shareOf(records: NameRecords, place: string): number {
  if (!otherThan(records, place)) return ALL;
  return records.sets.filter((set) => placeOfSet(set) === place).reduce((sum, { Weight = 0 }) => sum + Weight, 0);
}

/** The next share of all that lead to `from` still; all at once where nothing does. */
export function nextShare(records: readonly NameRecords[], target: Target, from: string | undefined): number {
  const moving = records.filter((one) => {
    const other = otherThan(one, placeOf(target));
    return from !== undefined && other !== undefined && placeOfSet(other) === from;
  });
  const least = Math.min(ALL, ...moving.map((one) => shareOf(one, placeOf(target))));
  return SHARES.find((share) => share > least) ?? ALL;
}

/** What is to stand at a name when its target has this share. */
function setsWith(records: NameRecords, target: Target, share: number): readonly ResourceRecordSet[] {
  const own = alone(records.name, target);
  const other = otherThan(records, placeOf(target));
  if (!other || share >= ALL) return [own];
  const { SetIdentifier: _, Weight: __, ...rest } = other;
  return [weighted(rest, OLD, ALL - share), weighted(own, NEW, share)];
}

const textOf = ({ Type, TTL, SetIdentifier, Weight, AliasTarget, ...rest }: ResourceRecordSet): string =>
  JSON.stringify([
    Type,
    placeOfSet({ ...rest, Name: '', Type, AliasTarget }),
    TTL,
    SetIdentifier,
    Weight,
    AliasTarget?.HostedZoneId,
  ]);

/** From what stands to what is to stand. What goes is named as it is, so that nothing goes that has changed meanwhile. */
function between(current: readonly ResourceRecordSet[], wanted: readonly ResourceRecordSet[]): readonly RecordChange[] {
  const [standing, asked] = [current, wanted].map((sets) => new Set(sets.map(textOf)));
  return [
    ...current.filter((set) => !asked?.has(textOf(set))).map(removal),
    ...wanted
      .filter((set) => !standing?.has(textOf(set)))
      .map((set): RecordChange => ({ Action: 'CREATE', ResourceRecordSet: set })),
  ];
}

/** Takes a record away. */
export const removal = (set: ResourceRecordSet): RecordChange => ({ Action: 'DELETE', ResourceRecordSet: set });

/** What brings names to where their target has this share. */
export const changesTo = (records: readonly NameRecords[], target: Target, share: number): readonly RecordChange[] =>
  records.flatMap((one) => between(one.sets, setsWith(one, target, share)));

/** Seconds for which resolvers may still answer with another place that a batch takes away. */
export const keptBy = (changes: readonly RecordChange[], target: Target): number =>
  Math.max(
    0,
    ...changes
      .filter(({ Action, ResourceRecordSet: set }) => Action === 'DELETE' && placeOfSet(set) !== placeOf(target))
      .map(({ ResourceRecordSet: { TTL = ALIAS_SECONDS } }) => TTL),
  );

/** The one place to which all of these names lead, each by one record alone; nothing where that is not so. */
export function commonTarget(records: readonly NameRecords[]): Target | undefined {
  const targets = records.map(({ sets }) => (sets.length === 1 ? targetOf(sets[0]) : undefined));
  const [first] = targets;
  return targets.every((target) => JSON.stringify(target) === JSON.stringify(first)) ? first : undefined;
}

function targetOf(set: ResourceRecordSet | undefined): Target | undefined {
  if (set?.Type !== 'A' || set.SetIdentifier !== undefined) return undefined;
  const { AliasTarget, TTL = 0 } = set;
  if (AliasTarget) return { dnsName: placeOfSet(set), hostedZoneId: AliasTarget.HostedZoneId ?? '' };
  return { address: placeOfSet(set), ttlSeconds: TTL };
}
