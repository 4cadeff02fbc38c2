/**
 * When a pass leaves a tier at rest, and how the next look tells whether it still is: by what AWS shows, compared as text.
 * It decides nothing about AWS; whatever it is not sure of is left to a pass.
 */
import { setImmediate } from 'node:timers/promises';
import { fitStatus } from '../api/fit.ts';
import type { TierStatus } from '../api/types.ts';
import type { SessionRequest } from '../aws/session.ts';
import type { Plan } from '../core/action.ts';
import { canonical } from '../core/canonical.ts';
import type { Owner } from '../core/kind.ts';
import { type Projection, project } from '../core/status.ts';
import { accessOf, type Course } from './course.ts';
import { type Engine, memoryOf } from './engine.ts';
import type { View } from './look.ts';

/** What came of a pass, as far as rest is concerned. */
export interface Ending {
  readonly view: View;
  readonly plan: Plan;
  readonly projection: Projection;
  /** The status that the pass answers with. */
  readonly status: TierStatus;
}

/** So many go on in one turn of the event loop when they have waited for the same answer of AWS. */
const AT_ONCE = 200;

let turns: Promise<unknown> = Promise.resolve();
let waiting = 0;

/** Resolves in this turn of the event loop or in one of the next: many who were woken together must not block it. */
function turn(): Promise<unknown> {
  waiting += 1;
  if (waiting % AT_ONCE === 0) turns = turns.then(() => setImmediate());
  return turns;
}

/** Whether nothing was found, done or awaited, and the status says so already. */
function isQuiet({ tier, intents }: Course, { view, plan, status }: Ending): boolean {
  return (
    plan.actions.every(({ type }) => type === 'none') &&
    plan.findings.length === 0 &&
    intents.length === 0 &&
    [...view.readings.values()].every(({ shown }) => shown !== undefined) &&
    canonical(status) === canonical(tier.status)
  );
}

/** Whether the status would be the same when everything is next looked at deeply: then time alone changes nothing until then. */
function isLasting({ engine }: Course, { projection, status }: Ending): boolean {
  const later = new Date(projection.now.getTime() + engine.patience.deepLookSeconds * 1000);
  return canonical(fitStatus(project({ ...projection, now: later }))) === canonical(status);
}

/** What a tier at rest is remembered by. The rest of its last pass must not stay in memory with it. */
interface Remembered {
  readonly engine: Engine;
  readonly owner: Required<Owner>;
  readonly access: SessionRequest;
  /** In the order of the kinds. */
  readonly shown: readonly (string | undefined)[];
}

async function isStill({ engine, owner, access, shown }: Remembered): Promise<boolean> {
  const { sweepSeconds, deepLookSeconds } = engine.patience;
  const now = performance.now();
  if (now - memoryOf(engine, owner.uid).deepAt > deepLookSeconds * 1000) return false;
  const question = { aws: await engine.sessions.open(access), owner, notBefore: now - sweepSeconds * 1000 };
  for (const [index, kind] of engine.resources.entries()) {
    const known = engine.observer.shown(kind, question);
    const seen = typeof known === 'string' ? known : await known;
    if (seen !== known) await turn();
    if (seen !== shown[index]) return false;
  }
  return true;
}

const remembering = (remembered: Remembered) => (): Promise<boolean> =>
  // Whatever the account has become: a pass finds out and says so.
  isStill(remembered).catch(() => false);

/** How to tell later whether the tier is still at rest; nothing when it is not at rest. */
export function restOf(course: Course, ending: Ending): (() => Promise<boolean>) | undefined {
  if (!isQuiet(course, ending) || !isLasting(course, ending)) return undefined;
  const { engine, owner, tier } = course;
  const shown = engine.resources.map(({ type }) => ending.view.readings.get(type)?.shown);
  return remembering({ engine, owner, access: accessOf(tier), shown });
}
