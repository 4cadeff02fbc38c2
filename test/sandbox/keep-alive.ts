/** Starts the operator of a scene again whenever a fault has ended it, as Kubernetes does. It must not end one itself. */
import type { Scene } from './scene.ts';

/** An operator that comes back. */
export interface Alive {
  /** How often it was ended. */
  readonly deaths: () => number;
  /** From here on it stays away when it ends; `ended` settles then. */
  readonly release: () => void;
  /** Rejects when it ended by itself, or did not come back. */
  readonly ended: Promise<void>;
}

/** Keeps the operator alive; `onRestarted` is called whenever another process has taken the place of one. */
export function keepAlive(here: Scene, onRestarted: () => Promise<void>): Alive {
  let deaths = 0;
  let isReleased = false;
  async function watch(): Promise<void> {
    const how = await here.operator().exited;
    if (isReleased) return;
    if (how !== 'SIGKILL') throw new Error(`the operator ended by itself: ${how}`);
    deaths += 1;
    await here.restart();
    await onRestarted();
    return watch();
  }
  const ended = watch();
  // Whoever keeps it alive asks when it is over.
  ended.catch(() => {});
  return {
    deaths: () => deaths,
    release() {
      isReleased = true;
    },
    ended,
  };
}
