/**
 * What the API server said, or that it said nothing, as one error with a code and a reason to branch on. Bodies of
 * requests never get in here: they may hold what must not be logged.
 */

/** A call to the API server that did not succeed. `code` 0: no answer, so a write may or may not have happened. */
export class KubeError extends Error {
  override readonly name = 'KubeError';
  readonly code: number;
  /** Kubernetes' own word (`NotFound`, `Conflict`, `Expired` …), or `Network`, `Timeout`, `Aborted`. */
  readonly reason: string;
  /** Seconds that the API server asked to wait. */
  readonly retryAfter: number | undefined;

  constructor(message: string, facts: KubeErrorFacts) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = facts.code;
    this.reason = facts.reason;
    this.retryAfter = facts.retryAfter;
  }
}

/** The parts of a `KubeError`. */
export interface KubeErrorFacts {
  readonly code: number;
  readonly reason: string;
  readonly retryAfter?: number | undefined;
  readonly cause?: unknown;
}

/** A Kubernetes `Status` object as it appears in bodies and in watch streams. */
export interface StatusObject {
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Gone',
  422: 'Invalid',
  429: 'TooManyRequests',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** The error for an answer with a failing status code. */
export function errorFromAnswer(attempt: string, code: number, body: string, retryAfter?: string): KubeError {
  const status = parseStatus(body);
  const reason = status.reason ?? REASONS[code] ?? 'Unknown';
  const seconds = Number(retryAfter);
  return new KubeError(`${attempt}: ${status.message ?? reason} (${code})`, {
    code,
    reason,
    retryAfter: retryAfter !== undefined && Number.isFinite(seconds) ? seconds : undefined,
  });
}

/** Whether an error is the API server's answer with this code. */
export function hasCode(error: unknown, code: number): error is KubeError {
  return error instanceof KubeError && error.code === code;
}

/** Whether the version that was asked for is no longer kept, so that only a new list helps. */
export function isExpired(error: unknown): boolean {
  return error instanceof KubeError && (error.code === 410 || error.reason === 'Expired' || error.reason === 'Gone');
}

function parseStatus(body: string): StatusObject {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'Status')
      return value as StatusObject;
  } catch {
    // A proxy in between answers in other formats: then its code is all that can be said.
  }
  return {};
}

/** Whether the API server is the cause: a pass may wrap what it answered to a record. */
export function isRefusedByServer(error: unknown): boolean {
  return error instanceof KubeError || (error instanceof Error && error.cause instanceof KubeError);
}
