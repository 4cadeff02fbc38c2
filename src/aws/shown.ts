/**
 * What a reading showed of each tier, written down and packed: it takes a small part of the memory of the objects, holds
 * none of the answers that it was read from, and two are told apart by a print. It must not know what is written there.
 */
import { hash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Owned, Owner } from '../core/kind.ts';

/** The resources of one kind and one tier. */
export interface Shown {
  /** Equal exactly when nothing differs, in whatever order AWS answered. */
  readonly print: string;
  /** JSON, packed by `pattern`; one character for each byte. */
  readonly packed: string;
  readonly pattern: Buffer;
}

/** All tiers are built alike, so that the text of one says most of the others': by it they are packed. */
export interface Press {
  pattern?: Buffer;
}

/** How far a pattern reaches back is set by the window, 2 to this power in bytes. The rest keeps each packing small. */
const WINDOW = { windowBits: 12, memLevel: 3, level: 1, chunkSize: 1024 } as const;
const PATTERN_BYTES = 2 ** WINDOW.windowBits;

/** So many tiers are written down before others get their turn: a few milliseconds. */
const WRITTEN_AT_ONCE = 20;

type Named = Pick<Owner, 'namespace' | 'name'>;

const keys = new WeakMap<Named, string>();

/** By what a tier is told from others within an installation: `namespace/name`. */
export function tierKey(owner: Named): string {
  const known = keys.get(owner);
  if (known !== undefined) return known;
  const key = `${owner.namespace}/${owner.name}`;
  keys.set(owner, key);
  return key;
}

function pack(text: string, press: Press): Omit<Shown, 'print'> {
  press.pattern ??= Buffer.from(text).subarray(0, PATTERN_BYTES);
  const { pattern } = press;
  return { packed: deflateRawSync(text, { ...WINDOW, dictionary: pattern }).toString('latin1'), pattern };
}

function write(resources: string[], press: Press, earlier: Shown | undefined): Shown {
  const text = `[${resources.sort().join(',')}]`;
  const print = hash('sha256', text, 'base64');
  return earlier?.print === print ? earlier : { print, ...pack(text, press) };
}

/** Nothing of a kind. */
export const NOTHING: Shown = write([], {}, undefined);

/** Writes down what is found, by tier, page by page. What is the same as before is kept as it is. */
export async function shownByTier(
  found: AsyncIterable<readonly Owned[]>,
  press: Press,
  before?: ReadonlyMap<string, Shown>,
): Promise<ReadonlyMap<string, Shown>> {
  const resources = new Map<string, string[]>();
  for await (const page of found) {
    for (const owned of page) {
      if (!owned.owner) continue;
      // Not by `tierKey`: these owners are gone in a moment.
      const key = `${owned.owner.namespace}/${owned.owner.name}`;
      const text = JSON.stringify(owned);
      const list = resources.get(key);
      if (list) list.push(text);
      else resources.set(key, [text]);
    }
    await setImmediate();
  }
  const byTier = new Map<string, Shown>();
  for (const [key, list] of resources) {
    if (byTier.size % WRITTEN_AT_ONCE === WRITTEN_AT_ONCE - 1) await setImmediate();
    byTier.set(key, write(list, press, before?.get(key)));
  }
  return byTier;
}

/** The resources again. */
export function foundIn({ packed, pattern }: Shown): readonly Owned[] {
  const text = inflateRawSync(Buffer.from(packed, 'latin1'), { ...WINDOW, dictionary: pattern }).toString();
  return JSON.parse(text) as readonly Owned[];
}
