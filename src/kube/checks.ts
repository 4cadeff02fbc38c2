/**
 * What a controller's health checks say: alive as long as no pass hangs, ready once the copy is complete and the API server
 * is heard. A controller that waits for its turn is as healthy as one that works.
 */
import type { HealthCheck } from '../ops/http.ts';
import type { Clock } from './clock.ts';
import type { Queue } from './queue.ts';
import type { Reflector } from './reflector.ts';
import type { Stored } from './store.ts';

/** Checks for `/healthz` and `/readyz`. */
export interface Checks {
  readonly live: readonly HealthCheck[];
  readonly ready: readonly HealthCheck[];
}

/** Loops that have not got a word from the API server for so long are worth a word themselves. */
const SILENCE = 120_000;

/** The checks of a controller's parts; `longestPass` in milliseconds. */
export function checksOf(
  reflectors: readonly Pick<Reflector<Stored>, 'synced' | 'lastActivity'>[],
  queue: Pick<Queue, 'counts'>,
  longestPass: number,
  clock: Clock,
): Checks {
  return {
    live: [
      {
        name: 'passes',
        // A pass that goes on long after it was aborted holds its tier for ever: only a restart frees it.
        check: () => {
          const { longest } = queue.counts();
          return longest < 3 * longestPass ? true : `a pass has been running for ${Math.round(longest / 1000)} s`;
        },
      },
    ],
    ready: [
      { name: 'cache', check: () => (reflectors.every((one) => one.synced()) ? true : 'first list not complete') },
      {
        name: 'api-server',
        check: () => {
          const silence = clock.now() - Math.min(...reflectors.map((one) => one.lastActivity()));
          return silence < SILENCE ? true : `silent for ${Math.round(silence / 1000)} s`;
        },
      },
    ],
  };
}
