/** A move under way, as whatever disturbs or judges it sees it. It must not change anything. */
import type { KubeProxy } from '../sandbox/kube-proxy/proxy.ts';
import { isSettled, type Scene, type TierObject } from '../sandbox/scene.ts';
import type { LocalDatabase } from './app.ts';
import type { Deaths, MoveRun, StageName } from './move.ts';

/** A move under way. */
export interface UnderWay {
  readonly scene: Scene;
  readonly tier: string;
  readonly instanceID: string;
  readonly local: LocalDatabase;
  readonly run: MoveRun;
  /** What stands between the operator and the API server, where something does. */
  readonly kube?: KubeProxy | undefined;
  /** Takes down where the operator died. */
  readonly tell: (deaths: Deaths) => void;
}

/** The stage in force when the move begins that a run is about. */
export const startOf = ({ from, by }: Pick<MoveRun, 'from' | 'by'>): StageName => by ?? from;

/** Whether a tier has come to the end of its move. */
export const isThere = (tier: TierObject, { to }: Pick<MoveRun, 'to'>): boolean =>
  tier.status.stage === to && isSettled(tier);

/** Whether no step of a move is left. */
export const isTidy = ({ status }: TierObject): boolean =>
  !status.resources?.some(({ role }) => role.startsWith('operation.step/'));

const runs = ({ status }: TierObject, step: string): boolean =>
  status.transition?.steps?.some(({ id, state }) => id === step && state === 'Running') ?? false;

/** Waits until a step runs. */
export function whileRunning({ scene, tier, run }: UnderWay, step: string): Promise<TierObject> {
  return scene.until(tier, `step ${step} runs`, (now) => runs(now, step), run.patienceSeconds);
}
