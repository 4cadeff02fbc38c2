/** The first tier of the demo, one server: built, disturbed behind the operator's back, made larger. */
import type { SandboxState } from '../sandbox/sandbox.ts';
import { type Person, person } from './aws.ts';
import { insist, say, show, until } from './stage.ts';
import { inDemo, type Tier } from './tier.ts';

/** What is asked for. */
export const SERVER_EXAMPLE = 'examples/single-server-minimal.yaml';
/** What it is called there. */
export const SERVER_TIER = 'shop';

/** The account of the operator's own credentials. */
export const enterServerAccount = (state: SandboxState): Promise<Person> => person(state.aws.endpoint, SERVER_TIER);

/** Asks for a server. */
export async function buildServer(state: SandboxState, tier: Tier, aws: Person): Promise<void> {
  say(`Asking for a server: kubectl apply -f ${SERVER_EXAMPLE}`);
  show(await inDemo(state, ['apply', '--filename', SERVER_EXAMPLE]));
  say('The operator plans, then builds. AWS takes minutes for this; the stand-in runs 20 times faster.');
  await inDemo(state, ['wait', '--for=condition=Ready', `st/${tier.name}`, '--timeout=60s'], { timeoutSeconds: 70 });
  const standing = await aws.standing();
  const servers = standing.filter((label) => label === `${tier.name} ec2.instance/server`).length;
  insist(servers === 1, `AWS holds one server of ${tier.name} (it holds ${servers})`);
  say(`Ready, and AWS agrees: it holds ${standing.length} resources, among them one server.`);
  show(await inDemo(state, ['get', 'st', tier.name, '--output', 'wide']));
}

/** Disturbs it. */
export async function disturbServer(state: SandboxState, tier: Tier, aws: Person): Promise<void> {
  const group = await aws.openSSH();
  say(
    `Somebody opens port 22 to the world on ${group}, and takes all tags off the server, behind the operator's back.`,
  );
  const server = await tier.get('.status.endpoints.instanceID');
  await aws.stripTags(server);
  insist(await aws.isSSHOpen(), 'port 22 is open');
  await tier.annotate('scalingtier.dev/reconcile-requested-at=now');
  await until('the operator closes port 22 and tags the server again', 30, async () => {
    const tagged = (await aws.standing()).includes(`${tier.name} ec2.instance/server`);
    return tagged && !(await aws.isSSHOpen());
  });
  await inDemo(state, ['wait', '--for=condition=UpToDate', `st/${tier.name}`, '--timeout=30s']);
  insist((await tier.get('.status.endpoints.instanceID')) === server, 'it is still the same server');
  say('Port 22 is closed again, the tags are back, the server was never touched.');
}

/** Makes it larger. */
export async function enlargeServer(tier: Tier): Promise<void> {
  say('Asking for a larger server: its plan names what it costs the app before anything is done.');
  const before = await tier.get('.status.endpoints');
  await tier.patch({ compute: { instanceType: 't4g.medium' } });
  await until('the plan shows the change', 20, async () =>
    (await tier.get('.status.plan.text')).includes('t4g.medium'),
  );
  show(await tier.get('.status.plan.text'));
  await tier.settled('the larger server is ready', 60);
  insist((await tier.get('.status.endpoints')) === before, 'server, address and network are still the same');
  say('Larger, at the same address, with the same data volume.');
}
