/** Every class of faults, in the order of the table. A new class joins here. */
import { input } from './input/class.ts';
import { kubernetesFaults } from './kubernetes/class.ts';
import { leadershipFaults } from './leadership/class.ts';
import { people } from './people/class.ts';
import { AMBIGUITIES } from './sorts/ambiguities.ts';
import { AWS_SORTS } from './sorts/aws.ts';
import { classOf } from './sorts/class.ts';
import { CRASHES } from './sorts/crashes.ts';
import type { FaultClass } from './trial.ts';

/** Every class of faults. */
export const CLASSES: readonly FaultClass[] = [
  classOf('crash', CRASHES),
  classOf('ambiguous', AMBIGUITIES),
  classOf('aws', AWS_SORTS),
  kubernetesFaults,
  leadershipFaults,
  people,
  input,
];
