/** Maintenance windows (API reference, `PreferredMaintenanceWindow`: `ddd:hh24:mi-ddd:hh24:mi`, in UTC). Time only. */

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const WEEK = 7 * 24 * 60;

function minuteOf(point: string): number {
  const [day = '', hour, minute] = point.split(':');
  return (DAYS.indexOf(day.toLowerCase()) * 24 + Number(hour)) * 60 + Number(minute);
}

/** Whether a moment lies in a window. */
export function isWithin(window: string, time: number): boolean {
  const [start = '', end = ''] = window.split('-');
  const date = new Date(time);
  const at = (date.getUTCDay() * 24 + date.getUTCHours()) * 60 + date.getUTCMinutes();
  const since = (at - minuteOf(start) + WEEK) % WEEK;
  return since < (minuteOf(end) - minuteOf(start) + WEEK) % WEEK;
}

const pad = (number: number): string => String(number).padStart(2, '0');
const hourOf = (window: string | undefined, otherwise: number): number =>
  window === undefined ? otherwise : Number(/(\d{2}):\d{2}-/.exec(window)?.[1] ?? otherwise);

/** A backup window of AWS's choice: half an hour, away from the maintenance window. */
export function backupWindow(maintenance: string | undefined): string {
  const hour = (hourOf(maintenance, 15) + 12) % 24;
  return `${pad(hour)}:05-${pad(hour)}:35`;
}

/** A maintenance window of AWS's choice: half an hour, away from backups and from now. */
export function maintenanceWindow(backup: string | undefined, time: number): string {
  const hour = (hourOf(backup, 3) + 12) % 24;
  const day = DAYS[(new Date(time).getUTCDay() + 3) % 7];
  return `${day}:${pad(hour)}:05-${day}:${pad(hour)}:35`;
}
