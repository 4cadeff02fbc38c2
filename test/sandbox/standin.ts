/**
 * The AWS stand-in (moto) in a virtual environment of the sandbox's own, installed from hashes. It must not be reached
 * by anything but the proxy, which makes good what it lacks.
 */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { type Build, built, type Say } from './cache.ts';
import { pythonEnvironment } from './python.ts';

/** Finds or installs the stand-in; answers with the Python that can run it. */
export async function standInPython(say: Say): Promise<string> {
  return path.join(await built(standInBuild(), say), 'bin', 'python3');
}

/** Arguments for the Python of `standInPython`. */
export const standInArgs = (port: number): readonly string[] => [SERVE, '-H', '127.0.0.1', '-p', `${port}`];

/** How many run side by side, each with accounts of its own: Python uses one processor. */
export const standInCount = (): number => Math.min(availableParallelism(), 4);

/** What makes the stand-in stricter, fuller and faster, for that Python; its switches count as on when they are not empty. */
export const standInEnv = (python: string): Readonly<Record<string, string>> => ({
  MOTO_AMIS_PATH: path.join(path.dirname(python), '..', IMAGES),
  MOTO_IAM_LOAD_MANAGED_POLICIES: 'true',
  MOTO_ENABLE_AMI_VALIDATION: 'true',
  MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION: 'true',
  PYTHONDONTWRITEBYTECODE: '1',
});

const IMAGES = 'images.json';

const MOTO = path.join(import.meta.dirname, 'moto');
const SERVE = path.join(MOTO, 'serve.py');

const standInBuild = (): Build =>
  pythonEnvironment({
    name: 'venv',
    announcement: 'installing the AWS stand-in into an environment of its own, once, about 30 s',
    requirements: path.join(MOTO, 'requirements.txt'),
    script: path.join(MOTO, 'images.py'),
    args: (folder) => [path.join(folder, IMAGES)],
  });
