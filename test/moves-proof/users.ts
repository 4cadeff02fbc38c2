/**
 * People who use the app all the time, through its published address: they log in, write, read, upload, and keep a book of all that
 * was acknowledged. They never write again what was refused, so that nothing may be there twice. They must not look behind the app.
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
  /** The first session that was begun. */
  readonly session: string;
  readonly reads: number;
  /** Longest time without an acknowledged note, in seconds. */
  readonly longestGapSeconds: number;
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

const checksum = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

/** The app as people reach it: whoever does not get through looks up the address again. */
export function visitor(app: Published) {
  let url: string | undefined;
  return async (method: string, page: string, more: { body?: Buffer | string; session?: string } = {}) => {
    try {
      url ??= await urlOf(app);
      const { body, session } = more;
      const response = await fetch(`${url}${page}`, {
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
      return answer;
    } catch {
      url = undefined;
      return undefined;
    }
  };
}

/** Whether an upload is there as it was. */
export const isKept = (answer: Answer | undefined, sum: string): boolean =>
  answer?.status === 200 && checksum(answer.body) === sum;

/** Sends people to the app. `name` is told apart from others' who write into the same database. */
export function sendUsers(app: Published, name: string): Users {
  const ask = visitor(app);
  const notes = new Map<string, string>();
  const uploads = new Map<string, string>();
  const doubtful = new Set<string>();
  const complaints: string[] = [];
  const sessions: string[] = [];
  let [reads, longest, last, number] = [0, 0, Date.now(), 0];
  let going = true;

  async function logIn(): Promise<void> {
    const answer = await ask('POST', '/login', { body: JSON.stringify({ name }) });
    const session = /session=([^;]+)/.exec(answer?.cookie ?? '')?.[1];
    if (answer?.status === 201 && session) sessions.push(session);
    const me = await ask('GET', '/me', { session: sessions.at(-1) ?? '' });
    if (sessions.length > 0 && me?.status === 401) complaints.push('somebody was logged out');
  }

  async function write(): Promise<void> {
    const session = sessions.at(-1);
    if (session === undefined) return;
    number += 1;
    const text = `${name} ${number}`;
    const answer = await ask('POST', '/notes', { session, body: JSON.stringify({ text }) });
    if (answer?.status !== 201) {
      doubtful.add(text);
      return;
    }
    const { id } = JSON.parse(answer.body.toString()) as { readonly id: string };
    if (notes.has(id)) complaints.push(`the id ${id} was given twice`);
    notes.set(id, text);
    longest = Math.max(longest, Date.now() - last);
    last = Date.now();
  }

  async function read(): Promise<void> {
    const [id, text] = [...notes].at(Math.floor(Math.random() * notes.size)) ?? [];
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
    again(upload, 4 * PAUSE_MILLISECONDS),
  ]);

  return {
    count: () => notes.size,
    async stop() {
      going = false;
      await all;
      const longestGapSeconds = Math.max(longest, Date.now() - last) / 1000;
      return { notes, doubtful, uploads, complaints, session: sessions[0] ?? '', reads, longestGapSeconds };
    },
  };
}
