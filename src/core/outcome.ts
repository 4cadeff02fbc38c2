/** What became of the actions of one pass. Types only. */
import type { ActionType } from './action.ts';
import type { NodeId } from './ref.ts';

/** Why a call failed, in AWS's code and in the words of the error table. */
export interface Failure {
  readonly class: string;
  readonly code: string;
  readonly message: string;
}

/**
 * - `done` AWS accepted it
 * - `settling` AWS accepted it and is at work, or the answer was lost and must be looked for
 * - `blocked` not tried: it stands on something that is not there yet
 * - `failed` AWS refused
 */
export interface Outcome {
  readonly node: NodeId;
  readonly action: ActionType;
  readonly result: 'done' | 'settling' | 'blocked' | 'failed';
  readonly incarnation: number;
  /** A new resource stands or may stand, whether or not AWS shows it yet: nobody may ask for another one. */
  readonly made?: boolean;
  /** What stands under its name stood there before this pass asked. */
  readonly taken?: boolean;
  /** What was there is gone or on its way out, or may be. */
  readonly ended?: boolean;
  readonly id?: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
  /** These attributes are what AWS has: whatever stands on it may be done in this pass. */
  readonly final?: boolean;
  readonly failure?: Failure;
  /** Why it is blocked or settling. */
  readonly reason?: string;
}
