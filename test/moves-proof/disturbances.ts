/** What happens to a move while it is under way, one function for each sort. It must not judge how the move ends. */
import { setTimeout as delay } from 'node:timers/promises';
import { StartInstancesCommand, StopInstancesCommand } from '@aws-sdk/client-ec2';
import { SendCommandCommand } from '@aws-sdk/client-ssm';
import { condition, type TierObject } from '../sandbox/scene.ts';
import { signalApp } from './app.ts';
import { ENGINES } from './engines.ts';
import { killAtWrites } from './every-write.ts';
import { awaitingApproval, beforeApproval, copyByPerson, loseApiServer, noRoom, tooLate } from './interference.ts';
import type { Disturbance, MoveRun } from './move.ts';
import { isThere, startOf, type UnderWay, whileRunning } from './under-way.ts';

type Sort = Disturbance['sort'];
type Of<S extends Sort> = Extract<Disturbance, { readonly sort: S }>;

/** Answers with when it was dead, in milliseconds since 1970. */
async function killOperator({ scene }: UnderWay): Promise<number> {
  await scene.operator().kill();
  const dead = Date.now();
  await scene.restart();
  return dead;
}

/** Steps on the way from stage to stage that take long enough to be seen: fewer would mean that nobody looked. */
const LEAST: Readonly<Record<string, readonly string[]>> = {
  'SingleServer to SeparateDatabase': ['D1', 'D4', 'D7', 'D8'],
  'SingleServer to SeparateDatabase by LogicalReplication': ['D1', 'D4A', 'D4C', 'D6A'],
  'SeparateDatabase to SingleServer': ['R1', 'R4', 'R7', 'R8'],
  'SeparateDatabase to LoadBalanced': ['E4', 'E5', 'E6'],
  'LoadBalanced to SeparateDatabase': ['F2', 'F3', 'F7', 'F9'],
};

/** Of a run; whatever is not said of a way would be seen by nobody. */
function leastOf(run: MoveRun): readonly string[] {
  const { method = '' } = run.spec.transition?.dataMigration ?? {};
  const way = [`${startOf(run)} to ${run.to}`, method].filter(Boolean).join(' by ');
  const steps = LEAST[way];
  if (!steps) throw new Error(`killing the operator in every step: nothing is said of the way from ${way}`);
  return steps;
}

/** When each step began, and when that it had ended was written down; milliseconds since 1970. */
type Spans = Map<string, readonly [began: number, ended: number]>;

function noteSpans({ status }: TierObject, spans: Spans): void {
  for (const { id, startedTime, finishedTime } of status.transition?.steps ?? []) {
    if (startedTime === undefined) continue;
    const ended = finishedTime === undefined ? Number.POSITIVE_INFINITY : Date.parse(finishedTime);
    spans.set(id, [Date.parse(startedTime), ended]);
  }
}

async function killInEveryStep(move: UnderWay): Promise<void> {
  const { scene, tier, run } = move;
  const died = new Set<string>();
  const deaths: number[] = [];
  const spans: Spans = new Map();
  const isNews = (now: TierObject): boolean => {
    const { step } = now.status.transition ?? {};
    noteSpans(now, spans);
    return isThere(now, run) || (step !== undefined && !died.has(step));
  };
  for (;;) {
    const now = await scene.until(tier, 'another step', isNews, run.patienceSeconds);
    const { step } = now.status.transition ?? {};
    if (isThere(now, run) || step === undefined) break;
    died.add(step);
    deaths.push(await killOperator(move));
  }
  // A step that was sent just before a death, and ended before anybody lived again, is never shown as running.
  const isMissed = (step: string): boolean => {
    const [began, ended] = spans.get(step) ?? [0, 0];
    return !died.has(step) && !deaths.some((time) => began <= time && time <= ended);
  };
  const missed = leastOf(run).filter(isMissed);
  if (missed.length > 0) throw new Error(`killing the operator in every step: ${missed.join(', ')} went by unseen`);
}

const DISTURB: { readonly [S in Sort]: (move: UnderWay, disturbance: Of<S>) => Promise<void> } = {
  none: async () => {},
  async 'operator dies'(move, { during }) {
    if (during === 'every step') return killInEveryStep(move);
    for (const step of during) {
      await whileRunning(move, step);
      await killOperator(move);
    }
  },
  'operator dies at writes': killAtWrites,
  async 'server stops'(move, { during }) {
    const { account } = move.scene;
    await whileRunning(move, during);
    await account.ec2.send(new StopInstancesCommand({ InstanceIds: [move.instanceID] }));
    await account.ec2.send(new StartInstancesCommand({ InstanceIds: [move.instanceID] }));
  },
  async 'app dies'(move, { during }) {
    const { account } = move.scene;
    await whileRunning(move, during);
    const Parameters = { commands: [signalApp('KILL')] };
    const command = { DocumentName: 'AWS-RunShellScript', InstanceIds: [move.instanceID], Parameters };
    await account.ssm.send(new SendCommandCommand(command));
  },
  async 'calls fail'({ scene }, { rules }) {
    const own = rules.map((rule) => ({ ...rule, match: { ...rule.match, account: scene.account.id } }));
    await scene.proxy.addFaults(...own);
  },
  async 'second thoughts'(move, { during, afterSeconds = 0, without }) {
    const { scene, tier, run } = move;
    if (during === undefined) await awaitingApproval(move);
    else await whileRunning(move, during);
    await delay(afterSeconds * 1000);
    await scene.patch(tier, { stage: startOf(run), ...without });
  },
  'before approval': beforeApproval,
  'too late': tooLate,
  'no room': noRoom,
  'copied by a person': copyByPerson,
  'API server is gone': loseApiServer,
  async mended({ scene, tier, run, local }, { words, sql }) {
    const halted = (now: TierObject): boolean => condition(now, 'Stalled')?.message.includes(words) === true;
    await scene.until(tier, `it halts and says "${words}"`, halted, run.patienceSeconds);
    await ENGINES[local.engine].ask(local.root, sql);
    // Any change of the spec asks again.
    await scene.patch(tier, { transition: { dataMigration: { maxWriteDowntimeSeconds: 900 } } });
  },
};

/** Disturbs a move as its run says. */
export function disturb<S extends Sort>(move: UnderWay, disturbance: Of<S>): Promise<void> {
  return DISTURB[disturbance.sort as S](move, disturbance);
}
