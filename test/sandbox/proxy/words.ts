/**
 * What a call is about, in words that are the same when it is made again, by another process too: its operation, and what it names. Two
 * calls that differ in something else have the same words. For tests; no behaviour of the proxy may depend on it except fault rules.
 */
import { type Call, isParams, type Params, structures, text, type Value } from './call.ts';

const ROLE = 'scalingtier.dev/role';
/** Parameters that say whose, and none that a process chooses anew each time. */
const NAMING = /(^|[a-z])(Id|Ids|Identifier|Identifiers|Arn|Arns|Name|Names|Resource|Resources|Comment|Key)$/;

const isText = (value: Value): value is string => typeof value === 'string';

function namesIn(params: Params): readonly string[] {
  return Object.entries(params).flatMap(([key, value]) => {
    if (!NAMING.test(key)) return [];
    return (Array.isArray(value) ? value : [value]).filter(isText);
  });
}

/** The role of a resource that the call tags. */
function rolesIn(params: Params): readonly string[] {
  const specifications = structures(params, 'TagSpecification').map((one) => structures(one, 'Tag'));
  const tags = [...specifications, structures(params, 'Tag'), structures(params, 'Tags')].flat();
  return tags.filter((tag) => text(tag, 'Key') === ROLE).map((tag) => text(tag, 'Value') ?? '');
}

/** How far a record of a step is that is written, and whether its command is known. */
function standingIn({ Value }: Params): readonly string[] {
  if (!isText(Value) || !Value.startsWith('{')) return [];
  const record: unknown = JSON.parse(Value);
  if (!isParams(record as Value)) return [];
  const { state, commandId } = record as { readonly state?: string; readonly commandId?: string };
  return [state ?? '', commandId === undefined ? '' : 'noted'];
}

/** The words of a call. */
export function wordsOf({ operation, params }: Pick<Call, 'operation' | 'params'>): string {
  const parts = [operation, ...namesIn(params), ...rolesIn(params), ...standingIn(params)];
  return parts.filter((part) => part !== '').join(' ');
}
