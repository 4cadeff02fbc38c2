/**
 * Random schedules: processes that come, pause, die, restart with another number of shards, over a network that delays,
 * loses and refuses. Whatever happens, no shard has two, and nobody serves while another divides the tiers otherwise.
 */

import { sleep } from '../../src/kube/clock.ts';
import { KubeError } from '../../src/kube/errors.ts';
import { type Candidate, candidate, type LeaseServer, leaseServer } from './lease-server.ts';

const STEP = 200;
const STEPS = 500;

/** Numbers from 0 to 1 that a seed determines. */
function chanceOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Living {
  readonly process: Candidate;
  readonly count: number;
  pausedFor: number;
}

interface World {
  readonly server: LeaseServer;
  readonly chance: () => number;
  readonly living: Living[];
  readonly counts: readonly number[];
  /** How bad the network is, from 0 to 1. */
  trouble: number;
  /** Milliseconds that it holds up a request, or an answer, at most. */
  delay: number;
  born: number;
}

function begin(seed: number, counts: readonly number[]): World {
  const chance = chanceOf(seed);
  const server = leaseServer();
  const world: World = { server, chance, living: [], counts, trouble: 0, delay: 9_000, born: 0 };
  const clockOf = (caller: string) => world.living.find(({ process }) => process.identity === caller)?.process.clock;
  const disturb = async (caller: string) => {
    if (chance() < world.trouble / 3) throw new KubeError('reset', { code: 0, reason: 'Network' });
    const clock = clockOf(caller);
    if (clock !== undefined && chance() < world.trouble) await sleep(clock, chance() * world.delay);
  };
  server.fault = (_, caller) => disturb(caller);
  server.answering = (_, caller) => disturb(caller);
  server.arrivesAborted = () => chance() < 0.5;
  return world;
}

function bear(world: World, count: number): void {
  const drain = () => sleep(process.clock, world.chance() * 3_000);
  const process: Candidate = candidate(world.server, `p${world.born++}`, { count, drain });
  process.clock.setRandom(world.chance);
  world.living.push({ process, count, pausedFor: 0 });
}

async function step(world: World): Promise<void> {
  const { chance, living, counts } = world;
  if (chance() < 0.02) world.trouble = chance() < 0.5 ? 0 : chance() * 0.5;
  if (living.length < 3 && chance() < 0.1) bear(world, counts[Math.floor(chance() * counts.length)] ?? 1);
  for (const one of [...living]) {
    befall(world, one, chance());
    await pass(one);
  }
}

/** Now and then something befalls a process: it is killed, ended, or stopped for a while. */
function befall({ living, chance }: World, one: Living, fate: number): void {
  const remove = () => living.includes(one) && living.splice(living.indexOf(one), 1);
  if (fate < 0.003) remove();
  else if (fate < 0.006) void one.process.shards.stop().then(remove);
  else if (fate < 0.011) one.pausedFor = chance() * 40_000;
}

/** A stopped process does not run its timers; when it goes on, they are all late. */
async function pass(one: Living): Promise<void> {
  const { clock } = one.process;
  if (one.pausedFor > 0) clock.jump(STEP);
  else await clock.advance(STEP);
  one.pausedFor -= STEP;
}

const seeds = Array.from({ length: 20 }, (_, index) => index + 1);

describe.each([
  ['one shard', [1]],
  ['four shards', [4]],
  ['numbers of shards that change', [1, 2, 4]],
])('%s', (_, counts) => {
  test.each(seeds)('schedule %d', async (seed) => {
    const world = begin(seed, counts);
    let served = 0;
    for (let round = 0; round < STEPS; round++) {
      await step(world);
      served += expectOneEach(world);
    }
    // A schedule in which nothing is ever served would prove nothing.
    expect(served).toBeGreaterThan(0);
  });
});

test.each(seeds)('processes of two numbers begin at once, when all leases are free: schedule %d', async (seed) => {
  const world = begin(seed, []);
  let served = 0;
  world.delay = 3_000;
  for (let again = 0; again < 20; again++) {
    world.trouble = 0.3;
    for (const count of again % 2 === 0 ? [2, 2, 1] : [1, 1, 2]) bear(world, count);
    served += await goOn(world, 60);
    world.trouble = 0;
    const ends = world.living.map(({ process }) => process.shards.stop());
    await goOn(world, 60);
    await Promise.all(ends);
    world.living.splice(0);
  }
  expect(served).toBeGreaterThan(0);
});

/** Lets so many steps pass, and counts what is served in them. */
async function goOn(world: World, steps: number): Promise<number> {
  let served = 0;
  for (let round = 0; round < steps; round++) {
    for (const one of world.living) await pass(one);
    served += expectOneEach(world);
  }
  return served;
}

/** No shard has two, and nobody serves by another number of shards than the others. Answers how many shards are served. */
function expectOneEach({ living }: World): number {
  const claims = living.flatMap(({ process, count }) => process.serving().map((shard) => `${count}:${shard}`));
  expect(new Set(claims).size).toBe(claims.length);
  expect(new Set(claims.map((claim) => claim.split(':')[0])).size).toBeLessThanOrEqual(1);
  return claims.length;
}
