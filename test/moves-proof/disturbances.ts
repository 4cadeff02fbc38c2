/** What happens to a move while it is under way, one function for each sort. It must not judge how the move ends. */
import { StartInstancesCommand, StopInstancesCommand } from '@aws-sdk/client-ec2';
import { SendCommandCommand } from '@aws-sdk/client-ssm';
import { psql } from '../sandbox/databases/psql.ts';
import { condition, isSettled, type Scene, type TierObject } from '../sandbox/scene.ts';
import { type LocalDatabase, signalApp } from './app.ts';
import type { Disturbance, MoveRun } from './move.ts';

/** A move under way. */
export interface UnderWay {
  readonly scene: Scene;
  readonly tier: string;
  readonly instanceID: string;
  readonly local: LocalDatabase;
  readonly run: MoveRun;
}

type Sort = Disturbance['sort'];
type Of<S extends Sort> = Extract<Disturbance, { readonly sort: S }>;

/** Whether a tier has come to the end of its move. */
export const isThere = (tier: TierObject, { to }: Pick<MoveRun, 'to'>): boolean =>
  tier.status.stage === to && isSettled(tier);

const runs = ({ status }: TierObject, step: string): boolean =>
  status.transition?.steps?.some(({ id, state }) => id === step && state === 'Running') ?? false;

function whileRunning({ scene, tier, run }: UnderWay, step: string): Promise<TierObject> {
  return scene.until(tier, `step ${step} runs`, (now) => runs(now, step), run.patienceSeconds);
}

async function killOperator({ scene }: UnderWay): Promise<void> {
  await scene.operator().kill();
  await scene.restart();
}

async function killInEveryStep(move: UnderWay): Promise<void> {
  const { scene, tier, run } = move;
  const died = new Set<string>();
  const isNews = (now: TierObject): boolean => {
    const { step } = now.status.transition ?? {};
    return isThere(now, run) || (step !== undefined && !died.has(step));
  };
  for (;;) {
    const now = await scene.until(tier, 'another step', isNews, run.patienceSeconds);
    const { step } = now.status.transition ?? {};
    if (isThere(now, run) || step === undefined) break;
    died.add(step);
    await killOperator(move);
  }
  // Fewer would mean that the steps were not seen: D is the way up, R the way back.
  const least = run.to === 'SingleServer' ? ['R1', 'R4', 'R7', 'R8'] : ['D1', 'D4', 'D7', 'D8'];
  const missed = least.filter((step) => !died.has(step));
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
  async 'second thoughts'({ scene, tier, run }) {
    const waits = (now: TierObject): boolean => condition(now, 'UpToDate')?.reason === 'AwaitingApproval';
    await scene.until(tier, 'the freeze waits for approval', waits, run.patienceSeconds);
    await scene.patch(tier, { stage: run.by ?? run.from });
  },
  async mended({ scene, tier, run, local }, { words, sql }) {
    const halted = (now: TierObject): boolean => condition(now, 'Stalled')?.message.includes(words) === true;
    await scene.until(tier, `it halts and says "${words}"`, halted, run.patienceSeconds);
    await psql(local.root, sql);
    // Any change of the spec asks again.
    await scene.patch(tier, { transition: { dataMigration: { maxWriteDowntimeSeconds: 900 } } });
  },
};

/** Disturbs a move as its run says. */
export function disturb<S extends Sort>(move: UnderWay, disturbance: Of<S>): Promise<void> {
  return DISTURB[disturbance.sort as S](move, disturbance);
}
