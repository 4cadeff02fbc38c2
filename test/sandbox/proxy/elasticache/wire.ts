/** ElastiCache's XML: structures as they are, lists whose entries have names of their own; and its pages. */
import { type Answer, isParams, type Params, Refusal, structures, text, texts, type Value } from '../call.ts';
import { escapeXml, xmlAnswer } from '../protocol.ts';
import type { Scene, Tags } from './store.ts';

/** The name of each list's entries; `member` where it is not here. From the service's API model. */
const ENTRIES: Readonly<Record<string, string>> = {
  CacheClusters: 'CacheCluster',
  CacheEngineVersions: 'CacheEngineVersion',
  CacheNodes: 'CacheNode',
  CacheParameterGroups: 'CacheParameterGroup',
  CacheSubnetGroups: 'CacheSubnetGroup',
  MemberClusters: 'ClusterId',
  NodeGroupMembers: 'NodeGroupMember',
  NodeGroups: 'NodeGroup',
  Parameters: 'Parameter',
  ReplicationGroups: 'ReplicationGroup',
  SecurityGroupIds: 'SecurityGroupId',
  ServerlessCacheSnapshots: 'ServerlessCacheSnapshot',
  Snapshots: 'Snapshot',
  SubnetIds: 'SubnetId',
  Subnets: 'Subnet',
  TagList: 'Tag',
};

function write(name: string, value: Value): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) {
    const entry = ENTRIES[name] ?? 'member';
    return `<${name}>${value.map((item: Value) => write(entry, item)).join('')}</${name}>`;
  }
  if (isParams(value)) {
    const members = Object.entries(value).map(([key, item]) => write(key, item));
    return `<${name}>${members.join('')}</${name}>`;
  }
  return `<${name}>${escapeXml(String(value))}</${name}>`;
}

/** The answer to a call. */
export function answerOf(operation: string, result: Params): Answer {
  const content = write(`${operation}Result`, result);
  const metadata = '<ResponseMetadata><RequestId>0</RequestId></ResponseMetadata>';
  return xmlAnswer(200, `<${operation}Response>${content}${metadata}</${operation}Response>`);
}

const MOST = 100;

/** One page of a list; `token` is the name of the place where the next one begins. */
export function pageOf(
  { world, call }: Scene,
  list: string,
  items: readonly Params[],
  [size, token]: readonly [size: string, token: string] = ['MaxRecords', 'Marker'],
): Params {
  const start = Number(text(call.params, token) ?? 0);
  if (!Number.isInteger(start)) throw new Refusal('InvalidParameterValue', `Invalid ${token}`);
  const cap = world.settings.of(call.account).pageSize;
  const end = start + Math.min(Number(text(call.params, size) ?? MOST), cap > 0 ? cap : MOST);
  return { [list]: items.slice(start, end), ...(end < items.length ? { [token]: String(end) } : {}) };
}

/** The tags in a call. */
export function tagsIn(params: Params): Tags {
  return Object.fromEntries(
    structures(params, 'Tags').map((tag) => [text(tag, 'Key') ?? '', text(tag, 'Value') ?? '']),
  );
}

/** A yes or no in a call; nothing when it is not said. */
export function flag(params: Params, name: string): boolean | undefined {
  const said = text(params, name);
  return said === undefined ? undefined : said === 'true';
}

/** A number in a call; nothing when it is not said. */
export function number(params: Params, name: string): number | undefined {
  const said = text(params, name);
  return said === undefined ? undefined : Number(said);
}

/** A list in a call; nothing when it is not said. */
export function listed(params: Params, name: string): readonly string[] | undefined {
  return params[name] === undefined ? undefined : texts(params, name);
}

/** What a call cannot do without. */
export function needed(params: Params, name: string): string {
  const value = text(params, name);
  if (!value) throw new Refusal('InvalidParameterValue', `The parameter ${name} must be provided.`);
  return value;
}

/** An id as ElastiCache takes it: stored in lower case. */
export function nameIn(params: Params, name: string, most: number): string {
  const value = needed(params, name);
  const isGood = /^[a-z][a-z0-9-]*$/i.test(value) && !value.includes('--') && !value.endsWith('-');
  if (!isGood || value.length > most) {
    const message = `The parameter ${name} is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; must not end with a hyphen or contain two consecutive hyphens; and must not be longer than ${most} characters.`;
    throw new Refusal('InvalidParameterValue', message);
  }
  return value.toLowerCase();
}
