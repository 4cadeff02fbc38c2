/** Texts for a string of the schema: what fits, what just fits, what just does not, and what somebody pastes. It judges nothing. */
import type { Draw } from './draw.ts';
import type { SchemaNode } from './schema.ts';

/** A text and what is special about it. */
export type Text = readonly [what: string, text: string];

const HUGE = 65_536;

/** Texts that are trouble somewhere: in YAML, in a shell, in a template, in a terminal, in UTF-16. */
export const ODD: readonly Text[] = [
  ['empty', ''],
  ['a space', ' '],
  ['a null in words', 'null'],
  ['a true in words', 'true'],
  ['a zero in words', '0'],
  ['a negative in words', '-1'],
  ['an exponent in words', '1e3'],
  ['a command', '$(id)'],
  ['back quotes', '`id`'],
  ['quotes', `'"\\`],
  ['a way out of a folder', '../../etc/passwd'],
  ['a template', `{{ .Values }}\${HOME}%s%n`],
  ['a line break', 'a\nb'],
  ['a tab', 'a\tb'],
  ['a null character', 'a\u0000b'],
  ['an accent', 'é'],
  ['an accent of two characters', 'e\u0301'],
  ['a zero width joiner', 'a\u200db'],
  ['right to left', '\u202egnirts'],
  ['a byte order mark', '\ufeffa'],
  ['an emoji', '🙂'],
  ['half an emoji', '\ud83d'],
  ['letters beyond 16 bits', '𝒜𝒷'],
  ['digits of another script', '٣٤'],
  ['letters that look like others', 'аbс'],
  // Not `__proto__`: the API server and the operator keep it as a key, the schema's own reader (zod) drops it.
  ['a key of every object', 'constructor'],
  ['huge', 'a'.repeat(HUGE)],
];

const lengthOf = (text: string): number => [...text].length;

/** Whether a text is within what the schema says of it. */
export function fits(
  { pattern, minLength = 0, maxLength = Number.POSITIVE_INFINITY, ...schema }: SchemaNode,
  text: string,
): boolean {
  if (schema.enum) return schema.enum.includes(text);
  const length = lengthOf(text);
  return length >= minLength && length <= maxLength && (pattern === undefined || new RegExp(pattern, 'u').test(text));
}

/** A text of exactly this length, made by repeating one character of another; `undefined` when the pattern allows none. */
export function stretched(text: string, length: number, pattern = ''): string | undefined {
  const points = [...text];
  const missing = length - points.length;
  if (missing < 0) {
    const short = points.slice(0, Math.max(length, 0)).join('');
    return new RegExp(pattern, 'u').test(short) ? short : undefined;
  }
  const expression = new RegExp(pattern, 'u');
  return points
    .map((point, at) => [...points.slice(0, at), point.repeat(missing + 1), ...points.slice(at + 1)].join(''))
    .find((candidate) => expression.test(candidate));
}

function matches(schema: SchemaNode, draw: Draw, name: string): readonly string[] {
  const known = typeof schema.default === 'string' ? [schema.default] : [];
  return [...known, ...(schema.pattern === undefined ? ['text'] : draw.matching(schema.pattern, 3, name))];
}

function boundaries(schema: SchemaNode, given: readonly string[]): readonly Text[] {
  const { minLength, maxLength, pattern } = schema;
  const lengths = [minLength, maxLength].flatMap((bound) => (bound === undefined ? [] : [bound - 1, bound, bound + 1]));
  return lengths.flatMap((length): readonly Text[] => {
    const found = given.map((text) => stretched(text, length, pattern)).find((text) => text !== undefined);
    return found === undefined ? [] : [[`${length} characters`, found]];
  });
}

const disguised = (text: string): readonly Text[] => [
  ['in upper case', text.toUpperCase()],
  ['with a space before', ` ${text}`],
  ['with a space after', `${text} `],
  ['with a line break after', `${text}\n`],
  ['with an emoji after', `${text}🙂`],
  ['twice', `${text}${text}`],
];

/** All texts for a string. */
export function textsFor(schema: SchemaNode, draw: Draw, name: string): readonly Text[] {
  if (schema.enum) {
    const members = schema.enum.filter((member): member is string => typeof member === 'string');
    return [
      ...members.map((member): Text => [`the member ${member}`, member]),
      ...members.slice(0, 1).flatMap(disguised),
      ...ODD,
    ];
  }
  const given = matches(schema, draw, name);
  const [first = ''] = given;
  return [
    ...given.map((text, at): Text => [`match ${at}`, text]),
    ...boundaries(schema, given),
    ...disguised(first),
    ...ODD,
  ];
}
