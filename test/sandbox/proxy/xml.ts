/**
 * AWS's XML as a tree that can be changed and written back. Text stays as it was written, entities and all, so that what
 * nobody touched comes out as it went in. It must not know any answer.
 */
import { XMLParser } from 'fast-xml-parser';
import { escapeXml } from './protocol.ts';

/** An element with either children or text. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  children: Element[];
  /** As written, entities not resolved. */
  raw: string;
}

type Ordered = { readonly [key: string]: unknown };

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  processEntities: false,
  trimValues: false,
});

function elementOf(ordered: Ordered): Element | undefined {
  const name = Object.keys(ordered).find((key) => key !== ':@');
  if (name === undefined || name === '#text' || name.startsWith('?')) return undefined;
  const content = ordered[name] as readonly Ordered[];
  const children = content.map(elementOf).filter((child) => child !== undefined);
  const raw = children.length > 0 ? '' : content.map((part) => String(part['#text'] ?? '')).join('');
  return { name, attributes: (ordered[':@'] ?? {}) as Record<string, string>, children, raw };
}

/** Reads a document; `undefined` when it has no root element. */
export function parseXml(document: string): Element | undefined {
  return (parser.parse(document) as readonly Ordered[]).map(elementOf).find((element) => element !== undefined);
}

function write(element: Element): string {
  const attributes = Object.entries(element.attributes).map(([key, value]) => ` ${key}="${value}"`);
  const content = element.children.length > 0 ? element.children.map(write).join('') : element.raw;
  const open = `${element.name}${attributes.join('')}`;
  return content === '' ? `<${open}/>` : `<${open}>${content}</${element.name}>`;
}

/** Writes a document. */
export function writeXml(root: Element): string {
  return `<?xml version="1.0" encoding="utf-8"?>\n${write(root)}`;
}

/** A new element with text. */
export function leaf(name: string, value: string): Element {
  return { name, attributes: {}, children: [], raw: escapeXml(value) };
}

/** A new element with children. */
export function branch(name: string, children: readonly Element[]): Element {
  return { name, attributes: {}, children: [...children], raw: '' };
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function plain(raw: string): string {
  return raw.replace(/&(#x?[0-9a-f]+|\w+);/gi, (whole, entity: string) => {
    if (!entity.startsWith('#')) return ENTITIES[entity] ?? whole;
    const hexadecimal = entity[1]?.toLowerCase() === 'x';
    return String.fromCodePoint(Number.parseInt(entity.slice(hexadecimal ? 2 : 1), hexadecimal ? 16 : 10));
  });
}

/** The first child of this name. */
export function child(element: Element, name: string): Element | undefined {
  return element.children.find((candidate) => candidate.name === name);
}

/** The element at the end of a path of names; lists (`item`, `member`) on the way are entered at their first entry. */
export function descend(element: Element | undefined, ...path: readonly string[]): Element | undefined {
  return path.reduce<Element | undefined>((at, name) => at && child(at, name), element);
}

/** The text at the end of a path. */
export function textAt(element: Element | undefined, ...path: readonly string[]): string | undefined {
  const found = descend(element, ...path);
  return found && plain(found.raw);
}

/** Every text at the end of a path, entering all entries of lists on the way. */
export function textsAt(element: Element, path: readonly string[]): readonly string[] {
  const [name, ...rest] = path;
  if (name === undefined) {
    const entries = element.children.filter((candidate) => candidate.name === 'item');
    return entries.length > 0 ? entries.map(({ raw }) => plain(raw)) : [plain(element.raw)];
  }
  return element.children.flatMap((candidate) => {
    if (candidate.name === 'item') return textsAt(candidate, path);
    return candidate.name === name ? textsAt(candidate, rest) : [];
  });
}

/** Sets the text of a child, adding it when it is missing. */
export function setText(element: Element, name: string, value: string): void {
  const found = child(element, name);
  if (found) {
    found.children = [];
    found.raw = escapeXml(value);
  } else element.children.push(leaf(name, value));
}

/** The entries of a list that is a child of this name. */
export function itemsOf(element: Element | undefined, name: string): readonly Element[] {
  return descend(element, name)?.children.filter((candidate) => candidate.name === 'item') ?? [];
}

/** An independent copy. */
export function copy(element: Element): Element {
  return { ...element, children: element.children.map(copy) };
}
