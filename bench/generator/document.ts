/**
 * Answers of AWS taken apart into what stands around their lists and the items of the lists, whatever the wire format. Only
 * the outermost lists count: what is inside an item belongs to it. It must not know any operation.
 */

/** The items of one list, each as it was written. */
export interface List {
  readonly items: readonly string[];
  readonly separator: string;
}

/** A document in order: text, list, text, list … */
export type Piece = string | List;

const TAG = /<(\/?)([A-Za-z_][\w:.-]*)[^>]*?(\/?)>/g;
const ITEM = new Set(['item', 'member']);

interface Open {
  readonly name: string;
  /** Where the content begins. */
  readonly start: number;
  readonly children: { readonly name: string; readonly from: number; to: number }[];
}

interface Found {
  readonly from: number;
  readonly to: number;
  readonly items: readonly string[];
}

/** Lists in the order of their ends; those inside of others come before them. */
function listsOfXml(text: string): readonly Found[] {
  const found: Found[] = [];
  const open: Open[] = [{ name: '', start: 0, children: [] }];
  for (const match of text.matchAll(TAG)) {
    const [whole, closing, name = '', empty] = match;
    const end = match.index + whole.length;
    if (!closing) {
      open.at(-1)?.children.push({ name, from: match.index, to: end });
      if (!empty) open.push({ name, start: end, children: [] });
      continue;
    }
    const ended = open.pop();
    const self = open.at(-1)?.children.at(-1);
    if (!ended || !self) throw new Error(`take an answer apart: </${name}> closes nothing`);
    self.to = end;
    const isList = ended.children.length > 0 && ended.children.every((child) => ITEM.has(child.name));
    if (isList) {
      const items = ended.children.map(({ from, to }) => text.slice(from, to));
      found.push({ from: ended.start, to: match.index, items });
    }
  }
  return found;
}

function piecesOfXml(text: string): readonly Piece[] {
  const lists = listsOfXml(text);
  const outermost = lists.filter(({ from, to }) => !lists.some((other) => other.from < from && other.to > to));
  const pieces: Piece[] = [];
  let at = 0;
  for (const { from, to, items } of outermost) {
    pieces.push(text.slice(at, from), { items, separator: '' });
    at = to;
  }
  return [...pieces, text.slice(at)];
}

function piecesOfJson(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let before = '{';
  for (const [key, value] of Object.entries(JSON.parse(text) as Readonly<Record<string, unknown>>)) {
    const name = `${before === '{' ? '' : ','}${JSON.stringify(key)}:`;
    if (Array.isArray(value)) {
      pieces.push(`${before}${name}[`, { items: value.map((item) => JSON.stringify(item)), separator: ',' });
      before = ']';
    } else before += `${name}${JSON.stringify(value)}`;
  }
  return [...pieces, `${before}}`];
}

/** Takes an answer apart. */
export function dissect(body: string): readonly Piece[] {
  if (body.startsWith('{')) return piecesOfJson(body);
  return body.includes('<') ? piecesOfXml(body) : [body];
}
