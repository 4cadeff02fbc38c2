/** Token buckets that keep our calls below AWS's limits. */
import { jest } from '@jest/globals';
import { classify } from '../../src/aws/errors.ts';
import { asSweep } from '../../src/aws/lane.ts';
import { throttle } from '../../src/aws/throttle.ts';

/** A clock that moves only when told, and with it the timers. */
function clock() {
  let time = 0;
  return {
    now: () => time,
    async forward(milliseconds: number): Promise<void> {
      time += milliseconds;
      await jest.advanceTimersByTimeAsync(milliseconds);
    },
  };
}

/** Starts calls at once and says which of them were let through. */
function calls(limits: ReturnType<typeof throttle>, count: number, service = 'EC2', operation = 'CreateVpc') {
  const done: number[] = [];
  const refused: unknown[] = [];
  for (let index = 0; index < count; index += 1) {
    limits.take(service, operation).then(
      () => done.push(index),
      (error: unknown) => refused.push(error),
    );
  }
  return { done, refused };
}

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

describe('throttle', () => {
  it('lets a burst through, makes the next wait for their turn, and refuses what would wait too long', async () => {
    const time = clock();
    const limits = throttle({ now: time.now });
    // 25 at once, 2.5 a second: within five seconds another 12 or 13.
    const { done, refused } = calls(limits, 50);
    await time.forward(0);
    expect(done).toHaveLength(25);
    expect(refused.length).toBeGreaterThanOrEqual(12);
    expect(refused.map((error) => classify(error).class)).toEqual(refused.map(() => 'throttled'));
    await time.forward(400);
    expect(done).toHaveLength(26);
    await time.forward(5_000);
    expect(done).toHaveLength(50 - refused.length);
    expect(done).toEqual([...done].sort((a, b) => a - b));
  });

  it('never lets through more than the rate allows, over a long time', async () => {
    const time = clock();
    const limits = throttle({ now: time.now });
    let through = 0;
    for (let second = 0; second < 60; second += 1) {
      for (let call = 0; call < 10; call += 1) {
        limits.take('EC2', 'CreateVpc').then(
          () => {
            through += 1;
          },
          () => undefined,
        );
      }
      await time.forward(1_000);
    }
    await time.forward(5_000);
    expect(through).toBeLessThanOrEqual(25 + 2.5 * 65);
    expect(through).toBeGreaterThan(2.5 * 55);
  });

  it('fills up again while nobody calls, and not beyond its size', async () => {
    const time = clock();
    const limits = throttle({ now: time.now });
    calls(limits, 25);
    await time.forward(3_600_000);
    const { done } = calls(limits, 30);
    await time.forward(0);
    expect(done).toHaveLength(25);
  });

  it('keeps the buckets of reads, launches and other writes apart', async () => {
    const time = clock();
    const limits = throttle({ now: time.now });
    calls(limits, 40, 'EC2', 'CreateVpc');
    const reads = calls(limits, 50, 'EC2', 'DescribeVpcs');
    const launches = calls(limits, 4, 'EC2', 'RunInstances');
    const others = calls(limits, 10, 'STS', 'GetCallerIdentity');
    await time.forward(0);
    expect([reads.done.length, launches.done.length, others.done.length]).toEqual([50, 4, 10]);
  });

  it('stops at once when AWS says that we call too much, and goes on after a while', async () => {
    const time = clock();
    const limits = throttle({ now: time.now });
    limits.empty('EC2', 'CreateVpc');
    const { done } = calls(limits, 2);
    await time.forward(399);
    expect(done).toHaveLength(0);
    await time.forward(401);
    expect(done).toHaveLength(2);
  });

  it('takes another share of what AWS allows when asked to, and never less than one call', async () => {
    const time = clock();
    const { done } = calls(throttle({ now: time.now, ratePercent: 100 }), 100);
    const few = calls(throttle({ now: time.now, ratePercent: 1 }), 1);
    await time.forward(0);
    expect([done.length, few.done.length]).toEqual([50, 1]);
  });

  it('does not forgive what is owed when AWS complains again', async () => {
    const time = clock();
    const limits = throttle({ now: time.now });
    calls(limits, 30);
    limits.empty('EC2', 'CreateVpc');
    const { done } = calls(limits, 1);
    await time.forward(2_000);
    expect(done).toHaveLength(0);
    await time.forward(400);
    expect(done).toHaveLength(1);
  });
});

describe('sweeps', () => {
  /** Calls of a sweep, all asked for at once. */
  const sweep = (limits: ReturnType<typeof throttle>, count: number) =>
    asSweep(async () => calls(limits, count, 'EC2', 'DescribeVpcs'));

  it('keep to an even pace from the first call on, below our share, and are never refused', async () => {
    const time = clock();
    const limits = throttle({ now: time.now });
    const { done, refused } = await sweep(limits, 200);
    for (let second = 1; second <= 20; second += 1) {
      const before = done.length;
      // Half of AWS's 20 a second are ours; of those sweeps take four in five.
      await time.forward(1_000);
      expect(done.length - before).toBeLessThanOrEqual(9);
    }
    expect(done.length).toBeGreaterThanOrEqual(155);
    await time.forward(10_000);
    expect([done.length, refused.length]).toEqual([200, 0]);
  });

  it('leave the burst to those who are in a hurry, and go on after them', async () => {
    const time = clock();
    const limits = throttle({ now: time.now });
    const slow = await sweep(limits, 100);
    await time.forward(1_000);
    const hasty = calls(limits, 30, 'EC2', 'DescribeVpcs');
    await time.forward(0);
    expect(hasty.done).toHaveLength(30);
    await time.forward(60_000);
    expect([slow.done.length, slow.refused.length]).toEqual([100, 0]);
  });

  it('are not put off for ever by those who come again and again', async () => {
    const time = clock();
    const limits = throttle({ now: time.now });
    let through = 0;
    for (let second = 0; second < 60; second += 1) {
      calls(limits, 10, 'EC2', 'DescribeVpcs');
      void asSweep(() => limits.take('EC2', 'DescribeVpcs')).then(() => {
        through += 1;
      });
      await time.forward(1_000);
    }
    expect(through).toBeGreaterThan(5);
  });
});
