/**
 * One run: a tier with the app on it, people who use it, a move, what disturbs it, and what is left when it is over. Whatever is not
 * as expected is a sentence in the result; only what keeps the run from being run at all is thrown.
 */
import { GetParametersByPathCommand } from '@aws-sdk/client-ssm';
import { condition, isSettled, type Scene, type TierObject } from '../sandbox/scene.ts';
import { deployApp } from './app.ts';
import { type Audit, audit } from './audit.ts';
import { disturb, isThere, type UnderWay } from './disturbances.ts';
import type { Published } from './endpoint.ts';
import type { Ending, MoveResult, MoveRun, StageName } from './move.ts';
import { type Book, sendUsers, type Users } from './users.ts';

/** What tiers call their database when nobody says otherwise. */
const DATABASE = 'app';

/** Notes that are written before a move, and after it. */
const SOME = 5;

/** The stage in force when the move begins that the run is about. */
const startOf = ({ from, by }: MoveRun): StageName => by ?? from;

type As = Ending['as'];
type Of<A extends As> = Extract<Ending, { readonly as: A }>;

/** Whether a move has ended in this way. */
const ENDED: { readonly [A in As]: (tier: TierObject, run: MoveRun, ending: Of<A>) => boolean } = {
  moved: (tier, run) => isThere(tier, run),
  'called off': (tier, run) =>
    tier.status.transition === undefined && tier.status.stage === startOf(run) && isSettled(tier),
  refused: (tier, run, { words }) =>
    tier.status.stage === startOf(run) &&
    condition(tier, 'Stalled')?.message.includes(words) === true &&
    ['Ready', 'UpToDate'].every((type) => condition(tier, type)?.status === 'True'),
};

function hasEnded<A extends As>(tier: TierObject, run: MoveRun, ending: Of<A>): boolean {
  return ENDED[ending.as as A](tier, run, ending);
}

async function moreNotes({ scene, tier, run }: UnderWay, users: Users): Promise<void> {
  const before = users.count();
  await scene.until(tier, 'the app takes notes', () => users.count() >= before + SOME, run.patienceSeconds);
}

/** Waits for the end, and keeps what the rehearsal said, which the status shows only meanwhile. */
async function untilTheEnd({ scene, tier, run }: UnderWay): Promise<number | undefined> {
  let rehearsed: number | undefined;
  const look = (now: TierObject): boolean => {
    const step = now.status.transition?.steps?.find(({ role }) => role.endsWith('/rehearse'));
    const seconds = / in (\d+) seconds?/.exec(step?.result ?? '')?.[1];
    if (seconds !== undefined) rehearsed = Number(seconds);
    return hasEnded(now, run, run.ending);
  };
  await scene.until(tier, `it is ${run.ending.as}`, look, run.patienceSeconds);
  return rehearsed;
}

async function recordsOf({ account, prefix }: Published): Promise<readonly string[]> {
  const call = new GetParametersByPathCommand({ Path: `${prefix}/ops`, Recursive: true });
  return ((await account.ssm.send(call)).Parameters ?? []).map(({ Name = '' }) => Name);
}

/** What is wrong with how it ended, beside what people lost. */
async function failuresOf(move: UnderWay, app: Published, { host }: Audit, book: Book): Promise<readonly string[]> {
  const { scene, tier, run, local } = move;
  const { status } = await scene.get(tier);
  const refused = book.doubtful.size;
  const isLocal = (run.ending.as === 'moved' ? run.to : startOf(run)) === 'SingleServer';
  const place = isLocal ? local.app.host : status.endpoints?.databaseWriter;
  return [
    ...(host === place ? [] : [`the app is sent to ${host}`]),
    ...(await recordsOf(app)).map((name) => `a record is left: ${name}`),
    ...(book.uploads.size === 0 ? ['nothing was uploaded'] : []),
    ...(refused > 0 && !run.ending.interrupted
      ? [`${refused} notes were refused, and nothing was to be interrupted`]
      : []),
  ];
}

/** To where the move begins that the run is about. */
async function goBy({ scene, tier, run }: UnderWay): Promise<void> {
  const { by } = run;
  if (by === undefined) return;
  const { transition } = run.spec;
  await scene.patch(tier, { stage: by, transition });
  await scene.until(tier, `it is in stage ${by}`, (now) => isThere(now, { to: by }), run.patienceSeconds);
}

async function play(move: UnderWay, app: Published, users: Users): Promise<MoveResult> {
  const { scene, tier, run, local } = move;
  const begun = performance.now();
  await moreNotes(move, users);
  await goBy(move);
  await scene.patch(tier, { stage: run.to, ...run.spec });
  const [rehearsedSeconds] = await Promise.all([untilTheEnd(move), disturb(move, run.disturbance)]);
  await moreNotes(move, users);
  const book = await users.stop();
  const gone = ({ status }: TierObject): boolean =>
    !status.resources?.some(({ role }) => role.startsWith('operation.step/'));
  await scene.until(tier, 'its steps are gone', gone, run.patienceSeconds);
  const seen = await audit(app, local, book);
  return {
    ...{ run, rehearsedSeconds, rows: seen.rows, bytes: seen.bytes, lost: seen.lost, duplicated: seen.duplicated },
    ...{ acknowledged: book.notes.size, uploads: book.uploads.size, refusedSeconds: book.longestGapSeconds },
    failures: await failuresOf(move, app, seen, book),
    seconds: (performance.now() - begun) / 1000,
  };
}

/** Plays a run in a scene that has nothing else; `tier` is a name that is free there. */
export async function playRun(scene: Scene, tier: string, run: MoveRun): Promise<MoveResult> {
  await scene.apply(tier, { stage: run.from });
  const { status } = await scene.settled(tier, run.patienceSeconds);
  const instanceID = status.resources?.find(({ role }) => role === 'ec2.instance/server')?.id ?? '';
  const { state, account, namespace } = scene;
  const app: Published = { state, account, prefix: `/scaling-tier/${namespace}/${tier}` };
  const { data, preparation, pollSeconds } = run;
  const local = await deployApp({ ...app, instanceID, database: DATABASE, data, preparation, pollSeconds });
  const users = sendUsers(app, tier);
  try {
    return await play({ scene, tier, instanceID, local, run }, app, users);
  } finally {
    await users.stop();
  }
}
