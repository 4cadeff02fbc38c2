/** RDS's answers in XML, for what the proxy answers by itself. It must not know what a record means. */
import { randomUUID } from 'node:crypto';
import type { Answer } from '../call.ts';
import { xmlAnswer } from '../protocol.ts';
import { branch, type Element, leaf, writeXml } from '../xml.ts';

const NAMESPACE = 'http://rds.amazonaws.com/doc/2014-10-31/';

/** The answer of an operation with this result. */
export function resultOf(operation: string, result: readonly Element[]): Answer {
  const root = branch(`${operation}Response`, [
    branch(`${operation}Result`, result),
    branch('ResponseMetadata', [leaf('RequestId', randomUUID())]),
  ]);
  return xmlAnswer(200, writeXml({ ...root, attributes: { xmlns: NAMESPACE } }));
}

/** Elements with text for every field that has a value. */
export function leaves(fields: Readonly<Record<string, string | undefined>>): readonly Element[] {
  return Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [leaf(name, value)]));
}

/** Replaces the children of this name by one element; without an element they only go. */
export function replaceChild(record: Element, name: string, element?: Element): void {
  record.children = record.children.filter((one) => one.name !== name);
  if (element) record.children.push(element);
}
