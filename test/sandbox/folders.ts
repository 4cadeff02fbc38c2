/**
 * Where the sandbox keeps its files: builds that outlive a run, one folder per run, and the logs of runs that ended.
 * Everything lies under `.sandbox/` of the project. This file must not create or remove anything.
 */
import path from 'node:path';

/** The project's own folder. */
export const projectFolder = path.resolve(import.meta.dirname, '../..');

/** Everything the sandbox writes. */
export const sandboxFolder = path.join(projectFolder, '.sandbox');

/** Builds, keyed by the hash of what they were made from. */
export const cacheFolder = path.join(sandboxFolder, 'cache');

/** Logs of runs that have ended. */
export const logsFolder = path.join(sandboxFolder, 'logs');

/** The folder of one run. */
export const runFolder = (id: string): string => path.join(sandboxFolder, `run-${id}`);

/** The state file of a run, as handed to whoever attaches to it. */
export const stateFile = (folder: string): string => path.join(folder, 'state.json');
