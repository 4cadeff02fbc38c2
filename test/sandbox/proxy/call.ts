/**
 * One call of a client to AWS, decoded, and the answer to it: the vocabulary of every step of the proxy. Types and their
 * readers only; it must know no service and no protocol.
 */

/** A parameter of any protocol, nested; lists are arrays whatever the wire format was. */
export type Value = string | number | boolean | null | undefined | readonly Value[] | Params;

/** Named parameters of a call or of a structure inside it. */
export interface Params {
  readonly [name: string]: Value;
}

/** Who called. */
export interface Caller {
  readonly accessKey: string;
  readonly userAgent: string;
}

/** What the steps find out about a call while they handle it; read by the journal. */
export interface Trace {
  /** Ids that the call made. */
  readonly created: string[];
  /** The stand-in did it. False while the call has not reached it, or when the answer came from memory. */
  reached: boolean;
  /** The answer is that of an earlier call with the same client token. */
  replayed: boolean;
  /** The fault rule that struck, if any. */
  fault?: string;
  /** How what the call sets in motion is to end, when not well. The service's own word. */
  ending?: string;
}

/** One call, decoded. */
export interface Call {
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** `ec2`, `iam`, `ssm`, `sts`, `cloudwatch`, or the signing name of a service without a file of its own. */
  readonly service: string;
  readonly operation: string;
  readonly region: string;
  readonly account: string;
  readonly caller: Caller;
  readonly params: Params;
  readonly write: boolean;
  /** `<namespace>/<name>` of the tier that the call speaks of, when it can be told. */
  readonly tier: string | undefined;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly trace: Trace;
  /** Aborted when the client has gone away or the proxy closes. */
  readonly signal: AbortSignal;
}

/** How an answer leaves the proxy: whole, not at all (`silent`), or as a broken connection (`reset`). */
export type Delivery = 'whole' | 'silent' | 'reset';

/** An answer on its way to the client. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Default `whole`. */
  readonly delivery?: Delivery;
}

/** What comes after a step. */
export type Next = (call: Call) => Promise<Answer>;

/** One step of the way of a call: answers by itself, or asks `next` and may change question and answer. */
export type Step = (call: Call, next: Next) => Promise<Answer>;

/** AWS says no. Thrown by a step; whoever renders the answer knows the protocol. */
export class Refusal extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** A parameter as text; `undefined` when absent or not a scalar. */
export function text(params: Params, name: string): string | undefined {
  const value = params[name];
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** A parameter as a list; empty when absent. */
export function list(params: Params, name: string): readonly Value[] {
  const value = params[name];
  return Array.isArray(value) ? value : [];
}

/** A parameter as a list of texts. */
export function texts(params: Params, name: string): readonly string[] {
  return list(params, name).filter((value) => typeof value === 'string');
}

/** A parameter as a structure; empty when absent. */
export function structure(params: Params, name: string): Params {
  const value = params[name];
  return isParams(value) ? value : {};
}

/** A parameter as a list of structures. */
export function structures(params: Params, name: string): readonly Params[] {
  return list(params, name).filter(isParams);
}

/** Whether a value is a structure. */
export function isParams(value: Value): value is Params {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether an answer says that the call was done. */
export function succeeded(answer: Answer): boolean {
  return answer.status < 300;
}
