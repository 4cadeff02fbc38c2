/**
 * Route 53 as the proxy knows it: zones are the stand-in's, records are kept here. A change is PENDING until all of Route 53's
 * servers answer by it, which takes most of a minute (Developer Guide, "Is it possible to make changes faster?").
 */
import { randomBytes } from 'node:crypto';
import { type Answer, type Call, isParams, type Next, Refusal, type Step, succeeded, text } from '../call.ts';
import { begin, progress } from '../lifecycle.ts';
import { renderRefusal, xmlAnswer } from '../protocol.ts';
import { type Service, writesByName } from '../service.ts';
import type { World } from '../world.ts';
import { branch, descend, type Element, leaf, parseXml, textAt, writeXml } from '../xml.ts';
import { afterBatch, from, type RecordSet } from './records.ts';
import { readRequest } from './requests.ts';

const API = '2013-04-01';

/** AWS's seconds until a change is on all servers. */
const SECONDS = [10, 50] as const;

/** Most records that AWS puts on one page. */
const PAGE = 300;

const places = new WeakMap<World, Map<string, readonly RecordSet[]>>();

/** Records by zone; zones have ids of their own in all accounts. */
function zones(world: World): Map<string, readonly RecordSet[]> {
  const known = places.get(world) ?? new Map<string, readonly RecordSet[]>();
  places.set(world, known);
  return known;
}

const courseOf = (id: string): string => `route53-${id}`;

const answerOf = (operation: string, children: readonly Element[]): Answer => {
  const root = branch(`${operation}Response`, children);
  const attributes = { xmlns: `https://route53.amazonaws.com/doc/${API}/` };
  return xmlAnswer(200, writeXml({ ...root, attributes }));
};

const changeInfo = (id: string, status: string): Element =>
  branch('ChangeInfo', [
    leaf('Id', `/change/${id}`),
    leaf('Status', status),
    leaf('SubmittedAt', new Date().toISOString()),
  ]);

/** A question about the zone of a call, beside it. */
const aboutZone = (call: Call): Call => ({
  ...call,
  operation: 'GetHostedZone',
  method: 'GET',
  path: `/${API}/hostedzone/${text(call.params, 'HostedZoneId')}`,
  body: Buffer.alloc(0),
  write: false,
  trace: { created: [], reached: false, replayed: false },
});

/** The load balancers that there are, as `<dns name> <zone of its own>`, wherever they stand. */
async function balancers(world: World, call: Call, names: readonly string[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const region of new Set(names.map((name) => name.split('.').at(-4) ?? ''))) {
    const authorization = (call.headers.authorization ?? '').replace(/\/[a-z0-9-]+\/route53\//, `/${region}/route53/`);
    const there = { ...call, region, headers: { ...call.headers, authorization } };
    const answer = await world.ask(there, 'DescribeLoadBalancers', {}, 'elb');
    const list = descend(parseXml(answer.body.toString()), 'DescribeLoadBalancersResult', 'LoadBalancers');
    for (const one of list?.children ?? [])
      found.add(`${textAt(one, 'DNSName')?.toLowerCase()} ${textAt(one, 'CanonicalHostedZoneId')}`);
  }
  return found;
}

const changesIn = (call: Call): readonly Element[] =>
  descend(parseXml(call.body.toString()), 'ChangeBatch', 'Changes')?.children ?? [];

const aliasesIn = (changes: readonly Element[]): readonly string[] =>
  changes.flatMap((one) => textAt(one, 'ResourceRecordSet', 'AliasTarget', 'DNSName')?.replace(/\.$/, '') ?? []);

async function changeRecords(world: World, call: Call, zone: string): Promise<Answer> {
  const id = text(call.params, 'HostedZoneId') ?? '';
  const changes = changesIn(call);
  if (changes.length === 0) throw new Refusal('InvalidInput', 'a batch without changes');
  const known = await balancers(world, call, aliasesIn(changes));
  const leadsTo = (dnsName: string, zoneId: string): boolean => known.has(`${dnsName} ${zoneId}`);
  zones(world).set(id, afterBatch(zones(world).get(id) ?? [], changes, { zone, leadsTo }));
  call.trace.reached = true;
  const change = `C${randomBytes(8).toString('hex').toUpperCase()}`;
  begin(world, call, courseOf(change), [{ state: 'PENDING', seconds: SECONDS }]);
  return answerOf(call.operation, [changeInfo(change, 'PENDING')]);
}

function listRecords(world: World, call: Call): Answer {
  const { params } = call;
  const [name = '', type = '', identifier = ''] = ['name', 'type', 'identifier'].map((key) => text(params, key));
  const most = Math.min(Number(text(params, 'maxitems') ?? PAGE), world.settings.of(call.account).pageSize || PAGE);
  const all = from(zones(world).get(text(params, 'HostedZoneId') ?? '') ?? [], name, type, identifier);
  const next = all[most];
  const goesOn = next && [
    leaf('NextRecordName', next.name),
    leaf('NextRecordType', next.type),
    ...(next.identifier === '' ? [] : [leaf('NextRecordIdentifier', next.identifier)]),
  ];
  return answerOf(call.operation, [
    branch(
      'ResourceRecordSets',
      all.slice(0, most).map(({ element }) => element),
    ),
    leaf('IsTruncated', String(next !== undefined)),
    ...(goesOn ?? []),
    leaf('MaxItems', String(most)),
  ]);
}

function getChange(world: World, call: Call): Answer {
  const id = text(call.params, 'Id') ?? '';
  return answerOf('GetChange', [changeInfo(id, progress(world, call, courseOf(id))?.state ?? 'INSYNC')]);
}

async function ofZone(world: World, call: Call, next: Next): Promise<Answer> {
  const zone = await next(aboutZone(call));
  if (!succeeded(zone)) return zone;
  const name = textAt(parseXml(zone.body.toString()), 'HostedZone', 'Name')?.toLowerCase() ?? '';
  return call.write ? changeRecords(world, call, name) : listRecords(world, call);
}

/** Records and changes; what concerns zones goes to the stand-in. */
function records(world: World): Step {
  return async (call, next) => {
    try {
      if (call.operation === 'GetChange') return getChange(world, call);
      return isParams(call.params) && 'HostedZoneId' in call.params
        ? await ofZone(world, call, next)
        : await next(call);
    } catch (error) {
      if (error instanceof Refusal) return renderRefusal('query', error, randomBytes(16).toString('hex'));
      throw error;
    }
  };
}

/** Route 53. */
export const Route53: Service = {
  name: 'route53',
  signingName: 'route53',
  protocol: 'rest',
  global: true,
  api: API,
  writes: writesByName,
  read: readRequest,
  // Developer Guide, "Maximums on API requests": five requests a second for an account.
  limits: { throttled: 'Throttling', status: 400, rows: [{ name: 'all', operations: /./, rate: 5, burst: 5 }] },
  steps: (world) => [records(world)],
};
