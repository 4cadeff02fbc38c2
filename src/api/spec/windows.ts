/**
 * Weekly and daily windows in UTC, as RDS writes them, in the arithmetic of CEL and in the same of TypeScript. A window may
 * pass midnight, and the maintenance window the end of the week, so everything is reckoned round a clock.
 */

import type { Rule } from '../rules.ts';

/** `hh24:mi-hh24:mi`, every day. */
export const DAILY = /^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$/;

/** `ddd:hh24:mi-ddd:hh24:mi`, once a week. */
export const WEEKLY =
  /^(mon|tue|wed|thu|fri|sat|sun):([01][0-9]|2[0-3]):[0-5][0-9]-(mon|tue|wed|thu|fri|sat|sun):([01][0-9]|2[0-3]):[0-5][0-9]$/;

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const DAY = 24 * 60;
const WEEK = 7 * DAY;

/** Where the two times of a window stand in its text. */
const DAILY_AT = [0, 6] as const;
const WEEKLY_AT = [0, 10] as const;

const dayTime = (text: string, at: number): string =>
  `(int(${text}.substring(${at}, ${at + 2})) * 60 + int(${text}.substring(${at + 3}, ${at + 5})))`;
/** A map, not a list: what looking through a list may cost the API server puts at its worst. */
const weekTime = (text: string, at: number): string =>
  `({${DAYS.map((day, number) => `'${day}': ${number * DAY}`).join(', ')}}[${text}.substring(${at}, ${at + 3})] + ${dayTime(text, at + 4)})`;
const apart = (from: string, to: string, round: number): string => `(${to} - ${from} + ${round}) % ${round}`;

/** CEL: minutes that the daily window in `text` lasts. */
const dailyMinutes = (text: string): string => apart(dayTime(text, DAILY_AT[0]), dayTime(text, DAILY_AT[1]), DAY);

/** CEL: minutes that the weekly window in `text` lasts. */
const weeklyMinutes = (text: string): string => apart(weekTime(text, WEEKLY_AT[0]), weekTime(text, WEEKLY_AT[1]), WEEK);

/** CEL: whether a daily and a weekly window have no minute in common on any day. */
function windowsApart(daily: string, weekly: string): string {
  const [begin, other] = [dayTime(daily, DAILY_AT[0]), dayTime(weekly, WEEKLY_AT[0] + 4)];
  return `${apart(begin, other, DAY)} >= ${dailyMinutes(daily)} && ${apart(other, begin, DAY)} >= ${weeklyMinutes(weekly)}`;
}

const minutesAt = (text: string, at: number): number =>
  Number(text.slice(at, at + 2)) * 60 + Number(text.slice(at + 3, at + 5));
const minutesOfWeek = (text: string, at: number): number =>
  DAYS.indexOf(text.slice(at, at + 3)) * DAY + minutesAt(text, at + 4);
const between = (from: number, to: number, round: number): number => (to - from + round) % round;

/** Minutes that a daily window lasts. */
const minutesOfDaily = (text: string): number =>
  between(minutesAt(text, DAILY_AT[0]), minutesAt(text, DAILY_AT[1]), DAY);

/** Minutes that a weekly window lasts. */
const minutesOfWeekly = (text: string): number =>
  between(minutesOfWeek(text, WEEKLY_AT[0]), minutesOfWeek(text, WEEKLY_AT[1]), WEEK);

/** Whether a daily and a weekly window have no minute in common on any day. */
function areApart(daily: string, weekly: string): boolean {
  const [begin, other] = [minutesAt(daily, DAILY_AT[0]), minutesAt(weekly, WEEKLY_AT[0] + 4)];
  return between(begin, other, DAY) >= minutesOfDaily(daily) && between(other, begin, DAY) >= minutesOfWeekly(weekly);
}

const MINUTE_MILLISECONDS = 60_000;

/** When a weekly window opens next; nothing while it is open. */
export function nextOpening(window: string, now: Date): Date | undefined {
  const begin = minutesOfWeek(window, WEEKLY_AT[0]);
  // The week of windows begins on Monday, that of `Date` on Sunday.
  const minute = ((now.getUTCDay() + 6) % 7) * DAY + now.getUTCHours() * 60 + now.getUTCMinutes();
  if (between(begin, minute, WEEK) < minutesOfWeekly(window)) return undefined;
  const thisMinute = Math.floor(now.getTime() / MINUTE_MILLISECONDS);
  return new Date((thisMinute + between(minute, begin, WEEK)) * MINUTE_MILLISECONDS);
}

/** Two windows of one section. */
interface Windows<D extends string> {
  /** The section in full, for messages. */
  readonly section: string;
  /** Field of the daily window; the weekly one is `maintenanceWindow`. */
  readonly daily: D;
  /** Minutes that AWS asks of each at least. */
  readonly shortest: number;
}

type WithWindows<D extends string> = { readonly [key in D | 'maintenanceWindow']?: string | undefined };

/** The weekly window of a section lasts so many minutes at least. */
export const weeklyWindowRule = (section: string, shortest: number): Rule<WithWindows<never>> => ({
  rule: `!has(self.maintenanceWindow) || ${weeklyMinutes('self.maintenanceWindow')} >= ${shortest}`,
  message: `${section}.maintenanceWindow must last at least ${shortest} minutes`,
  fieldPath: '.maintenanceWindow',
  holds: ({ maintenanceWindow: window }) => window === undefined || minutesOfWeekly(window) >= shortest,
});

/** Both windows of a section are long enough, and have no minute in common. */
export function windowRules<D extends string>({ section, daily, shortest }: Windows<D>): Rule<WithWindows<D>>[] {
  const weekly = 'maintenanceWindow';
  const lasting: Rule<WithWindows<D>> = {
    rule: `!has(self.${daily}) || ${dailyMinutes(`self.${daily}`)} >= ${shortest}`,
    message: `${section}.${daily} must last at least ${shortest} minutes`,
    fieldPath: `.${daily}`,
    holds: ({ [daily]: window }) => window === undefined || minutesOfDaily(window) >= shortest,
  };
  const together: Rule<WithWindows<D>> = {
    rule: `!has(self.${daily}) || !has(self.${weekly}) || (${windowsApart(`self.${daily}`, `self.${weekly}`)})`,
    message: `${section}.${daily} and ${weekly} must not overlap on any day; both are UTC`,
    fieldPath: `.${daily}`,
    holds: ({ [daily]: everyDay, [weekly]: onceAWeek }) =>
      everyDay === undefined || onceAWeek === undefined || areApart(everyDay, onceAWeek),
  };
  return [lasting, weeklyWindowRule(section, shortest), together];
}
