/** What to make of a question that AWS did not answer: not to know is no reason to stop. */
import { classify } from '../aws/errors.ts';
import type { Warning } from './preflight-check.ts';

/** What was asked, and by what right. */
export interface Question {
  readonly what: string;
  readonly right: string;
}

/** A warning about an error, whatever it is. */
export function unknownWarning(error: unknown, { what, right }: Question): Warning {
  const { class: sort, code } = classify(error);
  const denied = sort === 'denied';
  const way = denied ? `; the right ${right} would tell` : '';
  return { message: `not known: ${what} (${code})${way}`, denied };
}

/** A warning about a right that is missing; other errors are thrown on. */
export function deniedWarning(error: unknown, question: Question): Warning {
  if (classify(error).class !== 'denied') throw error;
  return unknownWarning(error, question);
}
