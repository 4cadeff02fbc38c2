/**
 * The script of a command as a process of an instance finds itself: its file, its folder and its environment, with the
 * credentials of the instance's own role. No secret may be in its arguments.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ENGINES } from '../../databases/engines.ts';
import { databaseTools } from '../../databases/tools.ts';
import { type Call, type Params, structure, texts } from '../call.ts';
import { credentialsOf } from '../ec2/metadata.ts';
import type { Machine } from '../machines/machine.ts';
import type { Script } from '../machines/process.ts';
import type { World } from '../world.ts';
import type { Command } from './commands.ts';

interface Scene {
  readonly world: World;
  readonly call: Call;
}

async function environmentOf(
  scene: Scene,
  machine: Machine,
  instanceId: string,
): Promise<Readonly<Record<string, string>>> {
  const home = path.join(machine.root, 'root');
  const databases = await machine.databases();
  const tools = new Set([await databaseTools(), ...databases.map(([, server]) => server.tools)]);
  const introduced = databases.map(([engine, server]) => ENGINES[engine].introduce(server, home));
  const { region } = scene.call;
  return {
    ...Object.assign({}, ...introduced),
    PATH: [...tools, process.env.PATH ?? '/usr/bin:/bin'].join(path.delimiter),
    HOME: home,
    TMPDIR: path.join(machine.root, 'tmp'),
    SCALINGTIER_ROOT: machine.root,
    // One name is that of the command line's first version, the other that of the second and of the SDKs.
    ...{ AWS_REGION: region, AWS_DEFAULT_REGION: region, AWS_ENDPOINT_URL: scene.world.machines.endpoint() },
    ...{ AWS_EC2_METADATA_SERVICE_ENDPOINT: scene.world.machines.metadata(), PYTHONDONTWRITEBYTECODE: '1' },
    ...(await credentialsOf(scene, instanceId)),
  };
}

/** Where the agent keeps the script of a command. */
function fileOf({ root }: Machine, { id }: Command, instanceId: string): string {
  const place = [
    'var/lib/amazon/ssm',
    instanceId,
    'document/orchestration',
    id,
    'awsrunShellScript/0.awsrunShellScript',
  ];
  const folder = path.join(root, ...place);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return path.join(folder, '_script.sh');
}

function folderOf({ root }: Machine, asked: Params): string {
  const [directory = ''] = texts(asked, 'workingDirectory');
  return path.join(root, directory);
}

/** Writes the script; the databases that the instance has are there before it runs. */
export async function prepareScript(
  scene: Scene,
  machine: Machine,
  command: Command,
  instanceId: string,
): Promise<Omit<Script, 'kept'>> {
  const env = await environmentOf(scene, machine, instanceId);
  const asked = structure(command.params, 'Parameters');
  const file = fileOf(machine, command, instanceId);
  writeFileSync(file, `${texts(asked, 'commands').join('\n')}\n`, { mode: 0o700 });
  const [seconds = '3600'] = texts(asked, 'executionTimeout');
  const name = `command-${command.id}-${instanceId}`;
  return { name, file, env, folder: folderOf(machine, asked), seconds: Number(seconds) };
}
