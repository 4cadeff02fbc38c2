/**
 * In which lane a call travels: sweeps, which nobody waits for, keep to an even pace; everything else may use what AWS
 * allows at once. Clients are shared by both, so the lane goes along with the work. It knows no limits.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

const sweeping = new AsyncLocalStorage<true>();

/** Does work in the lane of sweeps. */
export function asSweep<T>(work: () => Promise<T>): Promise<T> {
  return sweeping.run(true, work);
}

/** Whether this call belongs to a sweep. */
export function isSweep(): boolean {
  return sweeping.getStore() === true;
}
