/** Whether a refusal helps: it is the caller's fault and not the server's, it names the field, and it says what would do. Pure. */
import type { Path } from './schema.ts';
import { written } from './specimens.ts';

/** An answer that refuses. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
}

/** Longest piece of a message that is quoted. */
const QUOTED = 400;

/** Words by which a message says what would be accepted. */
const WAY_OUT =
  /\bmust\b|\bshould\b|\bneeds\b|\bcannot\b|may not|may grow|decided at creation|supported values|Required value|is required|Too long|Too many|Duplicate value|unknown field|of type|create it|add it|shorten it|store text|start it with|keep .* elsewhere|choose/i;

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Whether a text holds words as a whole: `spec.ami` is not in `spec.amiFamily`. */
function holds(text: string, words: string): boolean {
  return new RegExp(`(?<![\\w.])${escaped(words)}(?!\\w)`).test(text);
}

/** The ways in which the API server writes a path; what it cannot even read it names by its Go type. */
function spellings(path: Path): readonly string[] {
  const [root, ...rest] = path;
  const own = [written(path), `${written(path.slice(0, -1))}[${path.at(-1)}]`];
  return root === 'metadata' ? [...own, written(['ObjectMeta', ...rest]), written(['v1.ObjectMeta', ...rest])] : own;
}

const says = (message: string, path: Path): boolean => spellings(path).some((spelling) => holds(message, spelling));

/** How deep a part must lie for its name to say enough about what is in it: `spec.compute` does not. */
const TELLING = 3;

/** What is refused as a whole, whatever is in it. */
const WHOLE = /has no effect/;

/** Follows the name of a section that the stage does not have: then it says enough, however far out it lies. */
const NOT_IN_STAGE = 'has no effect in stage';

/**
 * By its path; by what it is the next part of, as rules between fields do; by a section that is refused as a whole; or by what
 * lies further out and a name on the way.
 */
function names(message: string, path: Path): boolean {
  if (says(message, path)) return true;
  const place = typeof path.at(-1) === 'number' ? path.slice(0, -1) : path;
  if (place !== path && place.length >= TELLING && says(message, place)) return true;
  const parent = place.slice(0, -1);
  if ((parent.length >= TELLING || parent[0] === 'metadata') && says(message, parent)) return true;
  const sections = parent.slice(TELLING - 1).map((_, at) => parent.slice(0, at + TELLING));
  if (WHOLE.test(message) && sections.some((section) => says(message, section))) return true;
  if (parent.length > 1 && holds(message, `${written(parent.slice(0, 2))} ${NOT_IN_STAGE}`)) return true;
  return place.some((_, at) => {
    const onTheWay = place.slice(at).filter((key) => typeof key === 'string');
    return at > 1 && says(message, place.slice(0, at)) && onTheWay.some((key) => holds(message, key));
  });
}

/** What is wrong with a message about these places. */
export function messageProblems(message: string, touched: readonly Path[]): readonly string[] {
  const quoted = message.slice(0, QUOTED);
  const named = touched.some((path) => names(message, path));
  return [
    ...(named ? [] : [`the message names none of ${touched.map(written).join(', ')}: ${quoted}`]),
    ...(WAY_OUT.test(message) ? [] : [`the message does not say what would do: ${quoted}`]),
  ];
}

/** What is wrong with a refusal of an object that differs in these places. */
export function refusalProblems({ status, message }: Refusal, touched: readonly Path[]): readonly string[] {
  if (status < 400 || status >= 500) return [`answered ${status}: ${message.slice(0, QUOTED)}`];
  return messageProblems(message, touched);
}
