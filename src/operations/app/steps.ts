/** Steps that concern the app itself. */
import type { StepDefinition } from '../step/definition.ts';
import { RELOAD } from './scripts.ts';

const TEN_MINUTES = 600;

/** Has the app read its parameters anew, by the command that the user gave. */
export const reloadApp: StepDefinition<{ reloaded: boolean }> = {
  name: 'app.reload',
  script: { text: RELOAD, seconds: TEN_MINUTES },
  again: true,
  result: ({ reloaded }) => (reloaded ? 'reloaded' : 'no command given; the app looks by itself'),
};
