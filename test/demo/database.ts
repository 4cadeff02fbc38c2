/**
 * The second tier of the demo, in another AWS account: an app on one server whose database moves to RDS while people use it, is
 * changed with a person's approval, and fails over to its standby.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import type { ScalingTierManifest } from '../../src/api/types.ts';
import { appTags, deployApp, type LocalDatabase, makeDatabase, signalApp } from '../moves-proof/app.ts';
import { audit } from '../moves-proof/audit.ts';
import type { Published } from '../moves-proof/endpoint.ts';
import { type Book, longestGapSeconds, sendUsers, type Users } from '../moves-proof/users.ts';
import { enterAccount } from '../sandbox/account.ts';
import { projectFolder } from '../sandbox/folders.ts';
import { proxyControl } from '../sandbox/proxy/client.ts';
import type { SandboxState } from '../sandbox/sandbox.ts';
import { type Database, type Person, person } from './aws.ts';
import { stepTeller } from './moving.ts';
import { insist, say, show, until } from './stage.ts';
import { inDemo, NAMESPACE, type Tier } from './tier.ts';

/** Where it is to go. */
export const DATABASE_EXAMPLE = 'examples/separate-database-minimal.yaml';
/** What it is called here: in one namespace it cannot have the first tier's name. */
export const DATABASE_TIER = 'bookshop';

const ACCOUNT = '210987654321';
/** RDS alone takes half an hour: at the first tier's pace that would be most of the demo. */
const FACTOR = 200;
const PRIMARY = 'rds.instance/primary';
const CLASSES = { before: 'db.t4g.medium', after: 'db.m7g.large' };
/** Notes that people write before the move, and after it. */
const SOME = 20;

/** An account apart from the first tier's, where AWS's times are shorter still, and servers and databases are real. */
export async function enterDatabaseAccount(state: SandboxState): Promise<Person> {
  await proxyControl(state.aws.endpoint).configure({ factor: FACTOR, machines: true }, ACCOUNT);
  return person(state.aws.endpoint, DATABASE_TIER, ACCOUNT);
}

const example = (): ScalingTierManifest =>
  parse(readFileSync(path.join(projectFolder, DATABASE_EXAMPLE), 'utf8')) as ScalingTierManifest;

async function primaryOf(aws: Person): Promise<Database> {
  const found = (await aws.databases()).find(({ role }) => role === PRIMARY);
  if (!found) throw new Error(`find ${PRIMARY} in AWS: it is not there`);
  return found;
}

async function appOf(state: SandboxState): Promise<Published> {
  const account = await enterAccount(state.aws.endpoint, ACCOUNT);
  return { state, account, prefix: `/scaling-tier/${NAMESPACE}/${DATABASE_TIER}` };
}

/** Asks for a server for an app with its database; it is built meanwhile. */
export async function askForApp(state: SandboxState, aws: Person): Promise<void> {
  const { spec, ...head } = example();
  const { rds: _, ...database } = spec.database ?? {};
  const app = await appOf(state);
  await deployApp({ ...app, pollSeconds: 5 });
  app.account.close();
  const tags = { ...spec.tags, ...appTags(app.prefix) };
  const before = { ...spec, stage: 'SingleServer', tags, database, aws: { ...spec.aws, assumeRoleARN: aws.roleARN } };
  const input = JSON.stringify({ ...head, metadata: { name: DATABASE_TIER }, spec: before });
  say(`Meanwhile a second server is built, for ${DATABASE_TIER}, in an AWS account of its own (${ACCOUNT}).`);
  show(await inDemo(state, ['apply', '--filename', '-'], { input }));
}

/** An app that people use. */
export interface AppInUse {
  readonly app: Published;
  readonly local: LocalDatabase;
  readonly users: Users;
  close(): void;
}

/** Puts the example app on the server, and sends people to it. */
export async function openApp(state: SandboxState, tier: Tier): Promise<AppInUse> {
  await tier.settled(`the server of ${tier.name} is ready`, 60);
  const app = await appOf(state);
  const [instanceID, database] = [
    await tier.get('.status.endpoints.instanceID'),
    await tier.get('.spec.database.name'),
  ];
  const local = await makeDatabase({ ...app, instanceID, engine: 'postgres', database, data: '' });
  const users = sendUsers(app, tier.name);
  say(
    `On the server of ${tier.name} runs the app of examples/app, PostgreSQL beside it. People write notes and upload files.`,
  );
  await until('people have written notes', 30, async () => users.count() >= SOME);
  show(`${await tier.get('.status.endpoints.application')}: ${users.count()} notes were acknowledged so far`);
  return { app, local, users, close: () => app.account.close() };
}

/** Asks for the next stage, and has it held back until its plan was seen. */
export async function planMove(tier: Tier, aws: Person): Promise<void> {
  const { spec } = example();
  const transition = {
    ...{ endpointFromParameter: true, reloadCommand: signalApp('HUP') },
    dataMigration: { rollbackWindowHours: 0 },
  };
  say(`Its database is to stand apart, with all that is in it, while people go on: ${DATABASE_EXAMPLE}`);
  show(`kubectl patch st ${tier.name} … spec.stage: ${spec.stage}, and how the app reads its parameters anew`);
  await tier.annotate('scalingtier.dev/paused=true');
  await tier.patch({ stage: spec.stage, database: spec.database, transition });
  await until('the plan is there', 20, async () => (await tier.get('.status.plan.text')).includes(PRIMARY));
  insist((await aws.databases()).length === 0, 'no database is built before the plan was seen');
  say('The annotation scalingtier.dev/paused holds it back, so that its plan can be read first. What is new in it:');
  const lines = (await tier.get('.status.plan.text')).trim().split('\n');
  show(lines.filter((line) => /(rds|secretsmanager|operation)\.|^plan:/.test(line)).join('\n'));
}

/** Lets the database move, and compares what people know with what is there; answers with what they know. */
export async function moveDatabase(state: SandboxState, tier: Tier, aws: Person, inUse: AppInUse): Promise<Book> {
  const { app, local, users } = inUse;
  say(
    `Not paused any more. AWS's times are ${FACTOR} times shorter here; the copy is a real one. Until D9 there is a way back.`,
  );
  await tier.annotate('scalingtier.dev/paused-');
  const tell = stepTeller(tier, async () => show(await inDemo(state, ['get', 'st', tier.name])));
  await until('the database has moved', 150, async () => {
    await tell();
    return (await tier.get('.status.stage')) === example().spec.stage;
  });
  await tier.settled('the tier is as asked', 60);
  const count = users.count();
  await until('people write notes again', 30, async () => users.count() >= count + SOME);
  const book = await users.stop();
  const { lost, duplicated, host } = await audit(app, local, book);
  insist(lost.length === 0, `nothing is lost (${lost.slice(0, 3).join(', ')})`);
  insist(duplicated.length === 0, `nothing is there twice (${duplicated.slice(0, 3).join(', ')})`);
  const endpoint = await tier.get('.status.endpoints.databaseWriter');
  insist(host === endpoint, `the app is sent to the new database (${host})`);
  const seen = (await aws.databases()).map(({ role, hasStandby }) => `${role}${hasStandby ? ' with a standby' : ''}`);
  const wanted = [`${PRIMARY} with a standby`, 'rds.replica/1'];
  insist(seen.toSorted().join() === wanted.join(), `AWS holds ${wanted.join(' and ')} (it holds ${seen.join(', ')})`);
  const counted = `${book.notes.size} notes and ${book.uploads.size} files`;
  const seconds = Math.ceil(longestGapSeconds(book, book.acknowledged[0] ?? 0));
  say(`Moved. ${counted} were acknowledged: all are there, none twice. For ${seconds} s nothing could be written.`);
  show(await inDemo(state, ['get', 'scalingtiers']));
  return book;
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
