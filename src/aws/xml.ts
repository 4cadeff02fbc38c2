/**
 * How AWS's XML is read: piece by piece, so that no page of it holds up the event loop. The SDK's own parser takes a page in
 * one go and character by character: some ten milliseconds for a hundred records, ten times as much for the first pages of
 * a process. What the content becomes is the business of `parts.ts`.
 */
import { AwsEc2QueryProtocol, AwsQueryProtocol, XmlShapeDeserializer } from '@aws-sdk/core/protocols';
import type { Schema } from '@smithy/types';
import { SaxesParser } from 'saxes';
import { isWritten, readInParts, turnOfAnswers } from './parts.ts';

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

/** Reads as the SDK's own does, but for the parsing, and not a long list in one go. */
export class PiecewiseXml extends XmlShapeDeserializer {
  override async read(schema: Schema, bytes: Uint8Array | string, key?: string): Promise<unknown> {
    const textOf = (): string =>
      typeof bytes === 'string' ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
    return inLine(async () => {
      const content = await readXml(textOf());
      const answer = key === undefined || typeof content === 'string' ? content : content[key];
      const read = (part: unknown): unknown => this.readSchema(schema, part);
      return isWritten(answer) ? await readInParts(answer, read) : read(answer);
    });
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
