/**
 * A day of watching a server whose connections fail in every way: streams that end, are reset, fall silent while they seem
 * open, versions that expired, a server that is away. Virtual is the reflector's clock; the wire is real. What is counted:
 * changes that never arrive, and how late the others do.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { createKubeApi } from '../../src/kube/api.ts';
import type { KubeObject } from '../../src/kube/list.ts';
import { createReflector } from '../../src/kube/reflector.ts';
import { createLog } from '../../src/ops/log.ts';
import { type FakeApiServer, startFakeApiServer } from '../../test/kube/fake-api-server.ts';
import { createFakeClock, type FakeClock } from '../../test/kube/fake-clock.ts';
import { percentile } from './result.ts';

/** How the day was. */
export interface WatchDay {
  readonly hours: number;
  readonly changes: number;
  readonly disturbances: Readonly<Record<string, number>>;
  /** Objects that differ in the end. */
  readonly missed: number;
  /** Seconds of virtual time from a change to its event. */
  readonly lateP99: number;
  readonly lateMost: number;
  readonly lists: number;
}

const PATH = '/apis/scalingtier.dev/v1alpha1/scalingtiers';
const OBJECTS = 50;
const STEP = 1_000;
/** Turns of the loop that a line takes from one end of the wire to the other, with room. */
const TURNS = 12;
const HOUR = 3_600;

interface Scene {
  readonly server: FakeApiServer;
  readonly clock: FakeClock;
  readonly chance: () => number;
  /** Until when the server is away. */
  away: number;
}

/** What happens to connections, and how often in a day. */
const DISTURBANCES: Readonly<Record<string, { readonly perDay: number; readonly strike: (scene: Scene) => void }>> = {
  'stream ended': {
    perDay: 1_000,
    strike: ({ server }) => {
      for (const stream of server.watches) stream.end();
    },
  },
  reset: {
    perDay: 100,
    strike: ({ server }) => {
      for (const stream of server.watches) stream.destroy();
    },
  },
  'half open': {
    perDay: 8,
    strike: ({ server }) => {
      // What is written from now on gets lost on the way, and nobody is told.
      for (const stream of server.watches) stream.write = () => true;
    },
  },
  expired: {
    perDay: 24,
    strike: ({ server }) => {
      for (const stream of server.watches) stream.destroy();
      // Something must have happened since, or the last version known is not too old.
      server.put('/apis/scalingtier.dev/v1alpha1/namespaces/team-a/others/unrelated', {});
      server.compact();
    },
  },
  'server restarted': {
    perDay: 4,
    strike: (scene) => {
      for (const stream of scene.server.watches) stream.destroy();
      scene.away = scene.clock.now() + 5_000;
    },
  },
};

/** Numbers that are the same in every run. */
function chanceFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

async function letLinesArrive(): Promise<void> {
  for (let count = 0; count < TURNS; count += 1) await turn();
}

const at = (index: number): string => `/apis/scalingtier.dev/v1alpha1/namespaces/team-a/scalingtiers/tier-${index}`;

/** Watches for so many virtual hours. */
export async function watchDay(hours: number, seed = 1): Promise<WatchDay> {
  const server = await startFakeApiServer();
  const clock = createFakeClock();
  const scene: Scene = { server, clock, chance: chanceFrom(seed), away: 0 };
  clock.setRandom(scene.chance);
  server.intercept = ({ response }) => {
    if (clock.now() >= scene.away) return false;
    response.destroy();
    return true;
  };
  const api = createKubeApi({ target: server.target });
  const changedAt = new Map<string, number>();
  const lateness: number[] = [];
  const reflector = createReflector({
    api,
    clock,
    path: PATH,
    log: createLog({ level: 'fatal' }),
    compact: ({ metadata }: KubeObject) => ({ uid: metadata.uid, resourceVersion: metadata.resourceVersion }),
    onEvent: (event) => {
      const time = changedAt.get(event.key);
      if (time === undefined) return;
      lateness.push((clock.now() - time) / 1000);
      changedAt.delete(event.key);
    },
  });
  const counts: Record<string, number> = Object.fromEntries(Object.keys(DISTURBANCES).map((name) => [name, 0]));
  let changes = 0;
  const change = (): void => {
    const index = Math.floor(scene.chance() * OBJECTS);
    const key = `team-a/tier-${index}`;
    // Of several changes of one object before its event only the last must arrive: the first of them counts the time.
    if (!changedAt.has(key)) changedAt.set(key, clock.now());
    if (server.get(at(index)) && scene.chance() < 0.1) server.delete(at(index));
    else server.put(at(index), { metadata: {} as never });
    changes += 1;
  };
  try {
    reflector.start();
    const steps = (hours * HOUR * 1000) / STEP;
    for (let step = 0; step < steps; step += 1) {
      const away = clock.now() < scene.away;
      if (!away && scene.chance() < 0.1) change();
      for (const [name, { perDay, strike }] of Object.entries(DISTURBANCES)) {
        if (away || scene.chance() >= perDay / (24 * HOUR)) continue;
        strike(scene);
        counts[name] = (counts[name] ?? 0) + 1;
      }
      await letLinesArrive();
      await clock.advance(STEP);
    }
    // Long enough for a silent stream to be given up.
    for (let step = 0; step < 60; step += 1) {
      await letLinesArrive();
      await clock.advance(STEP);
    }
    const indexes = Array.from({ length: OBJECTS }, (_, index) => index);
    const missed = indexes.filter((index) => {
      const there = server.get(at(index))?.metadata.resourceVersion;
      return reflector.get(`team-a/tier-${index}`)?.resourceVersion !== there;
    });
    return {
      hours,
      changes,
      disturbances: counts,
      missed: missed.length,
      lateP99: percentile(lateness, 0.99),
      lateMost: Math.max(0, ...lateness),
      lists: server.requests.filter(({ path, query }) => path === PATH && query.get('watch') !== 'true').length,
    };
  } finally {
    const stopped = reflector.stop();
    await clock.advance(STEP);
    await stopped;
    api.close();
    await server.close();
  }
}
