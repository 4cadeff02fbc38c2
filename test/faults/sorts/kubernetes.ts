/** An API server that refuses, resets and goes silent. */
import { onKubernetes, type Sort } from './sort.ts';

const STATUS = { write: true, subresource: 'status' } as const;
const conflict = { kind: 'error', status: 409, reason: 'Conflict' } as const;

/** Manners of the API server. */
export const KUBERNETES_SORTS: readonly Sort[] = [
  { name: 'status conflicts', put: onKubernetes(conflict, STATUS, 3) },
  { name: 'status writes fail', put: onKubernetes({ kind: 'error', status: 500 }, STATUS, 3) },
  { name: 'status writes are reset', put: onKubernetes({ kind: 'resetBefore' }, STATUS, 2) },
  { name: 'reads fail', put: onKubernetes({ kind: 'error', status: 503 }, { write: false }, 4) },
  { name: 'too many requests', put: onKubernetes({ kind: 'error', status: 429, retryAfterSeconds: 1 }, {}, 5) },
];
