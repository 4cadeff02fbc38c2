/** The generator as a process of its own, in a run folder that ends it. It decides neither its core nor what it answers. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { plainEnvironment } from '../../test/sandbox/environment.ts';
import { httpStatus } from '../../test/sandbox/http.ts';
import { nodeProgram } from '../../test/sandbox/node.ts';
import { startProcess, untilReady } from '../../test/sandbox/processes.ts';
import type { Recording } from './recording.ts';

/** A generator that answers. */
export interface GeneratorProcess {
  readonly endpoint: string;
  readonly pid: number;
}

/** Starts it on a port and waits until it answers. */
export async function startGenerator(folder: string, recording: Recording, port: number): Promise<GeneratorProcess> {
  const file = path.join(folder, 'recording.json');
  writeFileSync(file, JSON.stringify(recording));
  const endpoint = `http://127.0.0.1:${port}`;
  const generator = await startProcess(folder, {
    name: 'generator',
    command: nodeProgram(),
    args: [path.join(import.meta.dirname, 'main.ts'), '--recording', file, '--port', String(port)],
    env: plainEnvironment(),
    rank: 10,
  });
  await untilReady(generator, async () => (await httpStatus(`${endpoint}/_bench/sums`)) === 200);
  return { endpoint, pid: generator.record.pid };
}
