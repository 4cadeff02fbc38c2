/**
 * The promises of which every story is asked, judged by what AWS holds and what AWS saw, never by what the operator says of
 * itself. What should stand is the golden list of a new tier; nothing here is computed by the operator's code.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Inventory } from '../../sandbox/account.ts';
import { projectFolder } from '../../sandbox/folders.ts';
import type { OperatorProcess } from '../../sandbox/operator.ts';
import type { Entry } from '../../sandbox/proxy/client.ts';
import type { Scene } from '../../sandbox/scene.ts';

/** Every role of an undisturbed tier with the defaults. */
export function goldenRoles(): readonly string[] {
  const text = readFileSync(path.join(projectFolder, 'test', 'golden', 'single-server-new-minimal.txt'), 'utf8');
  return [...text.matchAll(/^\+ (\S+)/gm)].map(([, role = '']) => role).sort();
}

/** The disk that comes with a server and goes with it. */
const ROOT_DISK = 'root disk';

const NAMED: Readonly<Record<string, RegExp>> = {
  parameter: /^\/scaling-tier\/[^/]+\/[^/]+\/(.+)$/,
  alarm: /^st-.+-[0-9a-f]{8}-(.+)$/,
  role: /^st-.+-[0-9a-f]{8}-(.+)-[a-z]+-[a-z]+-\d$/,
  profile: /^st-.+-[0-9a-f]{8}-(.+)-[a-z]+-[a-z]+-\d$/,
};

const TYPES: Readonly<Record<string, string>> = {
  parameter: 'ssm.parameter',
  alarm: 'cloudwatch.alarm',
  role: 'iam.role',
  profile: 'iam.instance-profile',
};

function roleOf(sort: string, label: string): string {
  const named = NAMED[sort]?.exec(label)?.[1];
  if (named !== undefined) return `${TYPES[sort]}/${named}`;
  if (sort === 'volume' && /^vol-/.test(label)) return ROOT_DISK;
  return / (\S+)$/.exec(label)?.[1] ?? label;
}

/** Roles of everything that an account holds, copies of data aside, of which there may be any number. */
function rolesIn(inventory: Inventory): readonly string[] {
  return Object.entries(inventory)
    .flatMap(([sort, labels]) => (sort === 'snapshot' ? [] : labels.map((label) => roleOf(sort, label))))
    .sort();
}

const count = (items: readonly string[], item: string): number => items.filter((other) => other === item).length;

function differences(found: readonly string[], wanted: readonly string[]): readonly string[] {
  return [...new Set([...found, ...wanted])].flatMap((role) => {
    const [there, due] = [count(found, role), count(wanted, role)];
    return there === due ? [] : [`${role}: ${there} in AWS, not ${due}`];
  });
}

/** Roles that the account holds other than once each, and roles that it should not hold. */
export async function brokenInventory(scene: Scene): Promise<readonly string[]> {
  // The schedule is its copies: it is not among what there must be one of.
  const wanted = [...goldenRoles().filter((role) => !role.startsWith('ec2.snapshot-schedule/')), ROOT_DISK];
  return differences(rolesIn(await scene.account.inventory()), wanted);
}

/** Writes of a scene's account that AWS carried out after an entry of its journal. */
export async function writesSince(scene: Scene, since: number): Promise<readonly Entry[]> {
  const entries = await scene.proxy.journal({ account: scene.account.id, since });
  return entries.filter(({ write, effective }) => write && effective);
}

/** Longer than every interval at which something unfinished is looked at again. */
const QUIET_MILLISECONDS = 3_000;

/** What is wrong with a settled tier: roles, account, rest. */
export async function brokenStanding(scene: Scene, name: string): Promise<readonly string[]> {
  const since = await scene.proxy.latest();
  const { status } = await scene.lookNow(name, 60);
  await delay(QUIET_MILLISECONDS);
  const roles = (status.resources ?? []).map(({ role }) => role).sort();
  const unrest = (await writesSince(scene, since)).map(({ operation }) => `${operation} although all was settled`);
  const wrongRoles = differences(roles, goldenRoles()).map((difference) => `status: ${difference}`);
  return [...wrongRoles, ...(await brokenInventory(scene)), ...unrest];
}

/** What is left in AWS when nothing should be; copies of data are kept on purpose. */
export async function brokenAtEnd(scene: Scene): Promise<readonly string[]> {
  return rolesIn(await scene.account.inventory()).map((role) => `${role}: left in AWS at the end`);
}

interface Witness {
  readonly scene: Scene;
  readonly operators: ReadonlySet<OperatorProcess>;
}

/** What operators said that they must not say: secrets, and that something unexpected happened to them. */
export async function brokenWords({ scene, operators }: Witness, secret: string): Promise<readonly string[]> {
  const logs = [...operators, scene.operator()].map((operator) => operator.logs());
  const unexpected = logs.flatMap((log) =>
    log.split('\n').filter((line) => /threw something unexpected|"level":"?(fatal|60)|unhandled/i.test(line)),
  );
  const secrets = secret !== '' && logs.some((log) => log.includes(secret)) ? ['a log shows the bearer token'] : [];
  return [...secrets, ...new Set(unexpected.map((line) => `log: ${line.slice(0, 600)}`))];
}
