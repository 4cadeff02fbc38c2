/**
 * How AWS's XML is read: piece by piece, so that no page of it holds up the event loop. The SDK's own parser takes a page in
 * one go and character by character: some ten milliseconds for a hundred records, ten times as much for the first pages of
 * a process. What an answer means is left to the SDK and its schemas.
 */
import { AwsEc2QueryProtocol, AwsQueryProtocol, XmlShapeDeserializer } from '@aws-sdk/core/protocols';
import type { Schema } from '@smithy/types';
import { SaxesParser } from 'saxes';
import { turns } from './turns.ts';

/** What reads a piece of an answer waits for this before it: a piece takes a few milliseconds, and there may be many. */
export const turnOfAnswers = turns(1);

/** Characters read in one go. */
const PIECE = 32_768;

/** An element: its text, or its children by name, in a list when there are several of one name. Attributes say nothing here. */
type Content = string | { [name: string]: Content | Content[] };

interface Open {
  text: string;
  children: Exclude<Content, string> | undefined;
}

/** From this length on the engine cuts a text out without copying it, and one id would keep its whole page in memory. */
const CUT = 13;

function contentOf({ text, children }: Open): Content {
  if (children) return children;
  if (text.includes('\n') && text.trim() === '') return '';
  return text.length < CUT ? text : Buffer.from(text).toString();
}

function put(parent: Open, name: string, content: Content): void {
  // An object without a prototype would be safe from such a name, and take several times the memory.
  if (name === '__proto__') return;
  parent.children ??= {};
  const present = Object.hasOwn(parent.children, name) ? parent.children[name] : undefined;
  if (present === undefined) parent.children[name] = content;
  else if (Array.isArray(present)) present.push(content);
  else parent.children[name] = [present, content];
}

/** Reads a document and answers with the content of its root. What is not a whole document is refused. */
export async function readXml(xml: string): Promise<Content> {
  const parser = new SaxesParser({ position: false });
  const document: Open = { text: '', children: undefined };
  const open: Open[] = [document];
  const top = (): Open => open.at(-1) ?? document;
  const append = (text: string): void => {
    top().text += text;
  };
  parser.on('opentagstart', () => open.push({ text: '', children: undefined }));
  parser.on('text', append);
  parser.on('cdata', append);
  parser.on('closetag', ({ name }) => put(open.at(-2) ?? document, name, contentOf(open.pop() ?? document)));
  for (let from = 0; from < xml.length; from += PIECE) {
    parser.write(xml.slice(from, from + PIECE));
    if (xml.length > PIECE) await turnOfAnswers();
  }
  parser.close();
  const [root = ''] = Object.values(document.children ?? {});
  return Array.isArray(root) ? '' : root;
}

let last: Promise<unknown> = Promise.resolve();

/** One document after the other: what is half read of many would stay in memory until the heap is collected. */
function inLine<T>(work: () => Promise<T>): Promise<T> {
  const result = last.then(work);
  last = result.catch(() => {});
  return result;
}

/** Records that become objects in one go. */
const RECORDS = 20;

type Children = Exclude<Content, string>;

/** The name and the records of a list with many. */
function recordsOf(list: Content | Content[]): readonly [name: string, records: readonly Content[]] | undefined {
  if (typeof list !== 'object' || Array.isArray(list)) return undefined;
  const [[name = '', records] = [], ...others] = Object.entries(list);
  const isLong = Array.isArray(records) && records.length > RECORDS && others.length === 0;
  return isLong ? [name, records] : undefined;
}

/** An answer with long lists as several, the first of which has everything else. */
function cut(answer: Children): readonly [Children, ...Children[]] {
  const first = { ...answer };
  const others: Children[] = [];
  for (const [member, list] of Object.entries(answer)) {
    const [name, records] = recordsOf(list) ?? ['', []];
    for (let from = 0; from < records.length; from += RECORDS) {
      const part = { [name]: records.slice(from, from + RECORDS) };
      if (from === 0) first[member] = part;
      else others.push({ [member]: part });
    }
  }
  return [first, ...others];
}

type Read = Record<string, unknown>;

const isRead = (value: unknown): value is Read => typeof value === 'object' && value !== null;

/** Adds to the lists and maps of one answer what is in those of another, which has nothing else. */
function join(answer: Read, other: Read): void {
  for (const [member, more] of Object.entries(other)) {
    const joined = answer[member];
    if (Array.isArray(joined) && Array.isArray(more)) joined.push(...more);
    else if (isRead(joined) && isRead(more)) join(joined, more);
    else answer[member] = more;
  }
}

/** Reads as the SDK's own does, but for the parsing, and not a long list in one go. */
export class PiecewiseXml extends XmlShapeDeserializer {
  override async read(schema: Schema, bytes: Uint8Array | string, key?: string): Promise<unknown> {
    const textOf = (): string =>
      typeof bytes === 'string' ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
    return inLine(async () => {
      const content = await readXml(textOf());
      const answer = key === undefined || typeof content === 'string' ? content : content[key];
      return typeof answer === 'object' && !Array.isArray(answer)
        ? this.readInParts(schema, answer)
        : this.readSchema(schema, answer);
    });
  }

  private async readInParts(schema: Schema, answer: Children): Promise<unknown> {
    const [first, ...others] = cut(answer);
    const read = this.readSchema(schema, first);
    for (const other of others) {
      await turnOfAnswers();
      join(read, this.readSchema(schema, other));
    }
    return read;
  }
}

/** What EC2 speaks. */
export class UnhurriedEc2Protocol extends AwsEc2QueryProtocol {
  constructor(...options: ConstructorParameters<typeof AwsEc2QueryProtocol>) {
    super(...options);
    this.deserializer = new PiecewiseXml(this.deserializer.settings);
  }
}

/** What IAM and STS speak. */
export class UnhurriedQueryProtocol extends AwsQueryProtocol {
  constructor(...options: ConstructorParameters<typeof AwsQueryProtocol>) {
    super(...options);
    this.deserializer = new PiecewiseXml(this.deserializer.settings);
  }
}
