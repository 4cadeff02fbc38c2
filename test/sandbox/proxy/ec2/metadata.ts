/** What the metadata service of an instance gives to those who run there: credentials of the instance's own role. It must not keep them. */
import { succeeded } from '../call.ts';
import { descend, parseXml, textAt } from '../xml.ts';
import { lookBy, type Scene } from './view.ts';

/** As variables that every SDK reads; none where the instance has no role. */
export type Credentials = Readonly<Record<string, string>>;

async function roleOf(scene: Scene, instanceId: string): Promise<string | undefined> {
  const [instance] = await lookBy(scene, 'DescribeInstances', 'instance-id', instanceId);
  const profile = textAt(instance, 'iamInstanceProfile', 'arn')?.split('/').at(-1);
  if (profile === undefined) return undefined;
  const answer = await scene.world.ask(scene.call, 'GetInstanceProfile', { InstanceProfileName: profile }, 'iam');
  const root = succeeded(answer) ? parseXml(answer.body.toString()) : undefined;
  return textAt(root, 'GetInstanceProfileResult', 'InstanceProfile', 'Roles', 'member', 'Arn');
}

/** The credentials of an instance's role: sessions are named after the instance. */
export async function credentialsOf(scene: Scene, instanceId: string): Promise<Credentials> {
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
