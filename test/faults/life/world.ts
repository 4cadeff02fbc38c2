/**
 * The world of one tier in a form that two lives can be compared by: what is in the account, what each kind reads of it, what
 * the status says. Ids, names, addresses and times, which differ from life to life, become words. It knows no kind.
 */

import type { AnyResource, Aws } from '../../../src/aws/driver.ts';
import { allOf } from '../../../src/aws/pages.ts';
import { sessions } from '../../../src/aws/session.ts';
import { resources } from '../../../src/resources/index.ts';
import type { Scene, TierObject } from '../../sandbox/scene.ts';

/** A world: names of its parts with what is in them. */
export type World = Readonly<Record<string, readonly string[]>>;

/** Clients as the operator has them, for reading only. */
export async function enterAs(endpoint: string, region: string, roleARN: string): Promise<Aws> {
  process.env.AWS_ENDPOINT_URL = endpoint;
  process.env.AWS_ACCESS_KEY_ID ??= 'sandbox';
  process.env.AWS_SECRET_ACCESS_KEY ??= 'sandbox';
  const assertLeading = (): void => {
    throw new Error('compare worlds: only reads are allowed');
  };
  return sessions({ assertLeading, onCall: () => {} }, 1000).open({ region, assumeRoleARN: roleARN });
}

const ID = /\b[a-z]{1,10}-[0-9a-f]{8,17}\b/g;
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)/g;
const ADDRESS = /\b\d{1,3}(\.\d{1,3}){3}\b(?!\/)/g;
const UUID = /\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g;
const HASH = /\b[0-9a-f]{8}\b/g;

/** Texts that stand for what differs from life to life. */
type Words = (text: string) => string;

function wordsOf(here: Scene, tier: TierObject | undefined): Words {
  const roles = (tier?.status.resources ?? []).flatMap(({ role, id }) => (id ? [[id, `<${role}>`] as const] : []));
  const byLength = [...roles].sort(([a], [b]) => b.length - a.length);
  return (text) => {
    let plain = text.replaceAll(here.namespace, '<namespace>').replaceAll(here.account.id, '<account>');
    for (const [id, word] of byLength) plain = plain.replaceAll(id.replaceAll(here.namespace, '<namespace>'), word);
    const sorts: readonly (readonly [RegExp, string])[] = [
      [UUID, '<uid>'],
      [TIME, '<time>'],
      [ID, '<id>'],
      [HASH, '<hash>'],
      [ADDRESS, '<address>'],
    ];
    return sorts.reduce((so, [pattern, word]) => so.replace(pattern, word), plain);
  };
}

/** Fields that tell when or in how many steps something came about, not what it is. */
const PASSING: ReadonlySet<string> = new Set([
  'lastTransitionTime',
  'observedGeneration',
  'lastHandledReconcileAt',
  'firstSeenTime',
  'intents',
  'message',
]);

function sortedJson(value: unknown): string {
  return JSON.stringify(value, (key, item: unknown) => {
    if (PASSING.has(key)) return undefined;
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
    return Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

async function observed(kind: AnyResource, aws: Aws, { namespace }: Scene, name: string, words: Words) {
  const found = await allOf(kind.observe(aws, { by: 'tiers', owners: [{ cluster: 'sandbox', namespace, name }] }));
  return found
    .map(({ node, spec, tags, health }) => words(sortedJson({ node, spec, tags, phase: health.phase })))
    .sort();
}

function statusOf(tier: TierObject | undefined, words: Words): readonly string[] {
  if (!tier) return ['gone'];
  const { conditions = [], resources: made = [], ...rest } = tier.status;
  return [
    ...Object.entries(rest).map(([key, value]) => words(sortedJson({ [key]: value }))),
    ...conditions.map((condition) => words(sortedJson(condition))),
    ...made.map(({ role, state }) => `${role} ${state}`),
  ].sort();
}

/** The world as it is now; `tier` as read back, absent once it is gone. */
export async function worldOf(here: Scene, aws: Aws, name: string, tier: TierObject | undefined): Promise<World> {
  const words = wordsOf(here, tier);
  const readings = await Promise.all(
    resources.map(async (kind) => [`reading ${kind.type}`, await observed(kind, aws, here, name, words)] as const),
  );
  const inventory = await here.account.inventory();
  const account = Object.entries(inventory).map(
    ([type, labels]) => [`account ${type}`, labels.map(words).sort()] as const,
  );
  return Object.fromEntries([...readings, ...account, ['status', statusOf(tier, words)] as const]);
}

/** Items of one list that the other lacks, each as often as it is too much. */
function without(items: readonly string[], others: readonly string[]): readonly string[] {
  const left = [...others];
  return items.filter((item) => {
    const at = left.indexOf(item);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/** What is in the one world and not in the other, in words. */
export function surplus(wanted: World, found: World): readonly string[] {
  return Object.entries(found).flatMap(([part, items]) =>
    without(items, wanted[part] ?? []).map((item) => `${part}: extra ${item}`),
  );
}

/** What differs between two worlds, in words; nothing when they are equal. */
export function differences(wanted: World, found: World): readonly string[] {
  const missing = Object.entries(wanted).flatMap(([part, items]) =>
    without(items, found[part] ?? []).map((item) => `${part}: missing ${item}`),
  );
  return [...missing, ...surplus(wanted, found)];
}
