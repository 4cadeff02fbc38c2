/**
 * The names by which people reach an app, as records of a hosted zone that somebody else owns: each leads to one address, or is an
 * alias of a load balancer. Where they led to another place of the tier they move from there share by share. A record that
 * this tier has not written is never changed, unless it leads to the tier already.
 */
import { type Aws, type Identity, type Live, resource } from '../../aws/driver.ts';
import type { Health, Owned } from '../../core/kind.ts';
import { gone } from '../ec2/tagging.ts';
import { type Listed, listed, tagsOf, valuesOf } from '../ssm/parameter-reading.ts';
import { makeOnce, overwrite, remove, retag } from '../ssm/parameter-writing.ts';
import { fieldsChanged, ownerChanged } from '../tag-changes.ts';
import { everywhereAt, type Mark, markOf } from './mark.ts';
import {
  ALL,
  changesTo,
  commonTarget,
  keptBy,
  type NameRecords,
  nextShare,
  ownOf,
  placeOf,
  placeOfSet,
  refuseStrangers,
  removal,
  type Target,
} from './name-records.ts';
import { change, isInSync, recordsOfAll } from './zone.ts';

export interface RecordSetsSpec {
  /** Full path of the parameter that marks them as the tier's, below its `parameterPrefix`. */
  readonly mark: string;
  readonly zoneId: string;
  /** In lower case, without a dot at the end. */
  readonly names: readonly string[];
  /** An address, or the name of a load balancer, in lower case. */
  readonly leadsTo: string;
  /** The zone of that name; absent: it is an address. */
  readonly aliasZoneId?: string;
  /** For how long resolvers keep an address. */
  readonly ttlSeconds?: number;
  /** The other place of the tier, from which they move share by share; absent: whatever changes, changes at once. */
  readonly from?: string;
  /** Always asked to be true: false as long as something is left to be done about a change. */
  readonly settled: true;
}

export interface RecordSetsAttributes {
  readonly zoneId: string;
  /** There as soon as all names lead to where they are to: what waits for that refers to it. */
  readonly leads?: string;
}

type Observed = Owned<RecordSetsSpec, RecordSetsAttributes>;

const TYPE = 'route53.record-sets';

/** Once so old, a change is on all servers, and Route 53 may have forgotten it. */
const LONG_AGO = 600_000;

const targetOf = ({ leadsTo, aliasZoneId, ttlSeconds = 0 }: RecordSetsSpec): Target =>
  aliasZoneId === undefined ? { address: leadsTo, ttlSeconds } : { dnsName: leadsTo, hostedZoneId: aliasZoneId };

const isYoung = ({ changedTime }: Mark): boolean =>
  changedTime !== undefined && Date.now() - Date.parse(changedTime) < LONG_AGO;

/** How far the last change is. */
async function healthOf(aws: Aws, mark: Mark): Promise<Health> {
  if (mark.settled) return { state: 'INSYNC', phase: 'ready' };
  const { changeId, share } = mark;
  const reason = `${share} of 100 requests are led to the new place`;
  if (changeId !== undefined && isYoung(mark) && !(await isInSync(aws, changeId)))
    return { state: 'PENDING', phase: 'settling', reason };
  const until = everywhereAt(mark);
  if (until > Date.now()) return { state: 'INSYNC', phase: 'settling', reason, until: new Date(until).toISOString() };
  return { state: 'INSYNC', phase: 'warming', reason };
}

/** What the mark says of where names lead, and the zone when it is looked at; of a change that is under way nothing is compared. */
function saidBy({ settled, places }: Mark): Pick<Observed['spec'], 'leadsTo'> {
  return settled ? { leadsTo: places[0] ?? null } : {};
}

async function standing(aws: Aws, { settled, zoneId, names }: Mark): Promise<Observed['spec']> {
  if (!settled) return {};
  const target = commonTarget(await recordsOfAll(aws, zoneId, names));
  if (!target) return { leadsTo: null };
  return { leadsTo: placeOf(target), ...('address' in target ? { ttlSeconds: target.ttlSeconds } : {}) };
}

/** While Route 53 is at work nothing is to be done about it. */
const settledOf = (settled: boolean, { phase }: Health): Pick<Observed['spec'], 'settled'> =>
  !settled && phase === 'settling' ? {} : { settled: settled ? true : null };

async function ownedOf(
  aws: Aws,
  { name, description: _, ...claim }: Listed,
  mark: Mark | undefined,
): Promise<Observed> {
  if (!mark) {
    const reason = `${name} is no mark of records; delete that parameter to have them looked at anew`;
    const health: Health = { state: 'unreadable', phase: 'failed', reason };
    return { ...claim, id: name, spec: {}, attributes: { zoneId: '' }, health };
  }
  const { zoneId, names, settled } = mark;
  const health = await healthOf(aws, mark);
  return {
    ...claim,
    id: name,
    spec: { mark: name, zoneId, names, ...saidBy(mark), ...settledOf(settled, health) },
    attributes: { zoneId, ...(settled ? { leads: names.join(' ') } : {}) },
    health,
  };
}

/** With what the zone says, and tags. */
async function inFull(aws: Aws, owned: Observed, mark: Mark | undefined): Promise<Observed> {
  const said = mark ? await standing(aws, mark) : {};
  return { ...owned, spec: { ...owned.spec, ...said }, ...(await tagsOf(aws, owned.id)) };
}

const written = (name: string, mark: Mark) => ({
  name,
  value: JSON.stringify(mark),
  description: 'names of the app in Route 53: which are the tier’s, and where they lead',
});

async function read(aws: Aws, name: string): Promise<Mark | undefined> {
  return markOf((await valuesOf(aws, [name])).get(name));
}

const placesOf = (spec: RecordSetsSpec, known: readonly string[]): ReadonlySet<string> =>
  new Set([placeOf(targetOf(spec)), ...(spec.from === undefined ? [] : [spec.from]), ...known]);

/** One batch: what brings the names of the spec a share further, and takes away those that are not among them any more. */
function batchOf(spec: RecordSetsSpec, records: readonly NameRecords[], places: ReadonlySet<string>) {
  const wanted = records.filter(({ name }) => spec.names.includes(name));
  const dropped = records.filter((one) => !wanted.includes(one));
  refuseStrangers(wanted, places, spec.zoneId);
  const target = targetOf(spec);
  const share = nextShare(wanted, target, spec.from);
  const leaving = dropped.flatMap((one) => ownOf(one, places)).map(removal);
  return { share, changes: [...changesTo(wanted, target, share), ...leaving] };
}

/** Brings names a share further; once nothing is left to be done that is kept in the mark. */
async function advance(aws: Aws, self: Identity, spec: RecordSetsSpec, mark: Mark): Promise<void> {
  const { zoneId, names, mark: path } = spec;
  const all = [...new Set([...names, ...mark.names])];
  const records = await recordsOfAll(aws, zoneId, all);
  const { share, changes } = batchOf(spec, records, placesOf(spec, mark.places));
  const target = placeOf(targetOf(spec));
  if (changes.length === 0) {
    const settled = { zoneId, names: [...names], places: [target], share: ALL, settled: true, seconds: 0 };
    return overwrite(aws, self, written(path, settled));
  }
  const before = records.flatMap((one) => ownOf(one, placesOf(spec, mark.places))).map(placeOfSet);
  const begun: Mark = {
    ...{ zoneId, names: all, places: [...new Set([target, ...before])], share, settled: false },
    ...{ changedTime: new Date().toISOString(), seconds: keptBy(changes, targetOf(spec)) },
  };
  await overwrite(aws, self, written(path, begun));
  const changeId = await change(aws, zoneId, changes);
  await overwrite(aws, self, written(path, { ...begun, ...(changeId ? { changeId } : {}) }));
}

/** Says that the names are the tier's; where a lost answer had said so already, that holds. */
async function claim(aws: Aws, self: Identity, spec: RecordSetsSpec): Promise<Mark> {
  const { zoneId, names, mark: path } = spec;
  const first = { zoneId, names: [...names], places: [...placesOf(spec, [])], share: 0, settled: false, seconds: 0 };
  if (await makeOnce(aws, self, written(path, first))) return first;
  return (await read(aws, path)) ?? first;
}

/** Takes away what leads to where this tier has led them, and leaves the rest. */
async function takeAway(aws: Aws, { zoneId, names, places }: Mark): Promise<void> {
  const records = await recordsOfAll(aws, zoneId, names);
  const leaving = records.flatMap((one) => ownOf(one, new Set(places))).map(removal);
  if (leaving.length > 0) await gone(change(aws, zoneId, leaving).then(() => undefined));
}

async function update(aws: Aws, live: Live<RecordSetsSpec, RecordSetsAttributes>, spec: RecordSetsSpec): Promise<void> {
  const mark = await read(aws, live.id);
  if (mark) await advance(aws, live.self, spec, mark);
}

export const RecordSets = resource<RecordSetsSpec, RecordSetsAttributes>({
  type: TYPE,
  rules: { mark: 'replace', zoneId: 'replace', names: 'unordered', aliasZoneId: 'ignore', from: 'ignore' },
  aftermath: ['settled'],
  settle: 5,

  // One call for each name is no bulk read: what a zone says is looked at in fresh reads only.
  async *observe(aws, scope) {
    for await (const page of listed(aws, scope, TYPE)) {
      const values = await valuesOf(
        aws,
        page.map(({ name }) => name),
      );
      yield await Promise.all(
        page.map(async (entry) => {
          const mark = markOf(values.get(entry.name));
          const owned = await ownedOf(aws, entry, mark);
          return scope.by === 'cluster' ? owned : inFull(aws, owned, mark);
        }),
      );
    }
  },

  async create(aws, self, spec) {
    const records = await recordsOfAll(aws, spec.zoneId, spec.names);
    refuseStrangers(records, placesOf(spec, []), spec.zoneId);
    await advance(aws, self, spec, await claim(aws, self, spec));
    return { id: spec.mark, attributes: { zoneId: spec.zoneId } };
  },

  async update(aws, live, spec, changes) {
    if (fieldsChanged(changes).size > 0 || ownerChanged(changes)) await update(aws, live, spec);
    await retag(aws, live.id, changes);
  },

  async delete(aws, { id }) {
    const mark = await read(aws, id);
    if (mark) await takeAway(aws, mark);
    await remove(aws, id);
  },
});
