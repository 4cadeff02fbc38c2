/** What a run is made of: data alone, so that a new kind of move is a row. It must not know how anything is done. */
import type { TierSpecInput } from '../../src/api/types.ts';
import type { FaultRule } from '../sandbox/proxy/client.ts';

/** A stage by its name. */
export type StageName = TierSpecInput['stage'];

/** What happens to a move while it is under way. Steps are called as the runbook calls them. */
export type Disturbance =
  | { readonly sort: 'none' }
  /** The operator is killed and another started: in each of these steps, or in every step that is seen. */
  | { readonly sort: 'operator dies'; readonly during: readonly string[] | 'every step' }
  /** The server is stopped while this step runs, and started again. */
  | { readonly sort: 'server stops'; readonly during: string }
  /** The app is killed while this step runs. */
  | { readonly sort: 'app dies'; readonly during: string }
  /** AWS does these things to calls, from the beginning of the move. */
  | { readonly sort: 'calls fail'; readonly rules: readonly FaultRule[] }
  /** Somebody takes the old stage again while the move waits for approval. */
  | { readonly sort: 'second thoughts' }
  /** It halts, a superuser puts right what it named, and it is asked for again. */
  | { readonly sort: 'mended'; readonly words: string; readonly sql: string };

/**
 * How a move is to end: there; back, because somebody wanted it so; or where it was, with words that say why. `interrupted` says
 * whether a note may be refused on the way.
 */
export type Ending =
  | { readonly as: 'moved'; readonly interrupted: true }
  | { readonly as: 'called off'; readonly interrupted: boolean }
  | { readonly as: 'refused'; readonly interrupted: boolean; readonly words: string };

/** One run. */
export interface MoveRun {
  readonly name: string;
  readonly from: StageName;
  /** Where it goes before that, and nothing disturbs it. */
  readonly by?: StageName;
  readonly to: StageName;
  /** SQL of the app's role: what its database holds besides the notes. */
  readonly data: string;
  /** SQL of a superuser, before that. */
  readonly preparation?: string;
  /** What the spec says beside the stage. */
  readonly spec: Pick<TierSpecInput, 'transition' | 'approval' | 'database'>;
  /** Seconds between two looks of the app at its parameters. */
  readonly pollSeconds: number;
  readonly disturbance: Disturbance;
  readonly ending: Ending;
  /** For how long each of its waits is waited. */
  readonly patienceSeconds: number;
  /** Whether `make test` runs it. */
  readonly sample: boolean;
}

/** What came of one run. */
export interface MoveResult {
  readonly run: MoveRun;
  readonly rows: number;
  readonly bytes: number;
  readonly acknowledged: number;
  readonly uploads: number;
  /** Longest time without an acknowledged write. */
  readonly refusedSeconds: number;
  /** What the rehearsal measured. */
  readonly rehearsedSeconds: number | undefined;
  readonly lost: readonly string[];
  readonly duplicated: readonly string[];
  /** What else is not as expected. */
  readonly failures: readonly string[];
  readonly seconds: number;
}
