/**
 * Reads AWS for all tiers at once. A reading is shared by every tier of an account and region: one sweep per kind, one call
 * under way at a time, made anew at a steady pace that nobody waits for. Fresh readings of single tiers are made together when they are asked for faster than AWS answers.
 * It never decides anything; a read that fails is reported as failed, never as empty.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Owned, Owner } from '../core/kind.ts';
import type { Reading } from '../core/snapshot.ts';
import type { AnyResource, Aws } from './driver.ts';
import { classify } from './errors.ts';
import { createLines, ended } from './line.ts';
import { allOf } from './pages.ts';
import { foundIn, NOTHING, type Press, type Shown, shownByTier, tierKey } from './shown.ts';
import { type Sweep, sweep } from './sweep.ts';

/** Who asks, and how old an answer may be. */
export interface Question {
  readonly aws: Aws;
  readonly owner: Required<Owner>;
  /**
   * Only sweeps that ended, and readings of this tier that began, at or after this time count, on the observer's clock in
   * milliseconds. The end counts because a sweep may take longer than anybody wants to wait for the next one.
   */
  readonly notBefore: number;
  /** What was to be swept last before this time is swept anew, beside the answer and for whoever asks next. */
  readonly renewBefore: number;
}

/** Shared readings of AWS. */
export interface Observer {
  /** The shared sweep's answer for a tier, unless something later is known; waits for the next one when it is too old. */
  swept(kind: AnyResource, question: Question): Promise<Reading>;
  /** The print of what `swept` would show; nothing when it could not be read. At once when nothing has to be read for it. */
  shown(kind: AnyResource, question: Question): string | Promise<string | undefined>;
  /**
   * The same number for as long as `shown` answers the same for every tier of these kinds there, so that whoever has compared
   * once need not again; nothing when something would have to be read.
   */
  edition(kinds: readonly AnyResource[], question: Question): number | undefined;
  /** A reading of this tier that begins now, batched with those that other tiers ask for at the same time. */
  fresh(kind: AnyResource, question: Pick<Question, 'aws' | 'owner'>): Promise<Reading>;
  /** These ids, with or without our tags. */
  byID(kind: AnyResource, aws: Aws, ids: readonly string[]): Promise<Reading>;
  /** Seconds since the oldest complete sweep in use began, by region. */
  ages(): readonly { readonly region: string; readonly seconds: number }[];
}

/** How the observer keeps time and gathers; tests give their own. */
export interface ObserverOptions {
  readonly now?: () => number;
  /** Milliseconds: the most for which fresh questions are gathered into one call, while another waits for its answer. */
  readonly gather?: number;
  /** Hears of each tier, `namespace/name`, of which a sweep shows something else than the one before it. */
  readonly onChange?: (tier: string) => void;
}

interface UnderWay {
  /** Later than anything as long as it waits. */
  began: number;
  readonly answer: Promise<Sweep>;
}

interface Batch {
  readonly owners: Map<string, Required<Owner>>;
  readonly answer: Promise<ReadonlyMap<string, Shown>>;
}

interface Shelf {
  readonly region: string;
  /** The number of the last change of what is on it. */
  edition: number;
  /** When somebody last wanted something of it. */
  wanted: number;
  readonly press: Press;
  /** When it was last to be swept. */
  renewed: number;
  sweep?: Sweep;
  sweeping?: UnderWay;
  gathering?: Batch;
  /** The last batch that went out, until it is answered. */
  asking?: Promise<void>;
  /** Fresh readings newer than the last sweep, by tier. */
  readonly fresh: Map<string, { readonly began: number; readonly shown: Shown }>;
}

/** The shelves of an account, a region and a cluster, by kind; those of global kinds stand in every region's place. */
type Place = Map<string, Shelf>;

/** In place of a region: IAM is one for all. */
const GLOBAL = 'global';

/** Milliseconds after which a shelf that nobody asked for is cleared; longer than any reading is good for. */
const UNWANTED = 2 * 3_600_000;

/** Tiers that were shown before and are shown otherwise now, or not at all. */
const changedTiers = (before: ReadonlyMap<string, Shown> = new Map(), after: ReadonlyMap<string, Shown>): string[] =>
  [...before].flatMap(([tier, { print }]) => (after.get(tier)?.print === print ? [] : [tier]));

const readingOf = (shown: Shown): Reading => ({ found: foundIn(shown), shown: shown.print });

const failed = (error: unknown): Reading => ({ failed: classify(error) });

/** Starts an observer that knows nothing yet. */
export function observer({
  now = () => performance.now(),
  gather = 15,
  onChange = () => {},
}: ObserverOptions = {}): Observer {
  /** By account, region and cluster. */
  const places = new Map<string, Place>();
  /** The shelves of global kinds, by account, cluster and kind. */
  const globals = new Map<string, Shelf>();
  /** How often what is on any shelf has changed. */
  let changes = 0;
  let last: { readonly aws: Aws; readonly cluster: string; readonly place: Place } | undefined;
  /** One sweep after the other for each account, region and service. */
  const lines = createLines();

  /** Whoever asks, asks kind after kind of one place. */
  const placeOf = (aws: Aws, cluster: string): Place => {
    if (last?.aws === aws && last.cluster === cluster) return last.place;
    const key = `${aws.accountID} ${aws.region} ${cluster}`;
    const place: Place = places.get(key) ?? new Map();
    places.set(key, place);
    last = { aws, cluster, place };
    return place;
  };

  const newShelf = ({ type, global = false }: AnyResource, { accountID, region }: Aws, cluster: string): Shelf => {
    const key = `${accountID} ${cluster} ${type}`;
    const known = global ? globals.get(key) : undefined;
    const place = global ? GLOBAL : region;
    const shelf = known ?? { region: place, edition: 0, wanted: 0, press: {}, renewed: -Infinity, fresh: new Map() };
    if (global) globals.set(key, shelf);
    return shelf;
  };

  const shelfOf = (kind: AnyResource, aws: Aws, cluster: string): Shelf => {
    const place = placeOf(aws, cluster);
    let shelf = place.get(kind.type);
    if (!shelf) {
      shelf = newShelf(kind, aws, cluster);
      place.set(kind.type, shelf);
    }
    shelf.wanted = now();
    return shelf;
  };

  /** Forgets what nobody asks for any more: the last tier of an account and region is gone, or served by another process. */
  const clear = (): void => {
    const isUnwanted = ({ wanted }: Shelf): boolean => now() - wanted > UNWANTED;
    for (const place of places.values()) {
      for (const [type, shelf] of place) if (isUnwanted(shelf)) place.delete(type);
    }
    for (const [key, shelf] of globals) if (isUnwanted(shelf)) globals.delete(key);
  };

  const startSweep = (shelf: Shelf, kind: AnyResource, aws: Aws, cluster: string): Promise<Sweep> => {
    const [service] = kind.type.split('.', 1);
    const sweepNow = async (): Promise<Sweep> => {
      clear();
      underWay.began = now();
      const before = shelf.sweep;
      const reading = (): AsyncIterable<readonly Owned[]> => kind.observe(aws, { by: 'cluster', cluster });
      const done = await sweep({ reading, press: shelf.press, before, now });
      shelf.sweep = done;
      for (const tier of changedTiers(before?.byTier, done.byTier)) onChange(tier);
      const overtaken = [...shelf.fresh].filter(([, { began }]) => began <= done.began);
      for (const [key] of overtaken) shelf.fresh.delete(key);
      if (done.byTier !== before?.byTier || overtaken.length > 0) shelf.edition = ++changes;
      return done;
    };
    shelf.renewed = now();
    const underWay: { began: number; answer?: Promise<Sweep> } = { began: Number.POSITIVE_INFINITY };
    const answer = lines.put(`${aws.accountID} ${shelf.region} ${service}`, sweepNow).finally(() => {
      if (shelf.sweeping === underWay) delete shelf.sweeping;
    });
    shelf.sweeping = Object.assign(underWay, { answer });
    return answer;
  };

  /** When a batch may go out: at once, or after the one before it. */
  const turn = ({ asking }: Shelf): Promise<void> | undefined =>
    asking && Promise.race([asking, delay(gather, undefined, { ref: false })]);

  const startBatch = (shelf: Shelf, kind: AnyResource, aws: Aws): Batch => {
    const owners = new Map<string, Required<Owner>>();
    const answer = Promise.resolve(turn(shelf)).then(async () => {
      delete shelf.gathering;
      const began = now();
      const pages = kind.observe(aws, { by: 'tiers', owners: [...owners.values()] });
      const reading = shownByTier(pages, shelf.press, shelf.sweep?.byTier);
      const asking: Promise<void> = ended(reading).then(() => {
        if (shelf.asking === asking) delete shelf.asking;
      });
      shelf.asking = asking;
      const byTier = await reading;
      shelf.edition = ++changes;
      for (const key of owners.keys()) {
        const isNewest = began >= Math.max(shelf.sweep?.began ?? began, shelf.fresh.get(key)?.began ?? began);
        if (isNewest) shelf.fresh.set(key, { began, shown: byTier.get(key) ?? NOTHING });
      }
      return byTier;
    });
    const batch = { owners, answer };
    shelf.gathering = batch;
    return batch;
  };

  /** Keeps sweeps at their pace, whether or not anybody waits for one. What fails is tried at that pace as well. */
  const renewed = (kind: AnyResource, { aws, owner, renewBefore }: Question): Shelf => {
    const shelf = shelfOf(kind, aws, owner.cluster);
    if (!shelf.sweeping && shelf.renewed < renewBefore) void ended(startSweep(shelf, kind, aws, owner.cluster));
    return shelf;
  };

  /** What is known and young enough; nothing when a sweep has to be waited for. */
  const known = (shelf: Shelf, { owner, notBefore }: Question): Shown | undefined => {
    const key = tierKey(owner);
    // Only what is newer than the last sweep is kept there: next to it the sweep is out of date.
    const later = shelf.fresh.get(key);
    if (later) return later.began >= notBefore ? later.shown : undefined;
    if (!shelf.sweep || shelf.sweep.ended < notBefore) return undefined;
    return shelf.sweep.byTier.get(key) ?? NOTHING;
  };

  const sweepFor = async (shelf: Shelf, kind: AnyResource, { aws, owner }: Question): Promise<Shown> => {
    const key = tierKey(owner);
    const later = shelf.fresh.get(key);
    const { sweeping } = shelf;
    const serves = sweeping && (!later || sweeping.began > later.began);
    const sweep = await (serves ? sweeping.answer : startSweep(shelf, kind, aws, owner.cluster));
    return sweep.byTier.get(key) ?? NOTHING;
  };

  return {
    async swept(kind, question) {
      const shelf = renewed(kind, question);
      try {
        return readingOf(known(shelf, question) ?? (await sweepFor(shelf, kind, question)));
      } catch (error) {
        return failed(error);
      }
    },

    shown(kind, question) {
      const shelf = renewed(kind, question);
      const shown = known(shelf, question);
      if (shown) return shown.print;
      return sweepFor(shelf, kind, question).then(
        ({ print }) => print,
        () => undefined,
      );
    },

    edition(kinds, question) {
      const shelves = kinds.map((kind) => renewed(kind, question));
      if (shelves.some(({ sweep }) => !sweep || sweep.ended < question.notBefore)) return undefined;
      return Math.max(...shelves.map(({ edition }) => edition));
    },

    async fresh(kind, { aws, owner }) {
      const shelf = shelfOf(kind, aws, owner.cluster);
      const batch = shelf.gathering ?? startBatch(shelf, kind, aws);
      batch.owners.set(tierKey(owner), owner);
      try {
        return readingOf((await batch.answer).get(tierKey(owner)) ?? NOTHING);
      } catch (error) {
        return failed(error);
      }
    },

    async byID(kind, aws, ids) {
      try {
        return { found: await allOf(kind.observe(aws, { by: 'ids', ids })) };
      } catch (error) {
        return failed(error);
      }
    },

    ages() {
      clear();
      const oldest = new Map<string, number>();
      for (const { region, sweep } of [...places.values()].flatMap((place) => [...place.values()])) {
        if (sweep) oldest.set(region, Math.min(sweep.began, oldest.get(region) ?? sweep.began));
      }
      return [...oldest].map(([region, began]) => ({ region, seconds: (now() - began) / 1000 }));
    },
  };
}
