/** The queue's laws, on a clock that the test moves: examples first, then any sequence of adds and time. */
import fc from 'fast-check';
import { createQueue, type Queue } from '../../src/kube/queue.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import { createFakeClock, type FakeClock, settle } from './fake-clock.ts';
import { createQuietLog } from './quiet-log.ts';

interface Rig {
  readonly clock: FakeClock;
  readonly queue: Queue;
  /** Keys in the order in which work on them started. */
  readonly started: string[];
  readonly running: Map<string, () => void>;
  end(key: string): Promise<void>;
  begin(): Promise<void>;
}

function rig(workers: number): Rig {
  const clock = createFakeClock();
  const metrics = createMetrics({ process: false });
  const queue = createQueue({ name: 'test', workers, clock, log: createQuietLog().log, metrics });
  const started: string[] = [];
  const running = new Map<string, () => void>();
  return {
    clock,
    queue,
    started,
    running,
    end: async (key) => {
      const finish = running.get(key);
      running.delete(key);
      finish?.();
      await settle();
    },
    begin: async () => {
      queue.start((key) => {
        if (running.has(key)) throw new Error(`"${key}" runs twice at once`);
        started.push(key);
        return new Promise((resolve) => running.set(key, resolve));
      });
      await settle();
    },
  };
}

test('a key that is added many times before it starts, runs once', async () => {
  const { queue, started, begin, end } = rig(2);
  for (let count = 0; count < 5; count++) queue.add('a');
  await begin();
  await end('a');
  expect(started).toEqual(['a']);
  expect(queue.counts()).toMatchObject({ ready: 0, waiting: 0, running: 0 });
});

test('a key that is added while it runs, runs again once it has ended, not before', async () => {
  const { queue, started, begin, end } = rig(2);
  queue.add('a');
  await begin();
  queue.add('a');
  queue.add('a');
  await settle();
  expect(started).toEqual(['a']);
  await end('a');
  expect(started).toEqual(['a', 'a']);
  await end('a');
  expect(queue.counts().running).toBe(0);
});

test('of several times the earliest wins', async () => {
  const { queue, clock, started, begin } = rig(1);
  await begin();
  queue.add('a', { after: 10_000 });
  queue.add('a', { after: 2_000 });
  queue.add('a', { after: 5_000 });
  await clock.advance(1_999);
  expect(started).toEqual([]);
  await clock.advance(1);
  expect(started).toEqual(['a']);
});

test('an add with a delay does not take an earlier turn away', async () => {
  const { queue, started, begin, end } = rig(1);
  queue.add('a');
  queue.add('a', { after: 60_000 });
  await begin();
  expect(started).toEqual(['a']);
  await end('a');
  expect(queue.counts()).toMatchObject({ ready: 0, waiting: 0 });
});

test('a person goes before routine, and lifts a key that is already queued', async () => {
  const { queue, started, begin, end } = rig(1);
  queue.add('routine-1');
  queue.add('routine-2');
  queue.add('person', { priority: 'high' });
  queue.add('routine-2', { priority: 'high' });
  await begin();
  await end('person');
  await end('routine-2');
  await end('routine-1');
  expect(started).toEqual(['person', 'routine-2', 'routine-1']);
});

test('routine leaves one worker free for people', async () => {
  const { queue, started, begin } = rig(3);
  for (const key of ['a', 'b', 'c', 'd']) queue.add(key);
  await begin();
  expect(started).toEqual(['a', 'b']);
  queue.add('person', { priority: 'high' });
  await settle();
  expect(started).toEqual(['a', 'b', 'person']);
});

test('routine is not starved by a storm of urgent keys', async () => {
  const { queue, started, begin, end } = rig(1);
  queue.add('routine');
  for (let count = 0; count < 100; count++) queue.add(`urgent-${count}`, { priority: 'high' });
  await begin();
  while (!started.includes('routine') && started.length < 101) await end(started.at(-1) ?? '');
  expect(started.length).toBeLessThanOrEqual(18);
});

test('failures delay ever longer up to the cap, and forgetting starts anew', async () => {
  const { queue, clock, started, begin, end } = rig(1);
  clock.setRandom(() => 0.999_999);
  await begin();
  const delays: number[] = [];
  for (let count = 0; count < 12; count++) {
    const before = started.length;
    const at = clock.now();
    queue.addAfterFailure('a');
    while (started.length === before) await clock.advance(100);
    delays.push(Math.round((clock.now() - at) / 1000));
    await end('a');
  }
  expect(delays).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
  queue.forget('a');
  queue.addAfterFailure('a');
  await clock.advance(1_000);
  expect(started).toHaveLength(13);
});

test('a failure never comes back before its floor', async () => {
  const { queue, clock, started, begin } = rig(1);
  clock.setRandom(() => 0);
  await begin();
  queue.addAfterFailure('a', { floor: 7_000 });
  await clock.advance(6_999);
  expect(started).toEqual([]);
  await clock.advance(1);
  expect(started).toEqual(['a']);
});

test('work that throws is tried again later and harms nobody else', async () => {
  const clock = createFakeClock();
  const { log, lines } = createQuietLog();
  const queue = createQueue({ name: 'test', workers: 1, clock, log });
  const started: string[] = [];
  queue.add('bad');
  queue.add('good');
  queue.start((key) => {
    started.push(key);
    return key === 'bad' && started.length < 3 ? Promise.reject(new Error('boom')) : Promise.resolve();
  });
  await clock.advance(2_000);
  expect(started).toEqual(['bad', 'good', 'bad']);
  expect(lines.join()).toContain('boom');
});

test('a dropped key does not run, and one that runs does not run again', async () => {
  const { queue, clock, started, begin, end } = rig(1);
  await begin();
  queue.add('runs');
  await settle();
  queue.add('runs');
  queue.add('later', { after: 1_000 });
  queue.drop('runs');
  queue.drop('later');
  await end('runs');
  await clock.advance(5_000);
  expect(started).toEqual(['runs']);
});

test('stop waits for what runs, starts nothing more, and says when it took too long', async () => {
  const first = rig(2);
  first.queue.add('a');
  first.queue.add('b');
  first.queue.add('c');
  await first.begin();
  const drained = first.queue.stop(10_000);
  await first.end('a');
  await first.end('b');
  await expect(drained).resolves.toBe(true);
  expect(first.started).not.toContain('c');

  const second = rig(1);
  second.queue.add('hangs');
  await second.begin();
  const given = second.queue.stop(10_000);
  await second.clock.advance(10_000);
  await expect(given).resolves.toBe(false);
});

test('nothing is set to go off when nothing waits', async () => {
  const { queue, clock, begin, end } = rig(1);
  await begin();
  queue.add('a', { after: 1_000 });
  await clock.advance(1_000);
  await end('a');
  expect(clock.pending()).toBe(0);
});

type Step =
  | { readonly do: 'add'; readonly key: string; readonly after: number; readonly urgent: boolean }
  | { readonly do: 'end'; readonly index: number }
  | { readonly do: 'wait'; readonly milliseconds: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('add' as const),
    key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    after: fc.constantFrom(0, 0, 1, 50, 1_000),
    urgent: fc.boolean(),
  }),
  fc.record({ do: fc.constant('end' as const), index: fc.nat(4) }),
  fc.record({ do: fc.constant('wait' as const), milliseconds: fc.constantFrom(1, 10, 100, 2_000) }),
);

/** Follows a queue: what is still owed to each key, and that nothing starts before its time. */
function ledgerOf({ clock, started }: Rig) {
  const owed = new Map<string, number>();
  let seen = 0;
  return {
    owe: (key: string, due: number) => owed.set(key, Math.min(owed.get(key) ?? due, due)),
    owing: () => owed.size > 0,
    account: () => {
      for (const key of started.slice(seen)) {
        expect(owed.get(key) ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(clock.now());
        owed.delete(key);
      }
      seen = started.length;
    },
  };
}

async function take(action: Step, { queue, clock, running, end }: Rig, ledger: ReturnType<typeof ledgerOf>) {
  if (action.do === 'add') {
    ledger.owe(action.key, clock.now() + action.after);
    queue.add(action.key, { after: action.after, priority: action.urgent ? 'high' : 'low' });
    await settle();
  } else if (action.do === 'end') {
    await end([...running.keys()][action.index] ?? '');
  } else {
    for (let left = action.milliseconds; left > 0; left--) {
      await clock.advance(1);
      ledger.account();
    }
  }
  ledger.account();
}

test('any sequence: no key runs twice at once, and every add is followed by a start that is not too early', async () => {
  const steps = fc.array(step, { maxLength: 60 });
  const law = fc.asyncProperty(steps, fc.integer({ min: 1, max: 3 }), async (actions, workers) => {
    const held = rig(workers);
    const ledger = ledgerOf(held);
    await held.begin();
    for (const action of actions) {
      await take(action, held, ledger);
      expect(held.running.size).toBeLessThanOrEqual(workers);
    }
    for (let round = 0; round < 200 && (held.running.size > 0 || ledger.owing()); round++) {
      for (const key of [...held.running.keys()]) await held.end(key);
      ledger.account();
      await held.clock.advance(1_000);
      ledger.account();
    }
    expect(ledger.owing()).toBe(false);
    expect(held.queue.counts()).toMatchObject({ ready: 0, waiting: 0, running: 0 });
  });
  await fc.assert(law, { numRuns: 60 });
});

test('ten thousand keys are queued and worked off quickly', async () => {
  const clock = createFakeClock();
  const queue = createQueue({ name: 'test', workers: 8, clock, log: createQuietLog().log });
  let done = 0;
  const before = performance.now();
  for (let index = 0; index < 10_000; index++) queue.add(`key-${index}`, { after: index % 997 });
  await clock.advance(1_000);
  queue.start(() => {
    done++;
    return Promise.resolve();
  });
  while (done < 10_000) await settle();
  expect(performance.now() - before).toBeLessThan(10_000);
});
