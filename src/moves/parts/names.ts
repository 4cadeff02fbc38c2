/** How the names of a tier follow a switch, whichever way requests go: share by share, and then a step says that they do. */
import type { TierSpec } from '../../api/types.ts';
import type { GraphBuilder, Handle } from '../../core/graph.ts';
import type { StepTimes } from '../../core/move.ts';
import type { Ref } from '../../core/ref.ts';
import { leadNames } from '../../operations/traffic/steps.ts';
import { appNames, type Destination } from '../../stages/parts/names.ts';
import type { stepsIn } from './step.ts';

/** What names follow. */
export interface Following {
  readonly add: ReturnType<typeof stepsIn>;
  readonly prefix: string;
  readonly switched: Handle<{ readonly address: string } & StepTimes>;
  /** Where they are to lead, and from where. */
  readonly destination: Destination & Required<Pick<Destination, 'from'>>;
  readonly after: readonly Ref<unknown>[];
}

/** Leads the names that a tier has to where the switch has sent people; answers with when that is done. */
export function followSwitch(
  g: GraphBuilder,
  spec: TierSpec,
  { add, prefix, switched, destination, after }: Following,
): Ref<string> {
  const led = appNames(g, spec, prefix, destination, { after });
  if (!led) return switched.ref('finishedTime');
  return add(leadNames, 'lead', { arguments: { led, address: switched.ref('address') } }, { after }).ref(
    'finishedTime',
  );
}
