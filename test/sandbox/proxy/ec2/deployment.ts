/**
 * What an image or user data do on AWS: a program runs on every instance that has the tags of a deployment, whoever launches it and
 * whenever. It must not start anything on instances that were there before.
 */
import { type Deployment, fillIn } from '../machines/deployment.ts';
import { type Element, itemsOf, textAt } from '../xml.ts';
import { credentialsOf } from './metadata.ts';
import { lookBy, type Scene } from './view.ts';

function tagsOf(instance: Element): ReadonlyMap<string, string> {
  return new Map(itemsOf(instance, 'tagSet').map((tag) => [textAt(tag, 'key') ?? '', textAt(tag, 'value') ?? '']));
}

const isMeant = ({ tags }: Deployment, found: ReadonlyMap<string, string>): boolean =>
  Object.entries(tags).every(([key, value]) => found.get(key) === value);

/** Has a new instance run what is deployed on it. */
export async function deployOn(scene: Scene, instanceId: string): Promise<void> {
  const { world, call } = scene;
  const deployments = world.machines.deployments(call.account);
  const [instance] =
    deployments.length === 0 ? [] : await lookBy(scene, 'DescribeInstances', 'instance-id', instanceId);
  if (!instance) return;
  const found = tagsOf(instance);
  const machine = world.machines.of(instanceId);
  const address = await machine.address();
  const own = {
    ...{ AWS_REGION: call.region, AWS_ENDPOINT_URL: world.machines.endpoint() },
    ...(await credentialsOf(scene, instanceId)),
  };
  for (const deployment of deployments.filter((one) => isMeant(one, found)))
    await machine.serve(fillIn(deployment.service, address, own));
}
