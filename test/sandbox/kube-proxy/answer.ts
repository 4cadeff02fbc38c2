/** Answers on their way from the API server to its client. Types and the plainest of them only. */
import type { IncomingMessage } from 'node:http';
import type { KubeCall } from './call.ts';

/** An answer: whole, or a stream that goes on. */
export interface KubeAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The rest of a watch. */
  readonly stream?: IncomingMessage;
  /** `reset`: the connection breaks instead; `silent`: nothing is ever said. */
  readonly delivery?: 'reset' | 'silent';
  /** Whether the API server has heard of the call. */
  readonly heard: boolean;
}

/** A request as it is passed on. */
export interface KubeRequest {
  readonly call: KubeCall;
  /** With query. */
  readonly address: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal;
}

const NOTHING = Buffer.alloc(0);

/** The connection breaks, and the server never heard of the call. */
export const UNHEARD: KubeAnswer = { status: 0, headers: {}, body: NOTHING, delivery: 'reset', heard: false };

/** A refusal in the API server's own form. */
export function refusal(code: number, reason: string, message: string, headers: Record<string, string>): KubeAnswer {
  const body = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code };
  return {
    status: code,
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.from(JSON.stringify(body)),
    heard: false,
  };
}
