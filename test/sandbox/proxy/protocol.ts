/**
 * The wire formats that AWS's services speak: how parameters and errors look in each. A service names its protocol;
 * nothing here may know a service.
 */
import type { Answer, Params, Refusal, Value } from './call.ts';
import { isParams } from './call.ts';

/** `ec2`: form in, XML out, lists as `Name.1`. `query`: the same with `Name.member.1`. `json`: JSON both ways. `rest`: neither. */
export type Protocol = 'ec2' | 'query' | 'json' | 'rest';

interface Branch {
  [key: string]: string | Branch;
}

const UNSAFE = new Set(['__proto__', 'constructor', 'prototype']);

function plant(root: Branch, path: readonly string[], value: string): void {
  let branch = root;
  for (const key of path.slice(0, -1)) {
    const next = branch[key];
    if (typeof next === 'object') branch = next;
    else {
      const grown: Branch = {};
      branch[key] = grown;
      branch = grown;
    }
  }
  const leaf = path.at(-1);
  if (leaf !== undefined) branch[leaf] = value;
}

const isList = (branch: string | Branch | undefined): branch is Branch =>
  typeof branch === 'object' && Object.keys(branch).length > 0 && Object.keys(branch).every((key) => /^\d+$/.test(key));

/** The list inside a branch that only names its entries: `Tags.Tag.1` is the first of `Tags`. */
function listIn(branch: Branch): Branch | undefined {
  const [only, ...others] = Object.values(branch);
  return others.length === 0 && isList(only) ? only : undefined;
}

function prune(branch: string | Branch, named: boolean): Value {
  if (typeof branch === 'string') return branch;
  const keys = Object.keys(branch);
  if (keys.length === 1 && branch.member !== undefined) return prune(branch.member, named);
  if (isList(branch)) return keys.sort((a, b) => Number(a) - Number(b)).map((key) => prune(branch[key] ?? '', named));
  const list = named ? listIn(branch) : undefined;
  return list ? prune(list, named) : prunedEntries(branch, named);
}

function prunedEntries(branch: Branch, named: boolean): Params {
  return Object.fromEntries(Object.entries(branch).map(([key, value]) => [key, prune(value, named)]));
}

/**
 * A form as nested parameters: `Filter.1.Name` becomes the name of the first filter. With `named`, lists may name their
 * entries, as RDS and ElastiCache write them: `Filters.Filter.1.Name`.
 */
export function paramsOfForm(body: string, named = false): Params {
  const root: Branch = {};
  for (const [key, value] of new URLSearchParams(body)) {
    const path = key.split('.');
    if (!path.some((part) => UNSAFE.has(part))) plant(root, path, value);
  }
  return prunedEntries(root, named);
}

function* pairs(value: Value, path: string): Generator<readonly [string, string]> {
  if (value === undefined || value === null) return;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* pairs(item, `${path}.${index + 1}`);
  } else if (isParams(value)) {
    for (const [key, item] of Object.entries(value)) yield* pairs(item, path === '' ? key : `${path}.${key}`);
  } else yield [path, String(value)];
}

/** The opposite of `paramsOfForm`, for EC2's way of writing lists. */
export function formOfParams(params: Params): string {
  return new URLSearchParams([...pairs(params, '')] as [string, string][]).toString();
}

/** JSON as parameters; what is not an object is no parameter. */
export function paramsOfJson(body: string): Params {
  try {
    const parsed = JSON.parse(body) as Value;
    return isParams(parsed) ? parsed : {};
  } catch {
    return {};
  }
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text as the content of an XML element. */
export function escapeXml(value: string): string {
  return value.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}

/** An answer of the proxy's own in XML. */
export function xmlAnswer(status: number, xml: string): Answer {
  const declared = xml.startsWith('<?xml') ? xml : `<?xml version="1.0" encoding="utf-8"?>\n${xml}`;
  return { status, headers: { 'content-type': 'text/xml;charset=UTF-8' }, body: Buffer.from(declared) };
}

/** An answer of the proxy's own in JSON. */
export function jsonAnswer(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/x-amz-json-1.1', ...headers },
    body: Buffer.from(JSON.stringify(value)),
  };
}

/** A refusal as the protocol says it. */
export function renderRefusal(protocol: Protocol, refusal: Refusal, requestId: string): Answer {
  const { code, message, status } = refusal;
  const party = status < 500 ? 'Sender' : 'Receiver';
  if (protocol === 'json') {
    const headers = {
      'x-amzn-requestid': requestId,
      'x-amzn-errortype': code,
      'x-amzn-query-error': `${code};${party}`,
    };
    return jsonAnswer(status, { __type: code, message, Message: message }, headers);
  }
  const error = `<Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message>`;
  if (protocol === 'ec2') {
    return xmlAnswer(
      status,
      `<Response><Errors><Error>${error}</Error></Errors><RequestID>${requestId}</RequestID></Response>`,
    );
  }
  if (protocol === 'rest') return xmlAnswer(status, `<Error>${error}<RequestId>${requestId}</RequestId></Error>`);
  return xmlAnswer(
    status,
    `<ErrorResponse><Error><Type>${party}</Type>${error}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
  );
}

/** The error code of an answer; `ok` when it is a success. */
export function outcomeOf(answer: Answer): string {
  if (answer.status < 400) return 'ok';
  const body = answer.body.toString('utf8', 0, 4096);
  const found = /<Code>([^<]+)<\/Code>/.exec(body)?.[1] ?? /"__type"\s*:\s*"(?:[^"#]*#)?([^"]+)"/.exec(body)?.[1];
  return found ?? `HTTP${answer.status}`;
}
