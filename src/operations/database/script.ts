/** How a script of a PostgreSQL move is sent: behind what all of them share. It must not know what a script does. */
import type { Script } from '../step/definition.ts';
import { LIBRARY } from './scripts.ts';

/** A script that may run for so many seconds. */
export const script = (text: string, seconds: number): Script => ({ library: LIBRARY, text, seconds });
