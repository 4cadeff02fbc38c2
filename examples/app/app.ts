/**
 * What the app answers: notes, uploads and sessions. A write is acknowledged when it is kept, and not before; what cannot be kept now
 * is answered with 503 and when to come again. It must not know where anything is kept.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Database } from './database.ts';
import type { Sessions } from './sessions.ts';
import { Unavailable } from './unavailable.ts';
import type { Uploads } from './uploads.ts';

/** What the app stands on. */
export interface Parts {
  readonly database: Database;
  readonly uploads: Uploads;
  readonly sessions: Sessions;
}

interface Answer {
  readonly status: number;
  readonly body: Buffer | object;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Question {
  /** What stands behind the last slash. */
  readonly name: string;
  readonly content: Buffer;
  readonly session: string;
}

type Handler = (parts: Parts, question: Question) => Promise<Answer> | Answer;

const LARGEST = 10 * 1024 * 1024;
const NAME = /^[\w.-]{1,100}$/;
const NUMBER = /^\d{1,18}$/;

const refusal = (status: number, error: string): Answer => ({ status, body: { error } });

function field(content: Buffer, name: string): string | undefined {
  try {
    const value = (JSON.parse(content.toString()) as Readonly<Record<string, unknown>>)[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  } catch {
    return undefined;
  }
}

const logIn: Handler = async ({ sessions }, { content }) => {
  const user = field(content, 'name');
  if (user === undefined) return refusal(400, 'a name is needed');
  const cookie = `session=${await sessions.begin(user)}; HttpOnly; SameSite=Lax; Path=/`;
  return { status: 201, body: { name: user }, headers: { 'set-cookie': cookie } };
};

const whoAmI: Handler = async ({ sessions }, { session }) => {
  const name = await sessions.userOf(session);
  return name === undefined ? refusal(401, 'log in first') : { status: 200, body: { name } };
};

const write: Handler = async ({ database, sessions }, { content, session }) => {
  const author = await sessions.userOf(session);
  if (author === undefined) return refusal(401, 'log in first');
  const text = field(content, 'text');
  if (text === undefined) return refusal(400, 'a text is needed');
  const id = await database.insert('INSERT INTO notes (author, text) VALUES (?, ?)', [author, text]);
  return { status: 201, body: { id } };
};

const list: Handler = async ({ database }) => ({
  status: 200,
  body: await database.query('SELECT id, author, text, at FROM notes ORDER BY id DESC LIMIT 20', []),
});

const read: Handler = async ({ database }, { name }) => {
  if (!NUMBER.test(name)) return refusal(404, 'there is no such note');
  const [row] = await database.query('SELECT id, author, text, at FROM notes WHERE id = ?', [name]);
  return row ? { status: 200, body: row } : refusal(404, 'there is no such note');
};

const upload: Handler = async ({ uploads }, { name, content }) => {
  await uploads.put(name, content);
  return { status: 201, body: { name, bytes: content.length } };
};

const download: Handler = async ({ uploads }, { name }) => {
  const body = await uploads.get(name);
  return body ? { status: 200, body } : refusal(404, 'there is no such file');
};

// Of the app alone: a database that is away is no reason to replace the server.
const health: Handler = ({ database }) => ({ status: 200, body: { status: 'ok', database: database.place() } });

const HANDLERS: Readonly<Record<string, Handler>> = {
  'GET /health': health,
  'POST /login': logIn,
  'GET /me': whoAmI,
  'POST /notes': write,
  'GET /notes': list,
  'GET /notes/*': read,
  'PUT /files/*': upload,
  'GET /files/*': download,
};

async function contentOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LARGEST) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function answerTo(parts: Parts, request: IncomingMessage): Promise<Answer> {
  const { pathname } = new URL(request.url ?? '/', 'http://app');
  const [, folder = '', name = ''] = pathname.split('/');
  const handler = HANDLERS[`${request.method} /${folder}${name === '' ? '' : '/*'}`];
  if (!handler || (name !== '' && !NAME.test(name))) return refusal(404, 'there is no such page');
  const content = await contentOf(request);
  if (content === undefined) return refusal(413, `at most ${LARGEST} bytes are taken`);
  const session = /(?:^|; )session=([^;]*)/.exec(request.headers.cookie ?? '')?.[1] ?? '';
  return handler(parts, { name, content, session });
}

function refusalOf(error: unknown): Answer {
  if (!(error instanceof Unavailable)) return refusal(500, 'the app is at fault');
  return { ...refusal(503, error.message), headers: { 'retry-after': `${error.retryAfter}` } };
}

function send(response: ServerResponse, { status, body, headers = {} }: Answer): void {
  const type = Buffer.isBuffer(body) ? 'application/octet-stream' : 'application/json';
  response.writeHead(status, { 'content-type': type, ...headers });
  response.end(Buffer.isBuffer(body) ? body : JSON.stringify(body));
}

/** The app as a listener; `say` hears of what went wrong. */
export function createApp(parts: Parts, say: (what: string, error: unknown) => void): RequestListener {
  return async (request, response) => {
    try {
      send(response, await answerTo(parts, request));
    } catch (error) {
      say(`${request.method} ${request.url}`, error);
      send(response, refusalOf(error));
    }
  };
}
