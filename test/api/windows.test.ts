/** When a weekly window opens next: round the clock, and round the week. */
import { describe, expect, test } from '@jest/globals';
import { nextOpening } from '../../src/api/spec/windows.ts';

/** 2026-11-29 is a Sunday. */
const at = (time: string): Date => new Date(`2026-11-${time}Z`);

describe.each([
  ['sun:02:00-sun:04:00', '29T01:59:59', '2026-11-29T02:00:00.000Z'],
  ['sun:02:00-sun:04:00', '29T02:00:00', undefined],
  ['sun:02:00-sun:04:00', '29T03:59:59', undefined],
  ['sun:02:00-sun:04:00', '29T04:00:00', '2026-12-06T02:00:00.000Z'],
  ['sun:02:00-sun:04:00', '25T12:34:56', '2026-11-29T02:00:00.000Z'],
  ['sun:23:30-mon:00:30', '29T23:29:00', '2026-11-29T23:30:00.000Z'],
  ['sun:23:30-mon:00:30', '30T00:29:59', undefined],
  ['sun:23:30-mon:00:30', '23T00:30:00', '2026-11-29T23:30:00.000Z'],
  ['mon:00:00-sun:23:30', '29T23:45:00', '2026-11-30T00:00:00.000Z'],
  ['sat:12:00-sat:12:30', '29T00:00:00', '2026-12-05T12:00:00.000Z'],
])('%s at %s', (window, now, opening) => {
  test(`opens ${opening ?? 'at once'}`, () => {
    expect(nextOpening(window, at(now))?.toISOString()).toBe(opening);
  });
});
