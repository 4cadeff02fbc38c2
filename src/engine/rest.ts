/**
 * When a pass leaves a tier at rest, and how the next look tells whether it still is: by what AWS shows, compared as text.
 * It decides nothing about AWS; whatever it is not sure of is left to a pass.
 */
import { isDeepStrictEqual } from 'node:util';
import type { TierStatus } from '../api/types.ts';
import type { AnyResource } from '../aws/driver.ts';
import type { SessionRequest } from '../aws/session.ts';
import { turns } from '../aws/turns.ts';
import type { Plan } from '../core/action.ts';
import type { Owner } from '../core/kind.ts';
import type { Projection } from '../core/projection.ts';
import { conditionsAt } from '../core/status.ts';
import { accessOf, type Course } from './course.ts';
import { type Engine, memoryOf } from './engine.ts';
import { isYoung } from './intents.ts';
import { agesOf, type View } from './look.ts';

/** What came of a pass, as far as rest is concerned. */
export interface Ending {
  readonly view: View;
  readonly plan: Plan;
  readonly projection: Projection;
  /** The status that the pass answers with. */
  readonly status: TierStatus;
}

/** Milliseconds for which time alone must change nothing, and after which a pass makes sure. */
const REST_MILLISECONDS = 3_600_000;

/** So many go on in one turn of the event loop when they have waited for the same answer of AWS. */
const AT_ONCE = 200;

const turn = turns(AT_ONCE);

/** Whether nothing was found, done or awaited, and the status says so already. */
function isQuiet({ engine, tier, intents, now }: Course, { view, plan, status }: Ending): boolean {
  return (
    plan.actions.every(({ type }) => type === 'none') &&
    plan.findings.length === 0 &&
    !intents.some((intent) => isYoung(intent, now, engine.patience.absenceGraceSeconds)) &&
    [...view.readings.values()].every(({ shown }) => shown !== undefined) &&
    isDeepStrictEqual(status, tier.status)
  );
}

/** Whether nothing is said that stops being true before the end of the rest. */
function isLasting({ projection }: Ending): boolean {
  const later = new Date(projection.now.getTime() + REST_MILLISECONDS);
  return isDeepStrictEqual(conditionsAt(projection, later), conditionsAt(projection, projection.now));
}

/** What a tier at rest is remembered by. The rest of its last pass must not stay in memory with it. */
interface Remembered {
  readonly engine: Engine;
  readonly owner: Required<Owner>;
  readonly access: SessionRequest;
  /** On the monotonic clock. */
  readonly until: number;
  readonly kinds: readonly AnyResource[];
  /** In the order of the kinds. */
  readonly shown: readonly (string | undefined)[];
  /** The edition that was last compared with it. */
  edition?: number | undefined;
}

async function isStill(remembered: Remembered): Promise<boolean> {
  const { engine, owner, access, until, kinds, shown } = remembered;
  const { deepLookSeconds } = engine.patience;
  const now = performance.now();
  if (now > until || now - memoryOf(engine, owner.uid).deepAt > deepLookSeconds * 1000) return false;
  const question = { aws: await engine.sessions.open(access), owner, ...agesOf(engine) };
  const edition = engine.observer.edition(kinds, question);
  if (edition !== undefined && edition === remembered.edition) return true;
  // All at once: what has to be swept for one service is swept beside what has to be for another.
  const answers = kinds.map((kind) => engine.observer.shown(kind, question));
  for (const [index, known] of answers.entries()) {
    const seen = typeof known === 'string' ? known : await known;
    if (seen !== known) await turn();
    if (seen !== shown[index]) return false;
  }
  remembered.edition = edition;
  return true;
}

const remembering = (remembered: Remembered) => (): Promise<boolean> =>
  // Whatever the account has become: a pass finds out and says so.
  isStill(remembered).catch(() => false);

/** How to tell later whether the tier is still at rest; nothing when it is not at rest. */
export function restOf(course: Course, ending: Ending): (() => Promise<boolean>) | undefined {
  if (!isQuiet(course, ending) || !isLasting(ending)) return undefined;
  const { engine, owner, tier, looking } = course;
  const kinds = looking.horizon.own;
  const shown = kinds.map(({ type }) => ending.view.readings.get(type)?.shown);
  const until = performance.now() + REST_MILLISECONDS;
  return remembering({ engine, owner, access: accessOf(tier), until, kinds, shown });
}
