/** The one error for input that will never be accepted. Its message names the field, what is wrong with it, and the way out. */

/** The spec asks for what cannot be: no retry until it changes. */
export class InvalidSpec extends Error {
  override readonly name = 'InvalidSpec';
}
