/** How a move adds its steps: the same kind for all, with a record of its own below the tier's prefix. */
import type { GraphBuilder, Handle, Placing } from '../../core/graph.ts';
import type { StepTimes } from '../../core/move.ts';
import type { Input, NodeId, Ref } from '../../core/ref.ts';
import type { StepDefinition } from '../../operations/step/definition.ts';
import type { StepSpec } from '../../operations/step/step.ts';
import { Step } from '../../operations/steps.ts';

/** What a step is given. */
export interface StepBase {
  /** Where its script runs. */
  readonly instanceId?: Ref<string>;
  readonly arguments?: Readonly<Record<string, Input<string>>>;
  /** For how long it waits, where it is a time that passes, or a person's word. */
  readonly seconds?: number;
}

/** Seconds, as a step that waits counts. */
export const HOUR = 3600;

/** The node of a step. */
export const stepNode = (name: string): NodeId => `${Step.type}/${name}`;

/** Adds steps whose records lie in `folder`. */
export const stepsIn =
  (g: GraphBuilder, folder: string) =>
  <A extends object>(
    definition: StepDefinition<A>,
    name: string,
    { instanceId, arguments: given = {}, seconds }: StepBase,
    placing: Placing = {},
  ): Handle<A & StepTimes> => {
    const spec: Input<StepSpec> = {
      step: definition.name,
      record: `${folder}/${name}`,
      arguments: given,
      kept: true,
      ...(instanceId ? { instanceId, server: instanceId.$ref } : {}),
      ...(seconds === undefined ? {} : { seconds }),
      ...(definition.asks ? { word: true } : {}),
    };
    // What it answers is its definition's; the kind knows that it answers.
    return g.add(Step, name, spec, placing) as unknown as Handle<A & StepTimes>;
  };
