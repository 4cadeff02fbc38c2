/** EC2's own ways of saying no, shared by its rules. */
import { type Params, Refusal, text } from '../call.ts';
import { kindOfId } from './ids.ts';
import type { Scene } from './view.ts';

/** It does not exist, or not yet. */
export function notFound(id: string): Refusal {
  return new Refusal(kindOfId(id)?.code ?? 'InvalidID', `The ID '${id}' does not exist`);
}

/** A refusal that AWS makes and the stand-in does not. `check` throws it. */
export interface Rule {
  readonly operation: string | readonly string[];
  readonly check: (scene: Scene, params: Params) => Promise<void> | void;
}

/** A parameter that AWS cannot do without. */
export function required(params: Params, name: string): string {
  const value = text(params, name);
  if (value === undefined || value === '')
    throw new Refusal('MissingParameter', `The request must contain the parameter ${name}`);
  return value;
}
