/**
 * The second tier of the demo, a server and a database of its own, in another AWS account: planned, built, changed with a
 * person's approval, moved to its standby by AWS.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import type { ScalingTierManifest } from '../../src/api/types.ts';
import { projectFolder } from '../sandbox/folders.ts';
import { proxyControl } from '../sandbox/proxy/client.ts';
import type { SandboxState } from '../sandbox/sandbox.ts';
import { type Database, type Person, person } from './aws.ts';
import { follow, insist, say, show, until } from './stage.ts';
import { inDemo, type Tier } from './tier.ts';

/** What is asked for. */
export const DATABASE_EXAMPLE = 'examples/separate-database-minimal.yaml';
/** What it is called here: in one namespace it cannot have the first tier's name. */
export const DATABASE_TIER = 'bookshop';

const ACCOUNT = '210987654321';
/** RDS alone takes half an hour: at the first tier's pace that would be most of the demo. */
const FACTOR = 60;
const PRIMARY = 'rds.instance/primary';
const CLASSES = { before: 'db.t4g.medium', after: 'db.m7g.large' };

/** An account apart from the first tier's, where AWS's times are shorter still. */
export async function enterDatabaseAccount(state: SandboxState): Promise<Person> {
  await proxyControl(state.aws.endpoint).configure({ factor: FACTOR }, ACCOUNT);
  return person(state.aws.endpoint, DATABASE_TIER, ACCOUNT);
}

function manifest(roleARN: string): string {
  const example = parse(readFileSync(path.join(projectFolder, DATABASE_EXAMPLE), 'utf8')) as ScalingTierManifest;
  const { spec } = example;
  return JSON.stringify({
    ...example,
    metadata: { name: DATABASE_TIER, annotations: { 'scalingtier.dev/paused': 'true' } },
    spec: { ...spec, aws: { ...spec.aws, assumeRoleARN: roleARN } },
  });
}

async function primaryOf(aws: Person): Promise<Database> {
  const found = (await aws.databases()).find(({ role }) => role === PRIMARY);
  if (!found) throw new Error(`find ${PRIMARY} in AWS: it is not there`);
  return found;
}

/** Asks for the tier, and has it held back until its plan was seen. */
export async function planDatabase(state: SandboxState, tier: Tier, aws: Person): Promise<void> {
  say(
    `Another app, ${tier.name}, wants its database apart from its server, in an AWS account of its own: ${DATABASE_EXAMPLE}`,
  );
  show(`metadata.name: ${tier.name}, spec.aws.assumeRoleARN: ${aws.roleARN}`);
  show(await inDemo(state, ['apply', '--filename', '-'], { input: manifest(aws.roleARN) }));
  await until('the plan is there', 20, async () => (await tier.get('.status.plan.text')).includes(PRIMARY));
  const standing = await aws.standing();
  insist(standing.length === 0, `nothing is built before the plan was seen (AWS holds ${standing.join(', ')})`);
  say('The annotation scalingtier.dev/paused holds it back, so that its plan can be read first. What is new in it:');
  const lines = (await tier.get('.status.plan.text')).trim().split('\n');
  show(lines.filter((line) => /(rds|secretsmanager)\.|^plan:/.test(line)).join('\n'));
}

/** Lets the tier be built. */
export async function buildDatabase(state: SandboxState, tier: Tier, aws: Person): Promise<void> {
  say(
    `Not paused any more. AWS takes half an hour for this; in this account the stand-in runs ${FACTOR} times faster.`,
  );
  await tier.annotate('scalingtier.dev/paused-');
  await follow('the database is ready', 150, {
    states: async () => (await aws.databases()).map(({ role, status }) => [role, status] as const),
    holds: async () => (await tier.condition('Ready'))?.status === 'True',
  });
  const seen = (await aws.databases()).map(({ role, hasStandby }) => `${role}${hasStandby ? ' with a standby' : ''}`);
  const wanted = [`${PRIMARY} with a standby`, 'rds.replica/1'];
  insist(seen.toSorted().join() === wanted.join(), `AWS holds ${wanted.join(' and ')} (it holds ${seen.join(', ')})`);
  say('Ready, and AWS agrees: a database with a standby in a second zone, and a read replica.');
  show(await inDemo(state, ['get', 'scalingtiers']));
  say('Two tiers, two accounts, one operator. Where the app finds its database:');
  const endpoints = JSON.parse(await tier.get('.status.endpoints')) as Readonly<Record<string, unknown>>;
  const keys = ['databaseWriter', 'databaseReaders', 'databaseSecretARN'];
  show(keys.map((key) => `${key}: ${String(endpoints[key])}`).join('\n'));
}

/** Asks for a larger database, which waits for a person. */
export async function approveDatabase(tier: Tier, aws: Person): Promise<void> {
  say('Asking for a larger database, with approval.required: Disruptive. What restarts something waits for a person:');
  const rds = { instanceClass: CLASSES.after };
  await tier.patch({ approval: { required: 'Disruptive' }, database: { rds } });
  const waits = async () => (await tier.condition('UpToDate'))?.reason === 'AwaitingApproval';
  await until('the change waits for approval', 20, waits);
  const hash = await tier.get('.status.plan.hash');
  show(await tier.get('.status.plan.text'));
  const before = await tier.get('.status.endpoints');
  insist((await primaryOf(aws)).instanceClass === CLASSES.before, 'the database is as it was');
  insist((await tier.condition('Ready'))?.status === 'True', 'the tier is ready meanwhile');
  say('UpToDate is False, AwaitingApproval, and the database is untouched. Approving this very plan, by its hash:');
  show(`kubectl annotate st ${tier.name} scalingtier.dev/approve-plan=${hash}`);
  await tier.annotate(`scalingtier.dev/approve-plan=${hash}`);
  await tier.settled('the larger database is ready', 90);
  const classes = (await aws.databases()).map(({ instanceClass }) => instanceClass);
  insist(classes.join() === `${CLASSES.after},${CLASSES.after}`, `both databases are larger (${classes})`);
  insist((await tier.get('.status.endpoints')) === before, 'server and databases have the same addresses');
  say('Larger, the replica too, at the same addresses.');
}

/** Has AWS move the database to its standby. */
export async function failOverDatabase(tier: Tier, aws: Person): Promise<void> {
  const { id, zone } = await primaryOf(aws);
  const before = await tier.get('.status.endpoints');
  const since = (await tier.condition('Ready'))?.lastTransitionTime;
  say(
    `The database moves to its standby, as when its zone, ${zone}, fails: aws rds reboot-db-instance --force-failover`,
  );
  await aws.failOver(id);
  await tier.annotate('scalingtier.dev/reconcile-requested-at=in-the-middle');
  await until('AWS moves the database', 60, async () => {
    const { status, zone: now } = await primaryOf(aws);
    insist((await tier.condition('Ready'))?.status === 'True', 'the tier is ready while AWS moves the database');
    return status === 'available' && now !== zone;
  });
  await tier.annotate('scalingtier.dev/reconcile-requested-at=afterwards');
  await until('the failover is told', 30, async () => (await tier.event('FailoverObserved')).includes(`from ${zone}`));
  show(await tier.event('FailoverObserved'));
  await tier.settled('the tier is as asked again', 30);
  insist((await tier.condition('Ready'))?.lastTransitionTime === since, 'the tier was ready all the time');
  insist((await tier.get('.status.endpoints')) === before, 'the database has the same address');
  say('Ready stayed True, and the address is the same: the app only has to connect again.');
}
