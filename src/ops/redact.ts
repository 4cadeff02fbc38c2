/**
 * Takes secrets out of whatever is about to be logged: values whose name says secret, and tokens inside text. It looks
 * at names and shapes only and must not know the product's own types.
 */

const SECRET_NAME =
  /pass(word|wd|phrase)|secret|token|authorization|credential|private.?key|access.?key|user.?data|external.?id|cookie/i;
/** Names that match above and are harmless: they point at a secret, or count. */
const HARMLESS_NAME = /(Ref|Name|ARN|Arn|Count)$/;
const SECRET_TEXT: readonly (readonly [RegExp, string])[] = [
  [/\bBearer\s+[\w.~+/=-]+/gi, 'Bearer [redacted]'],
  [/\b(A(?:KIA|SIA)[A-Z0-9]{4})[A-Z0-9]{12}\b/g, '$1[redacted]'],
  [/(X-Amz-(?:Security-Token|Signature|Credential)=)[^&\s"]+/gi, '$1[redacted]'],
  [/(\w{1,20}:\/\/[^\s:/@]{1,256}:)[^\s@/]{1,256}@/g, '$1[redacted]@'],
];
const MAXIMUM_DEPTH = 8;
const MAXIMUM_ITEMS = 100;
const MAXIMUM_TEXT = 8192;

/** What stands in place of a secret. */
export const REDACTED = '[redacted]';

/** Text without bearer tokens, access keys, signatures or passwords in addresses, cut to a sane length. */
export function redactText(text: string): string {
  const cut = text.length > MAXIMUM_TEXT ? `${text.slice(0, MAXIMUM_TEXT)}…` : text;
  return SECRET_TEXT.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), cut);
}

/** A copy of a value, at any depth, without the values whose names say that they are secret. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return describeError(value, depth);
  if (depth >= MAXIMUM_DEPTH) return '[too deep]';
  if (Array.isArray(value)) return value.slice(0, MAXIMUM_ITEMS).map((item) => redact(item, depth + 1));
  if (value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, redactField(name, item, depth)]));
}

function redactField(name: string, value: unknown, depth: number): unknown {
  const secret = SECRET_NAME.test(name) && !HARMLESS_NAME.test(name);
  return secret && value !== undefined && value !== null ? REDACTED : redact(value, depth + 1);
}

/** The parts of an error that help, without the request and response that some clients hang on it. */
export function describeError(error: Error, depth = 0): Readonly<Record<string, unknown>> {
  const { code, reason } = error as { code?: unknown; reason?: unknown };
  return {
    type: error.name,
    message: redactText(error.message),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(typeof reason === 'string' ? { reason: redactText(reason) } : {}),
    ...(error.stack === undefined ? {} : { stack: redactText(error.stack) }),
    ...(error.cause instanceof Error && depth < MAXIMUM_DEPTH ? { cause: describeError(error.cause, depth + 1) } : {}),
  };
}
