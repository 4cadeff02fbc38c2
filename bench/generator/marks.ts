/**
 * What tells one tier from another in AWS's answers, and how the same is said of any other tier. Every such text becomes a
 * mark; a mark is filled from who the tier is, or with an id that says its own number, so that a question about it can be
 * understood without a table. It must not know any kind.
 */
import type { Owner } from '../../src/core/kind.ts';
import { ownerHash } from '../../src/core/names.ts';
import { NAME, NAMESPACE, type Recording, type ReferenceTier } from './recording.ts';

/** A tier of the bench. */
export interface BenchTier {
  readonly index: number;
  readonly owner: Required<Owner>;
  readonly account: string;
  readonly region: string;
}

// Characters that AWS uses nowhere.
const OPEN = '⟦';
const CLOSE = '⟧';
const MARK = /⟦(\d+)⟧/g;

/** A mark as it stands in a text. */
export const markText = (ordinal: number): string => `${OPEN}${ordinal}${CLOSE}`;

/** What every tier says of itself; the ordinal of its mark is its place here. */
const SELF: readonly ((tier: Omit<BenchTier, 'index'>) => string)[] = [
  ({ owner }) => owner.namespace,
  ({ owner }) => owner.name,
  ({ owner }) => owner.uid,
  ({ owner }) => ownerHash(owner),
  ({ account }) => account,
  ({ region }) => region,
];

const NAMESPACE_MARK = 0;
const NAME_MARK = 1;
const UID_MARK = 2;
const HASH_MARK = 3;
const ACCOUNT_MARK = 4;
const REGION_MARK = 5;

/** Marks that say where and not who. */
const PLACE = new RegExp(`${OPEN}(?:${ACCOUNT_MARK}|${REGION_MARK})${CLOSE}`, 'g');

/** How AWS writes what it gives out: resource ids, tokens, unique ids of IAM (some have no digit), addresses of both sorts. */
const FORMS =
  /\b(?:[a-z]+(?:-[a-z]+)*-[0-9a-f]{8,17}|[0-9a-f]{64}|A[A-Z]{2}A[A-Z0-9]{16,17}|(?=\w*\d)[A-Za-z0-9]{20,21}|\d{1,3}(?:[.-]\d{1,3}){3}|(?:[0-9a-f]{2}:){5}[0-9a-f]{2})\b/g;
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const HASHED_NAME = new RegExp(`(${OPEN}${NAME_MARK}${CLOSE}-)[0-9a-f]{8}`, 'g');
const BASE64 = /(?<![A-Za-z0-9+/%-])[A-Za-z0-9+/]{60,}={0,2}(?![A-Za-z0-9+/=])/g;

/** A text with marks, ready to be filled. */
export interface Template {
  readonly text: string;
  readonly literals: readonly string[];
  readonly ordinals: readonly number[];
}

/** Cuts a text at its marks. */
export function templateOf(text: string): Template {
  const literals: string[] = [];
  const ordinals: number[] = [];
  let at = 0;
  for (const match of text.matchAll(MARK)) {
    literals.push(text.slice(at, match.index));
    ordinals.push(Number(match[1]));
    at = match.index + match[0].length;
  }
  return { text, literals: [...literals, text.slice(at)], ordinals };
}

/** Fills a text. */
export function fill({ literals, ordinals }: Template, values: readonly string[]): string {
  let filled = literals[0] ?? '';
  for (let index = 0; index < ordinals.length; index += 1) {
    filled += (values[ordinals[index] ?? 0] ?? '') + (literals[index + 1] ?? '');
  }
  return filled;
}

type Maker = (tier: BenchTier, values: readonly string[]) => string;

/** A mark's value for any tier, in the form of the value that was recorded. */
function minter(recorded: string, ordinal: number): Maker {
  const id = /^(.*-)([0-9a-f]{8,17})$/.exec(recorded);
  if (id) {
    const [, prefix = '', digits = ''] = id;
    return ({ index }) => `${prefix}${mintDigits(ordinal, index, digits.length)}`;
  }
  if (recorded.includes(':')) return ({ index }) => mintDigits(ordinal, index, 12).replace(/(..)(?!$)/g, '$1:');
  // Addresses stand in names of hosts too, with dashes.
  const separator = /^\d+([.-])/.exec(recorded)?.[1];
  if (separator) return ({ index }) => [11, index >> 8, index & 255, ordinal & 255].join(separator);
  const isLower = recorded === recorded.toLowerCase();
  return ({ index }) => {
    const digits = mintDigits(ordinal, index, recorded.length - 4);
    return `${recorded.slice(0, 4)}${isLower ? digits : digits.toUpperCase()}`;
  };
}

const ORDINAL_DIGITS = 3;

/** Hexadecimal digits that hold the number of the mark, then that of the tier. */
function mintDigits(ordinal: number, index: number, length: number): string {
  const tier = index.toString(16).padStart(length - ORDINAL_DIGITS, '0');
  return ordinal.toString(16).padStart(ORDINAL_DIGITS, '0') + tier;
}

/** Who is asked about: what a request's text becomes, and the tiers that it names. */
export interface Understood {
  readonly text: string;
  readonly tiers: readonly number[];
}

/** Where a request goes, and who is there. */
export interface Place {
  readonly account: string;
  /** Every region in which tiers are: names in a global service say theirs. */
  readonly regions: readonly string[];
  /** The number of the tier with this uid. */
  indexOf(uid: string): number | undefined;
}

/** Everything that depends on which tier it is. */
export interface Marks {
  /** A recorded text with marks instead of what is the first reference tier's own. */
  mark(text: string): string;
  /** A request's text with marks instead of what is any tier's own. */
  understand(text: string, place: Place): Understood;
  /** What fills the marks of a tier. */
  valuesOf(tier: BenchTier): readonly string[];
  /** Which reference tiers a recorded text speaks of: the first, another, or none. */
  belongsTo(text: string): 'first' | 'other' | 'none';
}

/** Whether a text with marks says more than where it is. */
export function isPersonal(text: string): boolean {
  return text.replace(PLACE, '').includes(OPEN);
}

const union = (texts: readonly string[]): Set<string> => new Set(texts.flatMap((text) => text.match(FORMS) ?? []));

const speaksOf = (text: string, words: Iterable<string>): boolean => {
  for (const word of words) if (text.includes(word)) return true;
  return false;
};

interface Camps {
  readonly first: ReadonlySet<string>;
  readonly others: ReadonlySet<string>;
}

/** Ids by whose they are: found from the tiers' names on, over texts that mention both a known id and new ones. */
function campsOf(tiers: readonly ReferenceTier[], texts: readonly string[]): Camps {
  const [one, ...rest] = tiers.map(({ owner }) => owner);
  let first = new Set([one?.name ?? '', one?.uid ?? '']);
  let others = new Set(rest.flatMap(({ name, uid }) => [name, uid]));
  for (;;) {
    const ofFirst = union(texts.filter((text) => speaksOf(text, first)));
    const ofOthers = union(texts.filter((text) => speaksOf(text, others)));
    const nextFirst = new Set([...first, ...ofFirst.difference(ofOthers)].filter((id) => !ofOthers.has(id)));
    const nextOthers = new Set([...others, ...ofOthers.difference(ofFirst)].filter((id) => !ofFirst.has(id)));
    const same = nextFirst.size === first.size && nextOthers.size === others.size;
    first = nextFirst;
    others = nextOthers;
    if (same) break;
  }
  const nobodys = union(texts.filter((text) => !speaksOf(text, first) && !speaksOf(text, others)));
  return { first: first.difference(nobodys), others: others.difference(nobodys) };
}

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

const longestFirst = (words: Iterable<string>): RegExp =>
  new RegExp(
    [...words]
      .sort((a, b) => b.length - a.length)
      .map(literal)
      .join('|'),
    'g',
  );

/** Finds the marks of a recording in the items and documents that were answered. */
export function findMarks({ tiers, accountID, region }: Recording, texts: readonly string[]): Marks {
  const [reference] = tiers;
  if (!reference) throw new Error('find marks: the recording has no tier');
  const { first, others } = campsOf(tiers, texts);
  const self = SELF.map((of) => of({ owner: reference.owner, account: accountID, region }));
  const words = new Map(self.map((word, ordinal) => [word, ordinal]));
  const makers: Maker[] = SELF.map((of) => of);
  for (const id of first) {
    if (words.has(id)) continue;
    words.set(id, makers.length);
    makers.push(minter(id, makers.length));
  }
  const known = longestFirst(words.keys());
  const prefixes = [...words.keys()].flatMap((word) => /^(.*-)[0-9a-f]{8,17}$/.exec(word)?.[1] ?? []);
  const asked = new RegExp(`\\b(?:${[...new Set(prefixes)].map(literal).join('|')})[0-9a-f]{8,17}\\b`, 'g');
  const encodings = new Map<string, number>();

  const replaceKnown = (text: string): string => text.replace(known, (word) => markText(words.get(word) ?? 0));

  // What is encoded cannot be filled as it stands: it is filled decoded, and encoded again.
  const markEncoded = (token: string): string => {
    const decoded = Buffer.from(token, 'base64').toString('utf8');
    const inner = replaceKnown(decoded);
    if (inner === decoded || decoded.includes('\ufffd')) return token;
    const ordinal = encodings.get(inner) ?? makers.length;
    if (!encodings.has(inner)) {
      encodings.set(inner, ordinal);
      const template = templateOf(inner);
      makers.push((_tier, values) => Buffer.from(fill(template, values)).toString('base64'));
    }
    return markText(ordinal);
  };

  const idOf = (text: string): readonly [ordinal: number, index: number] | undefined => {
    const digits = text.slice(text.lastIndexOf('-') + 1);
    const ordinal = Number.parseInt(digits.slice(0, ORDINAL_DIGITS), 16);
    const index = Number.parseInt(digits.slice(ORDINAL_DIGITS), 16);
    const made = ordinal >= SELF.length && index < 100_000 ? makers[ordinal]?.({ index } as BenchTier, []) : undefined;
    return made === text ? [ordinal, index] : undefined;
  };

  return {
    mark: (text) => replaceKnown(text.replace(BASE64, markEncoded)),
    understand(text, place) {
      const named = new Set<number>();
      const about = text
        .replace(NAME, (_name, digits: string) => {
          named.add(Number(digits));
          return markText(NAME_MARK);
        })
        .replace(HASHED_NAME, `$1${markText(HASH_MARK)}`)
        .replace(asked, (id) => {
          const found = idOf(id);
          if (found) named.add(found[1]);
          return found ? markText(found[0]) : id;
        })
        .replace(UUID, (uid) => {
          const index = place.indexOf(uid);
          if (index !== undefined) named.add(index);
          return index === undefined ? uid : markText(UID_MARK);
        })
        .replace(NAMESPACE, markText(NAMESPACE_MARK))
        .replaceAll(place.account, markText(ACCOUNT_MARK));
      const mark = markText(REGION_MARK);
      const everywhere = place.regions.reduce((said, region) => said.replaceAll(region, mark), about);
      return { text: everywhere, tiers: [...named] };
    },
    valuesOf(tier) {
      const values: string[] = [];
      for (const make of makers) values.push(make(tier, values));
      return values;
    },
    belongsTo(text) {
      if (speaksOf(text, first)) return 'first';
      return speaksOf(text, others) ? 'other' : 'none';
    },
  };
}
