/** How the steps of a database's moves are run: with the library that all of them share. It must not know a step. */
import type { Script } from '../step/definition.ts';
import { LIBRARY } from './scripts.ts';

/** A script of a server, which AWS ends after so many seconds. */
export const script = (text: string, seconds: number): Script => ({ library: LIBRARY, text, seconds });
