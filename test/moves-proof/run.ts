/**
 * One run: a tier with the app on it, people who use it, a move, what disturbs it, and what is left when it is over. Whatever is not
 * as expected is a sentence in the result; only what keeps the run from being run at all is thrown.
 */
import { GetParametersByPathCommand } from '@aws-sdk/client-ssm';
import type { KubeProxy } from '../sandbox/kube-proxy/proxy.ts';
import { condition, isSettled, type Scene, type TierObject } from '../sandbox/scene.ts';
import { appTags, deployApp, makeDatabase } from './app.ts';
import { type Audit, audit } from './audit.ts';
import { disturb } from './disturbances.ts';
import { type Published, valueIfAny } from './endpoint.ts';
import type { Deaths, Ending, MoveResult, MoveRun } from './move.ts';
import { observationFailures, type SeenStep } from './observation.ts';
import { isThere, isTidy, startOf, type UnderWay } from './under-way.ts';
import { type Book, longestGapSeconds, sendUsers, type Users } from './users.ts';

/** What tiers call their database when nobody says otherwise. */
const DATABASE = 'app';

/** Notes that are written before a move, and after it. */
const SOME = 5;

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

/** Waits for the end, and keeps what is shown only meanwhile. */
async function untilTheEnd({ scene, tier, run }: UnderWay): Promise<Watched> {
  const watched: Watched = { expectedSeconds: undefined, since: new Map(), steps: new Map() };
  const look = (now: TierObject): boolean => {
    const { stage = '' } = now.status;
    if (!watched.since.has(stage)) watched.since.set(stage, Date.now());
    for (const step of now.status.transition?.steps ?? []) watched.steps.set(step.id, step);
    watched.expectedSeconds = now.status.transition?.expectedInterruptionSeconds ?? watched.expectedSeconds;
    return hasEnded(now, run, run.ending);
  };
  await scene.until(tier, `it is ${run.ending.as}`, look, run.patienceSeconds);
  return watched;
}

/** Of what was foretold so much may be wrong; and so many seconds, because a small copy is mostly the way from step to step. */
const WRONG = { share: 0.3, seconds: 5 } as const;

/** Whether people were refused for as long as was foretold, where a run is to show that. */
function predictionFailures({ foretold }: MoveRun, expected: number | undefined, refused: number): readonly string[] {
  if (!foretold) return [];
  if (expected === undefined) return ['nobody said for how long there would be no database'];
  const allowed = Math.max(WRONG.seconds, WRONG.share * expected);
  if (Math.abs(refused - expected) <= allowed) return [];
  return [`writes were refused for ${refused.toFixed(1)} s, and ${expected} s were foretold`];
}

/** What is wrong with how the app was told why writes are refused: of what takes long it is told, and that it is over always. */
async function maintenanceFailures({ scene, run }: UnderWay, app: Published, seq: number): Promise<readonly string[]> {
  if (!run.foretold) return (await valueIfAny(app, 'app/maintenance')) === undefined ? [] : ['maintenance is not over'];
  const { account, proxy } = scene;
  const entries = await proxy.journal({ account: account.id, since: seq });
  const said = entries.filter(({ params }) => params.Name === `${app.prefix}/app/maintenance`);
  const writes = said.filter(({ write }) => write).map(({ operation }) => operation);
  const all = writes.join(', ');
  return all === 'PutParameter, DeleteParameter' ? [] : [`of maintenance the app was told by ${all || 'nothing'}`];
}

async function recordsOf({ account, prefix }: Published): Promise<readonly string[]> {
  const call = new GetParametersByPathCommand({ Path: `${prefix}/ops`, Recursive: true });
  return ((await account.ssm.send(call)).Parameters ?? []).map(({ Name = '' }) => Name);
}

/** What people met with while the move was under way. */
type Met = Pick<Book, 'failed' | 'loggedOut'>;

/** What was seen of the move while it went on. */
interface Watched {
  /** What the rehearsal said, which the status shows only meanwhile. */
  expectedSeconds: number | undefined;
  /** Since when each stage was seen in force, in milliseconds since 1970. */
  readonly since: Map<string, number>;
  /** Each step as it was shown last. */
  readonly steps: Map<string, SeenStep>;
}

const since = (began: number, { failed, loggedOut }: Book): Met => ({
  failed: failed.filter(({ at }) => at >= began),
  loggedOut: loggedOut.filter(({ at }) => at >= began),
});

/** From when on no request may fail, in milliseconds since 1970. */
function quietSince({ ending: { interrupted } }: MoveRun, watched: Watched): number {
  if (typeof interrupted === 'boolean') return interrupted ? Number.POSITIVE_INFINITY : 0;
  return watched.since.get(interrupted.until) ?? 0;
}

/** What of it nobody was to meet with. */
function surprises(run: MoveRun, { failed, loggedOut }: Met, watched: Watched): readonly string[] {
  const quiet = quietSince(run, watched);
  const all = [...failed.filter(({ at }) => at >= quiet), ...(run.ending.loggedOut ? [] : loggedOut)];
  return all.map(({ at, what }) => `${new Date(at).toISOString()} ${what}`);
}

/** What is wrong with how it ended, beside what people lost. */
async function failuresOf(move: UnderWay, app: Published, { host }: Audit, book: Book): Promise<readonly string[]> {
  const { scene, tier, run, local } = move;
  const { status } = await scene.get(tier);
  const isLocal = (run.ending.as === 'moved' ? run.to : startOf(run)) === 'SingleServer';
  const place = isLocal ? local.app.host : status.endpoints?.databaseWriter;
  return [
    ...(host === place ? [] : [`the app is sent to ${host}`]),
    ...(await recordsOf(app)).map((name) => `a record is left: ${name}`),
    ...(book.uploads.size === 0 ? ['nothing was uploaded'] : []),
  ];
}

/** What only a load balancer has is refused in other stages. */
function plainTransition({ spec }: MoveRun): MoveRun['spec']['transition'] {
  const { uploads: _, traffic: __, observation: ___, ...transition } = spec.transition ?? {};
  return transition;
}

/** To where the move begins that the run is about. */
async function goBy({ scene, tier, run }: UnderWay): Promise<void> {
  const { by } = run;
  if (by === undefined) return;
  const { spec } = run;
  const plain = { transition: plainTransition(run), ...(spec.database && { database: spec.database }) };
  await scene.patch(tier, { stage: by, ...(by === 'LoadBalanced' ? spec : plain) });
  await scene.until(tier, `it is in stage ${by}`, (now) => isThere(now, { to: by }), run.patienceSeconds);
}

async function play(base: Omit<UnderWay, 'tell'>, app: Published, users: Users): Promise<MoveResult> {
  let deaths: Deaths | undefined;
  const move: UnderWay = { ...base, tell: (told) => (deaths = told) };
  const { scene, tier, run, local } = move;
  const begun = performance.now();
  await moreNotes(move, users);
  await goBy(move);
  const [began, seq] = [Date.now(), await scene.proxy.latest()];
  const begin = async (): Promise<Watched> => {
    await scene.patch(tier, { stage: run.to, ...run.spec });
    return untilTheEnd(move);
  };
  const [watched] = await Promise.all([begin(), disturb(move, run.disturbance)]);
  await moreNotes(move, users);
  const book = await users.stop();
  await scene.until(tier, 'its steps are gone', isTidy, run.patienceSeconds);
  const seen = await audit(app, local, book);
  const met = since(began, book);
  return {
    ...{
      run,
      expectedSeconds: watched.expectedSeconds,
      rows: seen.rows,
      bytes: seen.bytes,
      lost: seen.lost,
      duplicated: seen.duplicated,
    },
    ...{ acknowledged: book.notes.size, uploads: book.uploads.size, refusedSeconds: longestGapSeconds(book, began) },
    ...{ failed: met.failed.length, loggedOut: met.loggedOut.length },
    failures: [
      ...(await failuresOf(move, app, seen, book)),
      ...(await maintenanceFailures(move, app, seq)),
      ...surprises(run, met, watched),
      ...observationFailures(run, watched.steps.get('E10'), book),
      ...predictionFailures(run, watched.expectedSeconds, longestGapSeconds(book, began)),
    ],
    deaths,
    seconds: (performance.now() - begun) / 1000,
  };
}

/** Plays a run in a scene that has nothing else; `tier` is a name that is free there. */
export async function playRun(scene: Scene, tier: string, run: MoveRun, kube?: KubeProxy): Promise<MoveResult> {
  const { state, account, namespace } = scene;
  const app: Published = { state, account, prefix: `/scaling-tier/${namespace}/${tier}` };
  const { engine, data, preparation, pollSeconds } = run;
  await deployApp({ ...app, pollSeconds });
  await scene.apply(tier, { stage: run.from, tags: appTags(app.prefix), database: { engine } });
  const { status } = await scene.settled(tier, run.patienceSeconds);
  const instanceID = status.resources?.find(({ role }) => role === 'ec2.instance/server')?.id ?? '';
  const local = await makeDatabase({ ...app, instanceID, engine, database: DATABASE, data, preparation });
  const users = sendUsers(app, tier);
  try {
    return await play({ scene, tier, instanceID, local, run, kube }, app, users);
  } finally {
    await users.stop();
  }
}
