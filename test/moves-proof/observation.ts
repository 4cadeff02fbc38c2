/**
 * Whether the operator has seen what people did: the requests that the observation of a fleet has counted are those that people
 * know of. It must not ask AWS, from whom the operator has it.
 */
import type { MoveRun } from './move.ts';
import type { Book } from './users.ts';

/** A step as its tier shows it. */
export interface SeenStep {
  readonly state: string;
  readonly startedTime?: string | undefined;
  readonly result?: string | undefined;
}

const MINUTE = 60_000;

/** Requests that are on their way when a minute begins, and when it ends: one of each person at each end. */
const ON_THEIR_WAY = 8;

const SAID = /^([\d,]+) requests?, (\S+) % answered with 5xx, p95 of \d+ ms, in (\d+) minutes?$/;

/** The minutes of the clock that count: the first is the one that begins with the observation, or next. */
function asked({ answered }: Pick<Book, 'answered'>, startedTime: string, minutes: number): number {
  const began = Math.ceil(Date.parse(startedTime) / MINUTE) * MINUTE;
  return answered.filter((at) => at >= began && at < began + minutes * MINUTE).length;
}

/** What is wrong with what the observation said in the end, where a run has one that people must pass. */
export function observationFailures(
  { ending, spec }: Pick<MoveRun, 'ending' | 'spec'>,
  step: SeenStep | undefined,
  book: Pick<Book, 'answered'>,
): readonly string[] {
  const minutes = spec.transition?.observation?.durationMinutes ?? 0;
  if (minutes === 0 || ending.as !== 'moved') return [];
  const { state, startedTime = '', result = '' } = step ?? {};
  const [, requests = '', percent = '', observed = ''] = SAID.exec(result) ?? [];
  const count = asked(book, startedTime, minutes);
  if (state !== 'Done' || percent !== '0' || Number(observed) !== minutes)
    return [`the observation is ${state ?? 'not there'} and says: ${result}`];
  const counted = Number(requests.replaceAll(',', ''));
  if (count > 0 && Math.abs(counted - count) <= ON_THEIR_WAY) return [];
  return [`the observation has counted ${counted} requests, and people know of ${count}`];
}
