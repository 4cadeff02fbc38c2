/**
 * Ends a run whose launcher died without doing so, even by SIGKILL: the launcher holds the other end of standard input,
 * which the kernel closes with it. One line "detach" before that lets the run live on. It must not start anything, and
 * it ignores the signals of a prompt, since the launcher decides what those mean.
 */
import { existsSync } from 'node:fs';
import { endRun } from './runs.ts';

const folder = process.argv[2];
if (folder === undefined) throw new Error('the warden needs the folder of a run');
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => {});

let heard = '';
for await (const chunk of process.stdin.setEncoding('utf8')) heard += chunk;
if (!heard.includes('detach') && existsSync(folder)) await endRun(folder);
