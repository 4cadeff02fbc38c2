/** An environment of Python's own for one part of the sandbox, installed from hashes and finished by a script. It must not know the part. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Build } from './cache.ts';

/** What an environment is made of. */
export interface PythonEnvironment {
  readonly name: string;
  /** Told before it is made, because that takes a while. */
  readonly announcement: string;
  /** File of requirements, with hashes. */
  readonly requirements: string;
  /** Runs in the environment at last, with these arguments. */
  readonly script: string;
  readonly args: (folder: string) => readonly string[];
}

/** The build of an environment. */
export function pythonEnvironment({ name, announcement, requirements, script, args }: PythonEnvironment): Build {
  // An environment is tied to the interpreter that made it.
  const python = execFileSync('python3', ['-c', 'import sys; print(sys.version, sys.base_prefix)'], {
    encoding: 'utf8',
  });
  return {
    name,
    announcement,
    inputs: [process.platform, process.arch, python, readFileSync(requirements, 'utf8'), readFileSync(script, 'utf8')],
    async make(folder, run) {
      await run('python3', ['-m', 'venv', folder]);
      const own = path.join(folder, 'bin', 'python3');
      const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '--require-hashes'];
      await run(own, [...pip, '--only-binary', ':all:', '-r', requirements]);
      await run(own, ['-m', 'compileall', '-q', path.join(folder, 'lib')]);
      await run(own, [script, ...args(folder)]);
    },
  };
}
