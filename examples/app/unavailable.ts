/** What the app says when something that it stands on cannot be reached: nothing was acknowledged, come again. */
export class Unavailable extends Error {
  /** Seconds after which asking again is worth while. */
  readonly retryAfter = 1;
}
