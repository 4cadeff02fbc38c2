/**
 * Records of hosted zones, kept here because the stand-in forgets routing policies and whose batches are not atomic (Route 53 API
 * reference, ChangeResourceRecordSets: all changes of a batch are made or none). It must not know what passes with time.
 */
import { Refusal } from '../call.ts';
import { child, type Element, textAt } from '../xml.ts';

/** A record set as AWS writes it, and by what it is told apart. */
export interface RecordSet {
  /** In lower case, with a dot at the end. */
  readonly name: string;
  readonly type: string;
  readonly identifier: string;
  readonly element: Element;
}

/** What a batch is checked against. */
export interface Surroundings {
  /** Of the zone, in lower case, with a dot at the end. */
  readonly zone: string;
  /** Whether an alias may lead there: the name is of a load balancer whose own zone this is. */
  readonly leadsTo: (dnsName: string, zoneId: string) => boolean;
}

const dotted = (name: string): string => `${name.toLowerCase().replace(/\.$/, '')}.`;

/** Reads a record set of a batch. */
export function recordSetOf(element: Element): RecordSet {
  const name = dotted(textAt(element, 'Name') ?? '');
  const named = {
    ...element,
    children: element.children.map((one) => (one.name === 'Name' ? { ...one, raw: name } : one)),
  };
  return {
    name,
    type: textAt(element, 'Type') ?? '',
    identifier: textAt(element, 'SetIdentifier') ?? '',
    element: named,
  };
}

const isSame = (one: RecordSet, other: RecordSet): boolean =>
  one.name === other.name && one.type === other.type && one.identifier === other.identifier;

/** Order of children says nothing, nor does the dot at the end of a name. */
const canonical = ({ name, raw, children }: Element): string =>
  children.length > 0
    ? `${name}(${children.map(canonical).sort().join(',')})`
    : `${name}=${name === 'DNSName' ? dotted(raw) : raw}`;

const refused = (message: string): Refusal => new Refusal('InvalidChangeBatch', `[${message}]`);

const called = ({ name, type, identifier }: RecordSet): string =>
  identifier === ''
    ? `[name='${name}', type='${type}']`
    : `[name='${name}', type='${type}', set-identifier='${identifier}']`;

function removed(sets: readonly RecordSet[], gone: RecordSet): readonly RecordSet[] {
  const found = sets.find((set) => isSame(set, gone));
  if (!found) throw refused(`Tried to delete resource record set ${called(gone)} but it was not found`);
  if (canonical(found.element) !== canonical(gone.element))
    throw refused(
      `Tried to delete resource record set ${called(gone)} but the values provided do not match the current values`,
    );
  return sets.filter((set) => set !== found);
}

/** What stands beside a new record at the same name excludes it, or does not. */
function checkBeside(sets: readonly RecordSet[], made: RecordSet, { zone }: Surroundings): void {
  const beside = sets.filter(({ name }) => name === made.name);
  if (beside.some(({ type }) => (type === 'CNAME') !== (made.type === 'CNAME')))
    throw refused(
      `RRSet of type ${made.type} with DNS name ${made.name} is not permitted as it conflicts with other records with the same DNS name in zone ${zone}`,
    );
  const mixed = beside.some(
    ({ type, identifier }) => type === made.type && (identifier === '') !== (made.identifier === ''),
  );
  if (mixed)
    throw refused(
      `RRSet with DNS name ${made.name}, type ${made.type}, SetIdentifier ${made.identifier || 'null'} cannot be created because a RRSet with another routing policy exists with the same name and type.`,
    );
}

function checkAlias({ element, name }: RecordSet, { leadsTo }: Surroundings): void {
  const alias = child(element, 'AliasTarget');
  if (!alias) return;
  const [target, zone] = [dotted(textAt(alias, 'DNSName') ?? ''), textAt(alias, 'HostedZoneId') ?? ''];
  if (!leadsTo(target.slice(0, -1), zone))
    throw refused(
      `Tried to create an alias that targets ${target}, type A in zone ${zone}, but the alias target name does not lie within the target zone, for ${name}`,
    );
}

function added(sets: readonly RecordSet[], made: RecordSet, around: Surroundings): readonly RecordSet[] {
  if (made.name !== around.zone && !made.name.endsWith(`.${around.zone}`))
    throw refused(`RRSet with DNS name ${made.name} is not permitted in zone ${around.zone}`);
  if (sets.some((set) => isSame(set, made)))
    throw refused(`Tried to create resource record set ${called(made)} but it already exists`);
  checkBeside(sets, made, around);
  checkAlias(made, around);
  return [...sets, made];
}

/** The records after one change. */
function changed(
  sets: readonly RecordSet[],
  action: string,
  set: RecordSet,
  around: Surroundings,
): readonly RecordSet[] {
  if (action === 'DELETE') return removed(sets, set);
  if (action === 'CREATE') return added(sets, set, around);
  if (action === 'UPSERT')
    return added(
      sets.filter((one) => !isSame(one, set)),
      set,
      around,
    );
  throw new Refusal('InvalidInput', `Invalid action ${action}`);
}

/** The records after a batch, which is made as a whole or refused. */
export const afterBatch = (
  sets: readonly RecordSet[],
  changes: readonly Element[],
  around: Surroundings,
): readonly RecordSet[] =>
  changes.reduce<readonly RecordSet[]>((standing, one) => {
    const element = child(one, 'ResourceRecordSet');
    if (!element) throw new Refusal('InvalidInput', 'a change without a resource record set');
    return changed(standing, textAt(one, 'Action') ?? '', recordSetOf(element), around);
  }, sets);

const backwards = (name: string): string => name.split('.').toReversed().join('.');

const keyOf = ({ name, type, identifier }: Omit<RecordSet, 'element'>): string =>
  `${backwards(name)} ${type} ${identifier}`;

/** Records from a place on, in AWS's order: names from their last label on, then types, then identifiers. */
export function from(sets: readonly RecordSet[], name: string, type: string, identifier: string): readonly RecordSet[] {
  const start = name === '' ? '' : keyOf({ name: dotted(name), type, identifier });
  return sets
    .toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1))
    .filter((set) => keyOf(set) >= start.trimEnd());
}
