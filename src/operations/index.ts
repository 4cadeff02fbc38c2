/** All kinds in the order in which they are built: resources, and the steps between them. It must hold nothing else. */
import type { AnyResource } from '../aws/driver.ts';
import { resources } from '../resources/index.ts';
import { Parameter } from '../resources/ssm/parameter.ts';
import { Step } from './steps.ts';

// A step refers to what it works on; what is published refers to steps.
const at = resources.indexOf(Parameter);

/** The kinds. */
export const kinds: readonly AnyResource[] = [...resources.slice(0, at), Step, ...resources.slice(at)];
