/**
 * The script of a command as a process of an instance finds itself: its file, its folder and its environment, with the
 * credentials of the instance's own role. No secret may be in its arguments.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Call, type Params, structure, succeeded, texts } from '../call.ts';
import { lookBy } from '../ec2/view.ts';
import type { Machine } from '../machines/machine.ts';
import type { Script } from '../machines/process.ts';
import type { World } from '../world.ts';
import { descend, parseXml, textAt } from '../xml.ts';
import type { Command } from './commands.ts';

interface Scene {
  readonly world: World;
  readonly call: Call;
}

/** What an instance without a role has: no credentials. */
type Credentials = Readonly<Record<string, string>>;

async function roleOf(scene: Scene, instanceId: string): Promise<string | undefined> {
  const [instance] = await lookBy(scene, 'DescribeInstances', 'instance-id', instanceId);
  const profile = textAt(instance, 'iamInstanceProfile', 'arn')?.split('/').at(-1);
  if (profile === undefined) return undefined;
  const answer = await scene.world.ask(scene.call, 'GetInstanceProfile', { InstanceProfileName: profile }, 'iam');
  const root = succeeded(answer) ? parseXml(answer.body.toString()) : undefined;
  return textAt(root, 'GetInstanceProfileResult', 'InstanceProfile', 'Roles', 'member', 'Arn');
}

/** As the instance's metadata service gives them out: sessions are named after the instance. */
async function credentialsOf(scene: Scene, instanceId: string): Promise<Credentials> {
  const RoleArn = await roleOf(scene, instanceId);
  if (RoleArn === undefined) return {};
  const answer = await scene.world.ask(scene.call, 'AssumeRole', { RoleArn, RoleSessionName: instanceId }, 'sts');
  const found = descend(parseXml(answer.body.toString()), 'AssumeRoleResult', 'Credentials');
  const field = (name: string): string => textAt(found, name) ?? '';
  return {
    AWS_ACCESS_KEY_ID: field('AccessKeyId'),
    AWS_SECRET_ACCESS_KEY: field('SecretAccessKey'),
    AWS_SESSION_TOKEN: field('SessionToken'),
  };
}

async function environmentOf(
  scene: Scene,
  machine: Machine,
  instanceId: string,
): Promise<Readonly<Record<string, string>>> {
  const { folder, tools, port } = await machine.database();
  const { region } = scene.call;
  return {
    PATH: `${tools}:${process.env.PATH ?? '/usr/bin:/bin'}`,
    HOME: path.join(machine.root, 'root'),
    TMPDIR: path.join(machine.root, 'tmp'),
    SCALINGTIER_ROOT: machine.root,
    ...{ PGHOST: folder, PGPORT: `${port}`, PGUSER: 'postgres' },
    // One name is that of the command line's first version, the other that of the second and of the SDKs.
    ...{ AWS_REGION: region, AWS_DEFAULT_REGION: region, AWS_ENDPOINT_URL: scene.world.machines.endpoint() },
    ...{ AWS_EC2_METADATA_DISABLED: 'true', PYTHONDONTWRITEBYTECODE: '1' },
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

/** Writes the script; the database of the instance is there before it runs. */
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
