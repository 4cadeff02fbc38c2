/**
 * Whether AWS still says what it said. The calls of a reading are noted with a print of each answer; asked again, they are
 * compared byte by byte and not parsed, which is nearly all that a reading costs. It knows no operation, and keeps no answer.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { hash } from 'node:crypto';
import type { MiddlewareStack, StreamCollector } from '@smithy/types';

/** The calls that a reading was made of. */
export interface Echo {
  /** The same exactly when the same was asked and answered; nothing when nothing was asked, or something was refused. */
  readonly print: string | undefined;
  /**
   * Asks all of it again, page by page, and tells whether AWS answers the same; ends at the first answer that differs. A
   * refusal is such an answer: what it means is left to the reading.
   */
  repeat(): Promise<boolean>;
}

/** One answer. */
interface Heard {
  readonly print: string;
  /** Under which parameter the next page is asked for, and by what. */
  readonly next: Readonly<Record<string, string>> | undefined;
}

/** A call whose answer is listened to. */
interface Call {
  /** Whether the answer is wanted as objects. */
  readonly parsed: boolean;
  heard?: Heard;
}

/** A call and its answers, page by page. */
interface Question {
  readonly ask: (page?: Heard['next']) => Promise<Heard | undefined>;
  readonly prints: string[];
}

type Questions = Map<string, Question>;

interface Command {
  readonly input: Readonly<Record<string, unknown>>;
}

/** What is needed of an SDK's client; each types its commands by its own inputs and outputs, which nobody reads here. */
export interface Client {
  send(command: Command, ...rest: readonly unknown[]): Promise<unknown>;
  readonly middlewareStack: Pick<MiddlewareStack<object, object>, 'add'>;
}

const noting = new AsyncLocalStorage<Questions>();
const calling = new AsyncLocalStorage<Call>();

const NEXT = /<(nextToken|NextToken|Marker|NextMarker|ContinuationToken)>([^<]+)<\/|"(NextToken)"\s*:\s*"([^"]+)"/;

/** Where an answer names the next page otherwise than a question does. */
const PARAMETER: Readonly<Record<string, string>> = { nextToken: 'NextToken', NextMarker: 'Marker' };

/** What differs between two answers that say the same. */
const VOLATILE =
  /<(requestId|RequestId|nextToken|NextToken|Marker|NextMarker|ContinuationToken)>[^<]*<\/\1>|<(?:nextToken|NextToken|Marker|NextMarker|ContinuationToken)\/>|"NextToken"\s*:\s*(?:"[^"]*"|null)/g;

function hear(body: Uint8Array): Heard {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1');
  const [, element, elementToken, field, fieldToken] = NEXT.exec(text) ?? [];
  const name = element === undefined ? field : (PARAMETER[element] ?? element);
  return {
    print: hash('sha256', text.replace(VOLATILE, ''), 'base64'),
    next: name === undefined ? undefined : { [name]: elementToken ?? fieldToken ?? '' },
  };
}

/** The call without its page: all pages of a list are one question. */
function keyOf(command: Command): { readonly key: string; readonly input: object } {
  const { NextToken: _next, Marker: _marker, ContinuationToken: _continuation, ...input } = command.input;
  return { key: `${command.constructor.name} ${JSON.stringify(input)}`, input };
}

/** In place of the print of an answer that was none. */
const UNHEARD = '';

/** Lets a client's calls be noted and their answers be heard. `collect` is how it reads a body. */
export function listenTo(client: Client, collect: StreamCollector): void {
  const send = client.send.bind(client);
  client.send = async (command, ...rest) => {
    const questions = noting.getStore();
    if (!questions) return send(command, ...rest);
    const { key, input } = keyOf(command);
    const Again = command.constructor as new (input: object) => Command;
    const ask = async (page?: Heard['next']): Promise<Heard | undefined> => {
      const call: Call = { parsed: false };
      await calling.run(call, () => send(new Again({ ...input, ...page })));
      return call.heard;
    };
    const question = questions.get(key) ?? { ask, prints: [] };
    questions.set(key, question);
    const call: Call = { parsed: true };
    try {
      return await calling.run(call, () => send(command, ...rest));
    } finally {
      question.prints.push(call.heard?.print ?? UNHEARD);
    }
  };
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const call = calling.getStore();
      const response = result.response as { readonly statusCode: number; body: unknown };
      if (!call || response.statusCode !== 200) return result;
      const bytes = await collect(response.body);
      call.heard = hear(bytes);
      response.body = call.parsed ? bytes : new Uint8Array();
      return result;
    },
    // Next to the wire, so that a failure is parsed and tried again as always.
    { step: 'deserialize', priority: 'low', name: 'scalingtierEcho' },
  );
}

async function isSame({ ask, prints }: Question): Promise<boolean> {
  let page: Heard['next'];
  for (const [index, print] of prints.entries()) {
    if (index > 0 && page === undefined) return false;
    const heard = await ask(page);
    if (heard?.print !== print) return false;
    page = heard.next;
  }
  return page === undefined;
}

function echoOf(questions: Questions): Echo {
  const isComplete = questions.size > 0 && [...questions.values()].every(({ prints }) => !prints.includes(UNHEARD));
  const all = [...questions].map(([key, { prints }]) => `${key} ${prints.join(' ')}`).sort();
  return {
    print: isComplete ? hash('sha256', all.join('\n'), 'base64') : undefined,
    async repeat() {
      try {
        for (const question of questions.values()) if (!(await isSame(question))) return false;
        return isComplete;
      } catch {
        return false;
      }
    },
  };
}

/** Does a reading, and notes what it asks. */
export async function noted<T>(reading: () => Promise<T>): Promise<{ readonly result: T; readonly echo: Echo }> {
  const questions: Questions = new Map();
  const result = await noting.run(questions, reading);
  return { result, echo: echoOf(questions) };
}
