/**
 * The third tier of the demo, servers behind a load balancer with HTTPS, in an AWS account of its own: built, brought to new
 * user data while it serves, and scaled as anything else in a cluster is.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import type { ScalingTierManifest } from '../../src/api/types.ts';
import { enterAccount } from '../sandbox/account.ts';
import { bringCertificate } from '../sandbox/certificate.ts';
import { projectFolder } from '../sandbox/folders.ts';
import { proxyControl } from '../sandbox/proxy/client.ts';
import type { SandboxState } from '../sandbox/sandbox.ts';
import { type Person, person, type Server } from './aws.ts';
import { append, follow, insist, say, show, until } from './stage.ts';
import { inDemo, type Tier } from './tier.ts';

/** What is asked for. */
export const FLEET_EXAMPLE = 'examples/load-balanced-minimal.yaml';
/** What it is called here: in one namespace it cannot have the first tier's name. */
export const FLEET_TIER = 'toyshop';

const ACCOUNT = '310987654321';
/** Database, cache and servers one after another: the longest way of the demo. */
const FACTOR = 200;
/** Servers that the example asks for when it does not say how many. */
const SERVERS = 2;
const MORE = 3;

/** An account apart from the others, where AWS's times are shortest. */
export async function enterFleetAccount(state: SandboxState): Promise<Person> {
  await proxyControl(state.aws.endpoint).configure({ factor: FACTOR }, ACCOUNT);
  return person(state.aws.endpoint, FLEET_TIER, ACCOUNT);
}

async function certificate(state: SandboxState): Promise<string> {
  const account = await enterAccount(state.aws.endpoint, ACCOUNT);
  try {
    return await bringCertificate(state, account);
  } finally {
    account.close();
  }
}

function manifest(roleARN: string, certificateARN: string): string {
  const text = readFileSync(path.join(projectFolder, FLEET_EXAMPLE), 'utf8');
  const example = parse(text.replace(/arn:aws:acm:\S+/, certificateARN)) as ScalingTierManifest;
  const { spec } = example;
  return JSON.stringify({
    ...example,
    metadata: { name: FLEET_TIER },
    spec: { ...spec, aws: { ...spec.aws, assumeRoleARN: roleARN } },
  });
}

const serving = (servers: readonly Server[]): readonly Server[] => servers.filter(({ serves }) => serves);

/** Asks for the tier and waits until it is there. */
export async function buildFleet(state: SandboxState, tier: Tier, aws: Person): Promise<void> {
  say(`A third app, ${tier.name}, has outgrown one server, in an account of its own: ${FLEET_EXAMPLE}`);
  const certificateARN = await certificate(state);
  show(`its listener names a certificate: ${certificateARN}`);
  show(await inDemo(state, ['apply', '--filename', '-'], { input: manifest(aws.roleARN, certificateARN) }));
  say(
    `Load balancer, database and cache at once, then the servers, which read of them; ${FACTOR} times faster than AWS.`,
  );
  await follow('the fleet is ready', 150, {
    states: async () => {
      const servers = serving(await aws.servers()).length;
      return [...(await aws.states()), ...(servers > 0 ? [['servers that serve', String(servers)] as const] : [])];
    },
    holds: async () => (await tier.condition('Ready'))?.status === 'True',
  });
  const servers = serving(await aws.servers());
  const zones = new Set(servers.map(({ zone }) => zone));
  insist(servers.length === SERVERS, `the load balancer sends requests to ${SERVERS} servers (${servers.length})`);
  insist(zones.size === SERVERS, `each stands in a zone of its own (${[...zones].join(', ')})`);
  say(
    `Ready, and AWS agrees: ${SERVERS} servers serve, in ${[...zones].sort().join(' and ')}. Three tiers, three accounts:`,
  );
  show(await inDemo(state, ['get', 'scalingtiers']));
  say(
    `Its endpoints, which the servers read in Parameter Store: kubectl get st ${tier.name} -o jsonpath={.status.endpoints}`,
  );
  const endpoints = JSON.parse(await tier.get('.status.endpoints')) as Readonly<Record<string, unknown>>;
  show(
    Object.entries(endpoints)
      .map(([name, value]) => `${name}: ${String(value)}`)
      .join('\n'),
  );
}

/** How many servers serve, by version of their launch template. */
function countsOf(servers: readonly Server[]): string {
  const versions = [...new Set(servers.map(({ version }) => version))].sort();
  return versions
    .map((version) => `${servers.filter((one) => one.version === version).length} of version ${version}`)
    .join(' and ');
}

/** Brings the servers to other user data, one after another. */
export async function refreshFleet(tier: Tier, aws: Person): Promise<void> {
  const before = await aws.servers();
  say('New user data, as a new version of the app is rolled out: servers are replaced one after another.');
  const inline = `${await tier.get('.spec.compute.userData.inline')}echo 'version 2' > /etc/shop-version\n`;
  await tier.patch({ compute: { userData: { inline } } });
  await until('the plan shows the change', 20, async () => (await tier.get('.status.plan.text')).includes('userData'));
  show(await tier.get('.status.plan.text'));
  append('serving: ');
  let least = before.length;
  let last = '';
  await until('all servers are replaced', 90, async () => {
    const now = serving(await aws.servers());
    least = Math.min(least, now.length);
    const counts = countsOf(now);
    if (counts !== last) append(`${last === '' ? '' : '; '}${counts}`);
    last = counts;
    const old = now.some(({ id }) => before.some((server) => server.id === id));
    return !old && now.length === SERVERS;
  });
  insist(least >= SERVERS, `${SERVERS} servers served at every moment (${least})`);
  await tier.settled('the new servers are ready', 60);
  say(`All servers are new, and at every look at least ${least} served: AWS starts a new one before an old one goes.`);
}

/** Asks for more servers, in Kubernetes' own words. */
export async function scaleFleet(state: SandboxState, tier: Tier, aws: Person): Promise<void> {
  say(`More servers for a busy day: kubectl scale st ${tier.name} --replicas=${MORE}`);
  show(await inDemo(state, ['scale', 'st', tier.name, `--replicas=${MORE}`]));
  await until(`${MORE} servers serve`, 60, async () => serving(await aws.servers()).length === MORE);
  await tier.settled(`${MORE} servers are counted`, 60);
  await until('the status counts them', 30, async () => (await tier.get('.status.compute.instances')) === String(MORE));
  say(`${MORE} serve. The number was asked of AWS once: from here on the policy on CPU moves it between 2 and 4.`);
}
