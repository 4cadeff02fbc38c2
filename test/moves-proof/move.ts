/** What a run is made of: data alone, so that a new kind of move is a row. It must not know how anything is done. */
import type { TierSpecInput } from '../../src/api/types.ts';
import type { EngineName } from '../sandbox/databases/engines.ts';
import type { FaultRule } from '../sandbox/proxy/client.ts';

/** A stage by its name. */
export type StageName = TierSpecInput['stage'];

/** What happens to a move while it is under way. Steps are called as the runbook calls them. */
export type Disturbance =
  | { readonly sort: 'none' }
  /** The operator is killed and another started: in each of these steps, or in every step that is seen. */
  | { readonly sort: 'operator dies'; readonly during: readonly string[] | 'every step' }
  /** The operator is killed at each of its writes to AWS, once: right before AWS hears of it, or when AWS did it. */
  | { readonly sort: 'operator dies at writes'; readonly when: 'before' | 'after' }
  /** The server is stopped while this step runs, and started again. */
  | { readonly sort: 'server stops'; readonly during: string }
  /** The app is killed while this step runs. */
  | { readonly sort: 'app dies'; readonly during: string }
  /** AWS does these things to calls, from the beginning of the move. */
  | { readonly sort: 'calls fail'; readonly rules: readonly FaultRule[] }
  /** Somebody takes the old stage again, while the move waits for approval or when this step has run for some time, and takes out what only the new one has. */
  | {
      readonly sort: 'second thoughts';
      readonly during?: string;
      readonly afterSeconds?: number;
      readonly without?: object;
    }
  /** While the move waits for approval somebody runs SQL, as administrator of the server or as master user of RDS, and then approves. */
  | { readonly sort: 'before approval'; readonly side: 'server' | 'RDS'; readonly sql: string }
  /** Somebody takes the old stage again when the app works with the new database: the API server refuses it with these words. */
  | { readonly sort: 'too late'; readonly words: string }
  /** There are only so many MB where a dump lies, from the beginning on; `filled`: they are taken while the move waits for approval. */
  | { readonly sort: 'no room'; readonly megabytes: number; readonly filled: boolean }
  /** The API server refuses all connections of the operator for so many seconds, in each of these steps. */
  | { readonly sort: 'API server is gone'; readonly during: readonly string[]; readonly seconds: number }
  /** A person copies the database: approves its freeze, copies all of it, and says so by approving again. */
  | { readonly sort: 'copied by a person' }
  /** It halts, an administrator puts right what it named, and it is asked for again. */
  | { readonly sort: 'mended'; readonly words: string; readonly sql: string };

/** What people may notice of a move, from its beginning on. */
interface Noticed {
  /** Whether a request may fail on the way; or until when: from the moment on at which this stage is in force none may. */
  readonly interrupted: boolean | { readonly until: StageName };
  /** Whether people may have to log in once more; absent: nobody. */
  readonly loggedOut?: true;
}

/** How a move is to end: there; back, because somebody wanted it so; or where it was, with words that say why. */
export type Ending =
  | (Noticed & { readonly as: 'moved' | 'called off' })
  | (Noticed & { readonly as: 'refused'; readonly words: string });

/** One run. */
export interface MoveRun {
  readonly name: string;
  readonly engine: EngineName;
  readonly from: StageName;
  /** Where it goes before that, and nothing disturbs it. */
  readonly by?: StageName;
  readonly to: StageName;
  /** SQL of the app's role: what its database holds besides the notes. */
  readonly data: string;
  /** SQL of an administrator, before that. */
  readonly preparation?: string;
  /** What the spec says beside the stage. */
  readonly spec: Pick<TierSpecInput, 'transition' | 'approval' | 'database' | 'compute' | 'cache' | 'loadBalancer'>;
  /** Seconds between two looks of the app at its parameters. */
  readonly pollSeconds: number;
  readonly disturbance: Disturbance;
  readonly ending: Ending;
  /** Whether people must be refused for as long as the rehearsal has foretold. */
  readonly foretold: boolean;
  /** Whether it has the machine for itself, because its figures count. */
  readonly alone: boolean;
  /** For how long each of its waits is waited. */
  readonly patienceSeconds: number;
  /** Whether `make test` runs it. */
  readonly sample: boolean;
}

/** Where the operator died in a run. */
export interface Deaths {
  readonly when: 'before' | 'after';
  /** Different writes of the move, at each of which it died. */
  readonly writes: number;
  /** Fewer where several were under way at once. */
  readonly deaths: number;
}

/** What came of one run. */
export interface MoveResult {
  readonly run: MoveRun;
  readonly rows: number;
  readonly bytes: number;
  readonly acknowledged: number;
  readonly uploads: number;
  /** Requests that failed since the move began, and sessions that were not known any more. */
  readonly failed: number;
  readonly loggedOut: number;
  /** Longest time without an acknowledged write. */
  readonly refusedSeconds: number;
  /** What was foretold of that. */
  readonly expectedSeconds: number | undefined;
  readonly lost: readonly string[];
  readonly duplicated: readonly string[];
  /** What else is not as expected. */
  readonly failures: readonly string[];
  readonly deaths: Deaths | undefined;
  readonly seconds: number;
}
