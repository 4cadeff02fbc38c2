/** Makes passwords that RDS takes: printable characters without `/`, `"`, `@` and space. Pure but for chance. */
import { randomInt } from 'node:crypto';

const CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%^*()_+=-';

/** A password of that many characters, all equally likely. */
export function makePassword(length: number): string {
  return Array.from({ length }, () => CHARACTERS[randomInt(CHARACTERS.length)]).join('');
}
