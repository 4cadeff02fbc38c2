/**
 * The world of one tier in a form that two lives can be compared by: what is in the account, what each kind reads of it, what
 * the status says. What differs from life to life is in words. It knows no kind.
 */
import type { AnyResource, Aws } from '../../../src/aws/driver.ts';
import { allOf } from '../../../src/aws/pages.ts';
import { sessions } from '../../../src/aws/session.ts';
import { resources } from '../../../src/resources/index.ts';
import type { Scene, TierObject } from '../../sandbox/scene.ts';
import { type Words, wordsOf } from './words.ts';

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

/** Fields that tell when or in how many steps something came about, not what it is; of several copies, which one is the oldest. */
const PASSING: ReadonlySet<string> = new Set([
  'scalingtier.dev/applying',
  'latestCopyID',
  'launchTemplateVersion',
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

/** A spec in words; what its kind compares as a set has no order. */
function inWords({ rules = {} }: AnyResource, spec: object, words: Words): object {
  const isSet = (field: string): boolean => (rules as Readonly<Record<string, unknown>>)[field] === 'unordered';
  const entries = Object.entries(spec).map(([field, value]: [string, unknown]) => [
    field,
    isSet(field) && Array.isArray(value) ? value.map((item) => words(sortedJson(item))).sort() : value,
  ]);
  return Object.fromEntries(entries);
}

async function observed(kind: AnyResource, aws: Aws, { namespace }: Scene, name: string, words: Words) {
  const found = await allOf(kind.observe(aws, { by: 'tiers', owners: [{ cluster: 'sandbox', namespace, name }] }));
  return found
    .map(({ node, spec, tags, health }) =>
      words(sortedJson({ node, spec: inWords(kind, spec, words), tags, phase: health.phase })),
    )
    .sort();
}

function statusOf(tier: TierObject | undefined, words: Words): readonly string[] {
  if (!tier) return ['gone'];
  const { conditions = [], resources: made = [], ...rest } = tier.status;
  return [
    ...Object.entries(rest).map(([key, value]) => words(sortedJson({ [key]: value }))),
    ...conditions.map((condition) => words(sortedJson(condition))),
    // AWS's own word passes, from one in which a resource serves to another: which of them was met is chance.
    ...made.map(({ role, ready, state }) => `${role} ${ready ? 'ready' : state}`),
  ].sort();
}

/** The world as it is now; `tier` as read back, absent once it is gone. */
export async function worldOf(here: Scene, aws: Aws, name: string, tier: TierObject | undefined): Promise<World> {
  const words = wordsOf({ namespace: here.namespace, accountID: here.account.id }, tier);
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
