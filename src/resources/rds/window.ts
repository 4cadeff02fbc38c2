/** Maintenance windows, `sun:04:30-sun:05:30` in UTC. Pure. */

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const WEEK = 7 * 24 * 60;

/** Minutes since the start of Sunday. */
function minuteOf(time: string): number {
  const [day = '', hours, minutes] = time.split(':');
  return DAYS.indexOf(day.toLowerCase()) * 24 * 60 + Number(hours) * 60 + Number(minutes);
}

/** Whether a window is open or opens within some minutes: RDS then does at once whatever is pending. */
export function opensSoon(window: string, now: Date, minutes: number): boolean {
  const [start = 0, end = 0] = window.split('-').map(minuteOf);
  const minute = now.getUTCDay() * 24 * 60 + now.getUTCHours() * 60 + now.getUTCMinutes();
  const untilStart = (start - minute + WEEK) % WEEK;
  const untilEnd = (end - minute + WEEK) % WEEK;
  return untilStart <= minutes || untilEnd < untilStart;
}
