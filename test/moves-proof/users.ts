/**
 * People who use the app all the time, through its published address: they log in, write, read, upload, and keep a book of all that
 * was acknowledged, and of all that was not. They never write again what was refused, so that nothing may be there twice. They must
 * not look behind the app.
 */
import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Published, urlOf } from './endpoint.ts';

/** What people know that they have. */
export interface Book {
  /** Texts of acknowledged notes by the ids that the app gave. */
  readonly notes: ReadonlyMap<string, string>;
  /** Texts of notes that were not acknowledged: each may be there or not. */
  readonly doubtful: ReadonlySet<string>;
  /** Checksums of acknowledged uploads by name. */
  readonly uploads: ReadonlyMap<string, string>;
  /** What was acknowledged and then not shown as it was; and ids that were given twice. */
  readonly complaints: readonly string[];
  /** Every request that nobody answered, or with a fault. */
  readonly failed: readonly Mishap[];
  /** Every session that was not known any more. */
  readonly loggedOut: readonly Mishap[];
  /** When each request was answered, however, in milliseconds since 1970. */
  readonly answered: readonly number[];
  /** Sessions that were begun, since one was found unknown last, and never found unknown. */
  readonly sessions: readonly string[];
  readonly reads: number;
  /** When each note was acknowledged, in milliseconds since 1970. */
  readonly acknowledged: readonly number[];
}

/** What somebody met with. */
export interface Mishap {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly what: string;
}

/** People at work. */
export interface Users {
  /** Acknowledged notes so far. */
  count(): number;
  stop(): Promise<Book>;
}

/** What the app answered; nothing when it was not reached. */
interface Answer {
  readonly status: number;
  readonly body: Buffer;
  readonly cookie: string | null;
}

const PAUSE_MILLISECONDS = 50;
const PATIENCE_MILLISECONDS = 15_000;
const UPLOAD_BYTES = 2000;
/** How long people go where they went before without asking for the address: the time to live of a name. */
const NAME_MILLISECONDS = 500;
/** From here on it is the app's fault, or that of what stands before it. */
const FAULT = 500;

/** What tells contents apart. */
export const checksum = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

/** What a visitor tells of. */
interface Diary {
  met(mishap: Mishap): void;
  answered(at: number): void;
}

const NOTHING: Diary = { met: () => {}, answered: () => {} };

/** The app as people reach it: they look up its address again and again, and whoever does not get through does so at once. */
export function visitor(app: Published, { met, answered }: Diary = NOTHING) {
  let known: { readonly url: string; readonly until: number } | undefined;

  async function look(): Promise<string> {
    if (known && Date.now() < known.until) return known.url;
    const url = await urlOf(app);
    known = { url, until: Date.now() + NAME_MILLISECONDS };
    return url;
  }

  return async (method: string, page: string, more: { body?: Buffer | string; session?: string } = {}) => {
    const say = (how: string): void => met({ at: Date.now(), what: `${method} ${page}: ${how}` });
    try {
      const { body, session } = more;
      const response = await fetch(`${await look()}${page}`, {
        method,
        signal: AbortSignal.timeout(PATIENCE_MILLISECONDS),
        ...(session === undefined ? {} : { headers: { cookie: `session=${session}` } }),
        ...(body === undefined ? {} : { body: new Uint8Array(Buffer.from(body)) }),
      });
      const answer: Answer = {
        status: response.status,
        body: Buffer.from(await response.arrayBuffer()),
        cookie: response.headers.get('set-cookie'),
      };
      answered(Date.now());
      if (answer.status >= FAULT) say(`${answer.status} ${answer.body.toString().slice(0, 80)}`);
      return answer;
    } catch (error) {
      known = undefined;
      const { message, cause } = error as Error;
      say(cause instanceof Error ? `${message}, ${cause.message}` : message);
      return undefined;
    }
  };
}

/** The longest time without an acknowledged note from then on, in seconds. */
export function longestGapSeconds({ acknowledged }: Book, began: number): number {
  const times = [began, ...acknowledged.filter((at) => at >= began)];
  return Math.max(0, ...times.map((at, index) => at - (times[index - 1] ?? at))) / 1000;
}

/** One of all, by chance. */
const anyOf = <T>(all: { readonly size: number } & Iterable<T>): T | undefined =>
  [...all].at(Math.floor(Math.random() * all.size));

/** Whether an upload is there as it was. */
export const isKept = (answer: Answer | undefined, sum: string): boolean =>
  answer?.status === 200 && checksum(answer.body) === sum;

/** Sends people to the app. `name` is told apart from others' who write into the same database. */
export function sendUsers(app: Published, name: string): Users {
  const failed: Mishap[] = [];
  const loggedOut: Mishap[] = [];
  const answered: number[] = [];
  const ask = visitor(app, { met: (mishap) => failed.push(mishap), answered: (at) => answered.push(at) });
  const notes = new Map<string, string>();
  const uploads = new Map<string, string>();
  const doubtful = new Set<string>();
  const complaints: string[] = [];
  /** When each was begun. */
  const sessions = new Map<string, number>();
  const acknowledged: number[] = [];
  let [reads, number] = [0, 0];
  let going = true;

  async function logIn(): Promise<void> {
    const answer = await ask('POST', '/login', { body: JSON.stringify({ name }) });
    const session = /session=([^;]+)/.exec(answer?.cookie ?? '')?.[1];
    if (answer?.status === 201 && session) sessions.set(session, Date.now());
    const [somebody] = anyOf(sessions) ?? [];
    if (somebody === undefined) return;
    check(somebody, 'GET /me', await ask('GET', '/me', { session: somebody }));
  }

  /** Whoever is logged out logs in anew, as somebody else. */
  function check(session: string, what: string, answer: Answer | undefined): void {
    if (answer?.status !== 401 || !sessions.delete(session)) return;
    loggedOut.push({ at: Date.now(), what: `${what}: ${session} was not known` });
  }

  async function write(): Promise<void> {
    const [session] = anyOf(sessions) ?? [];
    if (session === undefined) return;
    number += 1;
    const text = `${name} ${number}`;
    const answer = await ask('POST', '/notes', { session, body: JSON.stringify({ text }) });
    check(session, 'POST /notes', answer);
    if (answer?.status !== 201) {
      doubtful.add(text);
      return;
    }
    const { id } = JSON.parse(answer.body.toString()) as { readonly id: string };
    if (notes.has(id)) complaints.push(`the id ${id} was given twice`);
    notes.set(id, text);
    acknowledged.push(Date.now());
  }

  async function read(): Promise<void> {
    const [id, text] = anyOf(notes) ?? [];
    if (id === undefined) return;
    const answer = await ask('GET', `/notes/${id}`);
    if (answer?.status === 404) complaints.push(`the note ${id} was not there`);
    if (answer?.status !== 200) return;
    reads += 1;
    const note = JSON.parse(answer.body.toString()) as { readonly text: string };
    if (note.text !== text) complaints.push(`the note ${id} was another one`);
  }

  async function upload(): Promise<void> {
    const content = randomBytes(UPLOAD_BYTES);
    const file = `${name}-${uploads.size}-${Date.now()}`;
    const answer = await ask('PUT', `/files/${file}`, { body: content });
    if (answer?.status === 201) uploads.set(file, checksum(content));
  }

  async function again(act: () => Promise<void>, pause: number): Promise<void> {
    while (going) {
      await act();
      await delay(pause);
    }
  }

  const all = Promise.all([
    again(logIn, 20 * PAUSE_MILLISECONDS),
    again(write, PAUSE_MILLISECONDS),
    again(read, PAUSE_MILLISECONDS),
    again(upload, 20 * PAUSE_MILLISECONDS),
  ]);

  return {
    count: () => notes.size,
    async stop() {
      going = false;
      await all;
      return {
        notes,
        doubtful,
        uploads,
        complaints,
        failed,
        loggedOut,
        answered,
        // Whoever is logged out is so with all who were logged in then, and most have not noticed yet.
        sessions: [...sessions].flatMap(([id, at]) => (at > (loggedOut.at(-1)?.at ?? 0) ? [id] : [])),
        reads,
        acknowledged,
      };
    },
  };
}
