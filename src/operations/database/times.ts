/** For how long a step of a database may run before AWS ends it, in seconds. It must not know a step. */

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** What does not grow with the database. */
export const BRIEF = 10 * MINUTE;
/** What is all of the time in which nobody can write. */
export const CLOSED = 30 * MINUTE;
/** What sets something going. */
export const BEGUN = HOUR;
/** What copies or compares all of it. */
export const WHOLE = 24 * HOUR;
/** The same beside an app that works on. */
export const BESIDE = 48 * HOUR;
