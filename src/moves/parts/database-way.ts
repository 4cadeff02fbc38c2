/** What the steps of a database's way to RDS stand on, and what they leave to each other. It must not know how the data get there. */
import type { TierSpec } from '../../api/types.ts';
import type { GraphBuilder, Placing } from '../../core/graph.ts';
import type { Ref } from '../../core/ref.ts';
import type { UpSteps } from '../../operations/database/up-steps.ts';
import type { ServerAndDatabase } from '../../stages/parts/server-and-database.ts';
import { scriptArguments } from './database-scripts.ts';
import { UP } from './engine-steps.ts';
import { stepsIn } from './step.ts';

/** What every step of a database's way stands on. */
export interface Ground extends ServerAndDatabase {
  readonly add: ReturnType<typeof stepsIn>;
  /** What the database's engine does in them. */
  readonly does: UpSteps;
  readonly instanceId: Ref<string>;
  /** What its script is told, by groups. */
  readonly told: ReturnType<typeof scriptArguments>;
}

export function groundOf(g: GraphBuilder, spec: TierSpec, parts: ServerAndDatabase): Ground {
  const add = stepsIn(g, `${parts.prefix}/ops/separate-database`);
  const instanceId = parts.host.instance.ref('instanceId');
  return { ...parts, add, does: UP[spec.database.engine], instanceId, told: scriptArguments(spec, parts) };
}

/** What says that all of it is there, and of what it says so. */
export interface Evidence {
  readonly position: Ref<string>;
  readonly copy: Ref<string>;
  readonly fingerprint: Ref<string>;
}

/** Nobody is interrupted before all of this is there. Nothing slow may fall into the time in which nobody can write. */
export interface Prepared {
  readonly given: { readonly PREPARED: Ref<string>; readonly BACKUP: Ref<string> };
  readonly options: Placing;
}
