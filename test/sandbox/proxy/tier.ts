/**
 * Which tier a call speaks of, read from the marks that the operator leaves in its calls: tags, tag filters, IAM paths,
 * parameter names. For tests' counters only; no behaviour of the proxy may depend on it except fault rules.
 */
import { isParams, type Params, structures, text, texts, type Value } from './call.ts';

const NAMESPACE = 'scalingtier.dev/namespace';
const NAME = 'scalingtier.dev/name';
const IAM_PATH = /^\/scalingtier\.dev\/[^/]+\/([^/]+)\/([^/]+)\//;
const PARAMETER = /^\/scaling-tier\/([^/]+)\/([^/]+)(\/|$)/;
/** What may name something that an earlier call made: an id, a name with a hyphen as generated ones have, an ARN. */
const ID = /^(arn:\S+|[A-Za-z][\w+=.@/]*-[\w+=.@/-]*)$/;

function pair(namespace: string | undefined, name: string | undefined): string | undefined {
  return namespace !== undefined && name !== undefined ? `${namespace}/${name}` : undefined;
}

function ofTags(tags: readonly Params[]): string | undefined {
  const value = (key: string): string | undefined => {
    const tag = tags.find((candidate) => text(candidate, 'Key') === key);
    return tag && text(tag, 'Value');
  };
  return pair(value(NAMESPACE), value(NAME));
}

function ofFilters(params: Params): string | undefined {
  const only = (name: string): string | undefined => {
    const filter = structures(params, 'Filter').find((candidate) => text(candidate, 'Name') === `tag:${name}`);
    const values = filter ? texts(filter, 'Value') : [];
    return values.length === 1 ? values[0] : undefined;
  };
  return pair(only(NAMESPACE), only(NAME));
}

function ofNames(params: Params): string | undefined {
  for (const value of Object.values(params)) {
    const found = typeof value === 'string' ? (IAM_PATH.exec(value) ?? PARAMETER.exec(value)) : null;
    if (found) return pair(found[1], found[2]);
  }
  return undefined;
}

function* idsOf(value: Value): Generator<string> {
  if (typeof value === 'string' && ID.test(value)) yield value;
  else if (Array.isArray(value)) for (const item of value) yield* idsOf(item);
  else if (isParams(value)) for (const item of Object.values(value)) yield* idsOf(item);
}

/** The tier of a call, `<namespace>/<name>`; `known` tells the tier of an id that an earlier call made. */
export function tierOf(params: Params, known: (id: string) => string | undefined): string | undefined {
  const lists = [...structures(params, 'TagSpecification').map((one) => structures(one, 'Tag'))];
  lists.push(structures(params, 'Tag'), structures(params, 'Tags'));
  for (const tags of lists) {
    const tier = ofTags(tags);
    if (tier !== undefined) return tier;
  }
  const named = ofFilters(params) ?? ofNames(params);
  if (named !== undefined) return named;
  const tiers = new Set([...idsOf(params)].map(known).filter((tier) => tier !== undefined));
  return tiers.size === 1 ? [...tiers][0] : undefined;
}
