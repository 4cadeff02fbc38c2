/**
 * Answers for any number of tiers, filled in from the templates of one. Pages of shared lists are kept as they were sent, so
 * that a list that is read again costs a look-up. It must not know any operation.
 */

import type { Params } from '../../test/sandbox/proxy/call.ts';
import { type AnswerTemplate, type Catalogue, isList, type ListTemplate } from './catalogue.ts';
import { type BenchTier, fill, type Template } from './marks.ts';
import { type Page, pageOf } from './pages.ts';
import { type Question, questionOf } from './question.ts';
import { CONVERGED } from './recording.ts';

/** One call. */
export interface Asked {
  /** As signatures name it. */
  readonly service: string;
  readonly operation: string;
  readonly params: Params;
  readonly account: string;
  readonly region: string;
  /** Whether the service is one for all regions of the account. */
  readonly global: boolean;
}

/** One answer, and the tiers that the question named. */
export interface Given {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
  readonly tiers: readonly number[];
}

/** A question that was never recorded has no answer. */
export class Unrecorded extends Error {
  override readonly name = 'Unrecorded';
}

/** The tiers of the bench and what AWS says of them. */
export interface Answers {
  /** Sets the tiers; all are in the first world. */
  setTiers(tiers: readonly BenchTier[]): void;
  /** Moves a tier to another world, or only what one operation says of it. */
  move(index: number, world: string, operation?: string): void;
  worldOf(index: number): string;
  /** Operations that, asked about all tiers, say something else in this world than in the first one. */
  differences(world: string): readonly string[];
  read(asked: Asked): Given;
  write(asked: Asked): Given;
}

/** Where in a list a page begins. */
interface Position {
  readonly list: number;
  readonly tier: number;
  readonly item: number;
}

interface Kept {
  readonly body: Buffer;
  /** Of whose tiers it is a page. */
  readonly members: readonly number[];
  readonly from: number;
  readonly to: number;
}

interface Cut {
  readonly parts: readonly string[];
  readonly next: Position | undefined;
}

interface Part {
  readonly text: string;
  readonly next: Position | undefined;
}

/** Where a tier is. */
interface Standing {
  readonly world: string;
  /** The one operation that tells; all when it is missing. */
  readonly operation?: string | undefined;
}

/** What everybody in a place is asked together. */
interface Sharing {
  readonly operation: string;
  readonly question: Question;
  /** Numbers of the tiers there. */
  readonly members: readonly number[];
  /** What fills the marks of the place. */
  readonly common: readonly string[];
}

/** Where a list is answered for: an account, and a region unless the service is global. */
const placeOf = ({ account, region, global }: Pick<Asked, 'account' | 'region' | 'global'>): string =>
  global ? account : `${account} ${region}`;

const tokenOf = ({ list, tier, item }: Position): string => `${list}.${tier}.${item}`;

function positionOf(token: string | undefined): Position {
  const [list = 0, tier = -1, item = 0] = (token ?? '0.-1.0').split('.').map(Number);
  return { list, tier, item };
}

/** Gathers items from a position on until the page is full; the first member of a list is what all share. */
class Sheet {
  readonly #size: number;
  #count = 0;

  constructor(size: number) {
    this.#size = size;
  }

  get full(): boolean {
    return this.#count >= this.#size;
  }

  /** Takes items into `texts` from `item` on; answers with the first that found no room. */
  take(items: readonly Template[], item: number, values: readonly string[], texts: string[]): number {
    let at = item;
    while (at < items.length && !this.full) {
      const template = items[at];
      if (template) texts.push(fill(template, values));
      this.#count += 1;
      at += 1;
    }
    return at;
  }
}

/** Starts with no tiers. */
export function createAnswers(catalogue: Catalogue): Answers {
  const { marks } = catalogue;
  let tiers: readonly (BenchTier | undefined)[] = [];
  let regions: readonly string[] = [];
  const places = new Map<string, readonly number[]>();
  const uids = new Map<string, number>();
  const values = new Map<number, readonly string[]>();
  const standings = new Map<number, Standing>();
  const kept = new Map<string, Kept>();

  const worldOf = (index: number): string => standings.get(index)?.world ?? CONVERGED;

  /** The world of a tier as this operation tells it. */
  const worldBy = (operation: string, index: number): string =>
    (standings.get(index)?.operation ?? operation) === operation ? worldOf(index) : CONVERGED;

  const valuesOf = (index: number): readonly string[] => {
    const found = values.get(index);
    if (found) return found;
    const tier = tiers[index];
    if (!tier) throw new Unrecorded(`tier ${index} is not on the bench`);
    const made = marks.valuesOf(tier);
    values.set(index, made);
    return made;
  };

  /** What is the same for all tiers of a place is filled as if it were anybody's there. */
  const placeValues = ({ account, region }: Pick<Asked, 'account' | 'region'>): readonly string[] =>
    marks.valuesOf({ index: 0, account, region, owner: { cluster: '', namespace: '', name: '', uid: '' } });

  const understand = (asked: Asked): Question =>
    questionOf(asked.service, asked.operation, asked.params, (text) =>
      marks.understand(text, { account: asked.account, regions, indexOf: (uid) => uids.get(uid) }),
    );

  const templateOf = (world: string, question: Question, { service, operation }: Asked): AnswerTemplate => {
    const found = catalogue.answer(world, question);
    if (!found)
      throw new Unrecorded(`${service} ${operation}: nobody asked this when it was recorded: ${question.exact}`);
    return found;
  };

  const whole = ({ pieces, status, contentType }: AnswerTemplate, filling: readonly string[]): Omit<Given, 'tiers'> => {
    const text = pieces.map((piece) =>
      isList(piece)
        ? [...piece.common, ...piece.personal].map((item) => fill(item, filling)).join(piece.separator)
        : fill(piece, filling),
    );
    return { status, contentType, body: Buffer.from(text.join('')) };
  };

  const personalIn = (world: string, question: Question, piece: number): readonly Template[] => {
    const found = catalogue.answer(world, question)?.pieces[piece];
    return found && isList(found) ? found.personal : [];
  };

  /** Takes what fits of one list, member by member. */
  const fillList = (
    sheet: Sheet,
    list: ListTemplate,
    from: Position,
    { operation, question, members, common }: Sharing,
  ): Part => {
    const texts: string[] = [];
    for (let { tier, item } = from; tier < members.length; tier += 1, item = 0) {
      const member = members[tier];
      const items = member === undefined ? list.common : personalIn(worldBy(operation, member), question, from.list);
      const taken = sheet.take(items, item, member === undefined ? common : valuesOf(member), texts);
      if (taken < items.length) return { text: texts.join(list.separator), next: { ...from, tier, item: taken } };
    }
    return { text: texts.join(list.separator), next: undefined };
  };

  /** Cuts a page out of the lists of all tiers, one list after the other. */
  const cut = ({ pieces }: AnswerTemplate, page: Page, sharing: Sharing): Cut => {
    const sheet = new Sheet(page.size);
    const start = positionOf(page.after);
    const parts: string[] = [];
    let next: Position | undefined;
    for (const [index, piece] of pieces.entries()) {
      if (!isList(piece)) parts.push(fill(piece, sharing.common));
      else if (index >= start.list && !next) {
        const from = index === start.list ? start : { list: index, tier: -1, item: 0 };
        const part = fillList(sheet, piece, from, sharing);
        parts.push(part.text);
        next = part.next;
      }
    }
    return { parts, next };
  };

  const shared = (asked: Asked, question: Question): Omit<Given, 'tiers'> => {
    const { operation } = asked;
    const template = templateOf(CONVERGED, question, asked);
    const { status, contentType } = template;
    const members = places.get(placeOf(asked)) ?? [];
    const page = pageOf(asked.service, asked.operation, asked.params);
    const key = `${placeOf(asked)} ${question.exact} ${page.size} ${page.after ?? ''}`;
    const before = kept.get(key);
    if (before) return { status, contentType, body: before.body };
    const { parts, next } = cut(template, page, { operation, question, members, common: placeValues(asked) });
    const tail = parts.at(-1) ?? '';
    const text = parts.slice(0, -1).join('') + (next ? page.more(tail, tokenOf(next)) : tail);
    const body = Buffer.from(text);
    // Where the next page begins in another list, this one may hold anybody's items.
    const start = positionOf(page.after);
    const apart = next !== undefined && next.list === start.list;
    kept.set(key, { body, members, from: apart ? start.tier : -1, to: apart ? next.tier : members.length });
    return { status, contentType, body };
  };

  const wanted = ({ lists }: Question, tier: number, { text }: Template): boolean =>
    lists.every((byTier) =>
      [...(byTier.get(tier) ?? []), ...(byTier.get(-1) ?? [])].some((part) => text.includes(part)),
    );

  const batch = (asked: Asked, question: Question): Omit<Given, 'tiers'> => {
    const [first = 0] = question.tiers;
    const { operation } = asked;
    const base = templateOf(worldBy(operation, first), question, asked);
    const common = placeValues(asked);
    const text = base.pieces.map((piece, index) => {
      if (!isList(piece)) return fill(piece, common);
      const items = question.tiers.flatMap((tier) => {
        return personalIn(worldBy(operation, tier), question, index)
          .filter((item) => wanted(question, tier, item))
          .map((item) => fill(item, valuesOf(tier)));
      });
      return items.join(piece.separator);
    });
    return { status: base.status, contentType: base.contentType, body: Buffer.from(text.join('')) };
  };

  const personal = (asked: Asked, question: Question): Omit<Given, 'tiers'> => {
    const [tier = 0] = question.tiers;
    return whole(templateOf(worldBy(asked.operation, tier), question, asked), valuesOf(tier));
  };

  return {
    setTiers(next) {
      tiers = [];
      for (const known of [places, uids, values, standings, kept]) known.clear();
      const sparse: (BenchTier | undefined)[] = [];
      for (const tier of next) {
        sparse[tier.index] = tier;
        uids.set(tier.owner.uid, tier.index);
      }
      tiers = sparse;
      regions = [...new Set(next.map(({ region }) => region))];
      for (const global of [false, true]) {
        for (const [place, of] of Map.groupBy(next, (tier) => placeOf({ ...tier, global }))) {
          places.set(
            place,
            of.map(({ index }) => index),
          );
        }
      }
    },
    move(index, world, operation) {
      if (!catalogue.worlds.includes(world))
        throw new Error(`move tier ${index}: no world "${world}" was recorded, only ${catalogue.worlds.join(', ')}`);
      standings.set(index, { world, operation });
      for (const [key, { members, from, to }] of kept) {
        const at = members.indexOf(index);
        if (at >= 0 && from <= at && at <= to) kept.delete(key);
      }
    },
    worldOf,
    differences: catalogue.differences,
    read(asked) {
      const question = understand(asked);
      const answer = question.tiers.length === 0 ? shared : question.lists.length > 0 ? batch : personal;
      return { ...answer(asked, question), tiers: question.tiers };
    },
    write(asked) {
      const { service, operation } = asked;
      const found = catalogue.written(service, operation);
      if (!found) throw new Unrecorded(`${service} ${operation}: nobody wrote this when it was recorded`);
      const question = understand(asked);
      const [tier] = question.tiers;
      return { ...whole(found, tier === undefined ? placeValues(asked) : valuesOf(tier)), tiers: question.tiers };
    },
  };
}
