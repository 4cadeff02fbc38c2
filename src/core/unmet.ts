/** Errors for what AWS does not grant before anything is built. Each has AWS's own word as its name, and a message that says the way out. */

/** The account has used up what AWS lets it have. */
export class QuotaUsedUp extends Error {
  override readonly name = 'QuotaExceeded';
}

/** The credentials lack a right that the tier needs. */
export class RightMissing extends Error {
  override readonly name = 'AccessDenied';
}
