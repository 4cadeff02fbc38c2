/**
 * A recording made into templates: for each question of each world, the document around its lists and the items of one
 * tier. It must not know how many tiers there are.
 */
import { isDeepStrictEqual } from 'node:util';
import { SERVICES } from '../../test/sandbox/proxy/services.ts';
import { dissect, type Piece } from './document.ts';
import { fill, findMarks, isPersonal, type Marks, type Template, templateOf } from './marks.ts';
import { isContinued, withoutToken } from './pages.ts';
import { type Question, questionOf } from './question.ts';
import type { Exchange } from './recorder.ts';
import { CONVERGED, type Recording, type ReferenceTier } from './recording.ts';

/** A list of a document: what is there whoever asks, and what is there once for each tier. */
export interface ListTemplate {
  readonly common: readonly Template[];
  readonly personal: readonly Template[];
  readonly separator: string;
}

/** The answer to one question in one world. */
export interface AnswerTemplate {
  readonly status: number;
  readonly contentType: string;
  readonly pieces: readonly (Template | ListTemplate)[];
}

/** Spec and status of the reference tier as they would be of another. */
export type Likeness = (values: readonly string[]) => Pick<ReferenceTier, 'spec' | 'status'>;

/** All answers. */
export interface Catalogue {
  readonly marks: Marks;
  readonly worlds: readonly string[];
  /** The answer of a world to a question; by its exact words when these were recorded. */
  answer(world: string, question: Question): AnswerTemplate | undefined;
  /** The answer to a write, whatever it writes. */
  written(service: string, operation: string): AnswerTemplate | undefined;
  /** What the first reference tier holds, said of any tier. */
  likeness(world: string): Likeness;
  /** Operations that, asked about all tiers, say something else in this world than in the first one. */
  differences(world: string): readonly string[];
  /** How many writes lead from the world before into this one. */
  writesInto(world: string): number;
}

/** Whether a piece of an answer is a list. */
export const isList = (piece: Template | ListTemplate): piece is ListTemplate => 'personal' in piece;

const isWrite = ({ service, operation }: Exchange): boolean =>
  SERVICES.find(({ signingName }) => signingName === service)?.writes(operation) ?? false;

/** Sessions are opened by a call that writes nothing. */
const isRead = (exchange: Exchange): boolean => !isWrite(exchange);

/** What a text of an answer may be about, for finding out whose it is: its items, or all of it. */
function textsOf({ body }: Exchange): readonly string[] {
  const pieces = dissect(body);
  const items = pieces.flatMap((piece) => (typeof piece === 'string' ? [] : piece.items));
  return items.length > 0 ? items : pieces.filter((piece) => typeof piece === 'string');
}

/** One answer of several pages: the items of all in the document of the last. */
function merge(pages: readonly (readonly Piece[])[]): readonly Piece[] {
  const last = pages.at(-1) ?? [];
  return last.map((piece, index) => {
    if (typeof piece === 'string') return piece;
    const items = pages.flatMap((page) => {
      const same = page[index];
      return same !== undefined && typeof same !== 'string' ? same.items : [];
    });
    return { ...piece, items };
  });
}

interface Answers {
  readonly exact: Map<string, AnswerTemplate>;
  readonly shape: Map<string, AnswerTemplate>;
}

interface Heard {
  readonly question: Question;
  readonly pages: readonly Exchange[];
}

/** Pages that belong together: the one after a page that says that there is more, of the same question. */
function gather(exchanges: readonly Exchange[], ask: (exchange: Exchange) => Question): readonly Heard[] {
  const unfinished = new Map<string, Exchange[]>();
  const heard: Heard[] = [];
  for (const exchange of exchanges) {
    const question = ask(exchange);
    const pages = [...(unfinished.get(question.exact) ?? []), exchange];
    unfinished.delete(question.exact);
    if (exchange.status < 300 && isContinued(exchange.body)) unfinished.set(question.exact, pages);
    else heard.push({ question, pages });
  }
  return heard;
}

/** Adds the items of one answer that another one does not have; a batch may have asked for more than another. */
function widen(known: AnswerTemplate | undefined, next: AnswerTemplate): AnswerTemplate {
  if (!known) return next;
  const size = ({ pieces }: AnswerTemplate): number => pieces.filter(isList).length;
  if (size(known) !== size(next)) return size(known) > size(next) ? known : next;
  const pieces = known.pieces.map((piece, index) => {
    const other = next.pieces[index];
    if (!isList(piece) || !other || !isList(other)) return piece;
    const texts = new Set(piece.personal.map(({ text }) => text));
    return { ...piece, personal: [...piece.personal, ...other.personal.filter(({ text }) => !texts.has(text))] };
  });
  return { ...known, pieces };
}

/** Makes a recording into answers. */
export function compile(recording: Recording): Catalogue {
  const worlds = Object.entries(recording.worlds);
  const all = worlds.flatMap(([, { exchanges, passage }]) => [...exchanges, ...passage]);
  const marks = findMarks(
    recording,
    worlds.flatMap(([, { exchanges }]) => exchanges.flatMap(textsOf)),
  );
  const understand = (text: string) => ({ text: marks.mark(text), tiers: [0] });
  const ask = ({ service, operation, params }: Exchange): Question =>
    questionOf(service, operation, params, understand);

  const templateFor = (pages: readonly Exchange[]): AnswerTemplate => {
    const last = pages.at(-1);
    if (!last) throw new Error('make a template: nothing was answered');
    const pieces = merge(pages.map(({ body }) => dissect(withoutToken(body)))).map((piece) => {
      if (typeof piece === 'string') return templateOf(marks.mark(piece));
      const of = (whose: string): readonly Template[] =>
        piece.items.filter((item) => marks.belongsTo(item) === whose).map((item) => templateOf(marks.mark(item)));
      return { common: of('none'), personal: of('first'), separator: piece.separator };
    });
    return { status: last.status, contentType: last.contentType, pieces };
  };

  const enter = (answers: Answers, { question, pages }: Heard): void => {
    const answer = templateFor(pages);
    if (!answers.exact.has(question.exact)) answers.exact.set(question.exact, answer);
    if (question.lists.length > 0) answers.shape.set(question.shape, widen(answers.shape.get(question.shape), answer));
  };

  const byWorld = new Map(
    worlds.map(([name, { exchanges, passage }]) => {
      const answers: Answers = { exact: new Map(), shape: new Map() };
      for (const heard of gather(exchanges.filter(isRead), ask)) enter(answers, heard);
      // What is asked once and kept, such as an image, was asked on the way.
      const late = gather(passage.filter(isRead), ask).toReversed();
      const known = new Set([...answers.exact.keys(), ...answers.shape.keys()]);
      for (const heard of late) {
        if (!known.has(heard.question.exact) && !known.has(heard.question.shape)) enter(answers, heard);
      }
      return [name, answers] as const;
    }),
  );
  const writes = new Map<string, AnswerTemplate>();
  for (const exchange of all) {
    const key = `${exchange.service} ${exchange.operation}`;
    if (isWrite(exchange) && exchange.status < 300 && !writes.has(key)) writes.set(key, templateFor([exchange]));
  }

  return {
    marks,
    worlds: worlds.map(([name]) => name),
    answer(world, { exact, shape }) {
      for (const name of [world, CONVERGED]) {
        const answers = byWorld.get(name);
        const found = answers?.exact.get(exact) ?? answers?.shape.get(shape);
        if (found) return found;
      }
      return undefined;
    },
    likeness(world) {
      const tier = recording.worlds[world]?.tier;
      if (!tier) throw new Error(`describe a tier in world "${world}": it was not recorded`);
      const template = templateOf(marks.mark(JSON.stringify({ spec: tier.spec, status: tier.status })));
      return (values) => JSON.parse(fill(template, values)) as Pick<ReferenceTier, 'spec' | 'status'>;
    },
    differences(world) {
      const told = (of: string): Map<string, AnswerTemplate> => byWorld.get(of)?.exact ?? new Map();
      const differing = [...told(world)].filter(([exact, { pieces }]) => {
        const before = told(CONVERGED).get(exact);
        return !isPersonal(exact) && before !== undefined && !isDeepStrictEqual(pieces, before.pieces);
      });
      return [...new Set(differing.map(([exact]) => exact.split(' ')[1] ?? ''))];
    },
    written: (service, operation) => writes.get(`${service} ${operation}`),
    writesInto: (world) => (recording.worlds[world]?.passage ?? []).filter(isWrite).length,
  };
}
