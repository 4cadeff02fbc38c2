/**
 * What stands in stage 3 around its servers, and already while a tier moves there: firewalls, the database of stage 2, a cache,
 * a bucket, a load balancer; and the fleet before which all of it comes. Servers keep nothing.
 */
import { autoScalingOf } from '../../api/defaults.ts';
import type { LoadBalancerSpec, TierSpec } from '../../api/types.ts';
import type { Facts, Outputs } from '../../core/facts.ts';
import type { GraphBuilder, Handle } from '../../core/graph.ts';
import { parameterPrefix } from '../../core/names.ts';
import { around, type Ref } from '../../core/ref.ts';
import { userDataAlone } from '../../operations/first-boot/user-data.ts';
import type { InstanceProfileAttributes } from '../../resources/iam/instance-profile.ts';
import { type Cache, cache } from './cache.ts';
import { cacheAlarms } from './cache-alarms.ts';
import { type Database, database } from './database.ts';
import { databaseAlarms } from './database-alarms.ts';
import { databaseEndpoints } from './database-outputs.ts';
import type { Opening } from './firewall.ts';
import { type Fleet, fleet } from './fleet.ts';
import { fleetAlarms } from './fleet-alarms.ts';
import { type FleetFirewalls, fleetFirewalls } from './fleet-firewalls.ts';
import { serverIdentity } from './identity.ts';
import { type LoadBalancing, loadBalancing } from './load-balancer.ts';
import { type Network, network } from './network.ts';
import { serverTemplate } from './server-template.ts';
import { type Storage, storage } from './storage.ts';

/** The parts, and where they publish what the app needs to know. */
export interface Surroundings {
  readonly net: Network;
  readonly groups: FleetFirewalls;
  readonly db: Database;
  readonly sessions: Cache;
  readonly uploads: Storage;
  readonly balancing: LoadBalancing;
  readonly profile: Handle<InstanceProfileAttributes>;
  readonly prefix: string;
}

/** What is otherwise while a tier moves. */
export interface Beside {
  /** So many targets have to serve; absent: as many as the fleet has at least. */
  readonly minimumHealthy?: number;
  /** What else the servers let through. */
  readonly openings?: readonly Opening[];
}

/** The schema lets no tier of this stage be without. */
function balancerOf({ loadBalancer }: TierSpec): LoadBalancerSpec {
  if (!loadBalancer) throw new Error('build a load-balanced tier: the spec has no loadBalancer');
  return loadBalancer;
}

/** Adds all that the servers stand on. */
export function surroundings(
  g: GraphBuilder,
  spec: TierSpec,
  facts: Facts,
  { minimumHealthy = autoScalingOf(spec).minSize, openings = [] }: Beside = {},
): Surroundings {
  const net = network(g, spec, facts, spec.network.create.natGateways);
  const groups = fleetFirewalls(g, spec, facts, net, openings);
  const db = database(g, spec, facts, { net, clients: groups.app });
  const sessions = cache(g, spec, facts, { net, groupId: groups.cache.id });
  const uploads = storage(g, spec, facts);
  const balancing = loadBalancing(g, spec, facts, balancerOf(spec), {
    net,
    groupId: groups.loadBalancer.id,
    minimumHealthy,
  });
  const statements = [db.statement, sessions.statement, ...uploads.statements];
  const profile = serverIdentity(g, spec, facts, statements);
  return { net, groups, db, sessions, uploads, balancing, profile, prefix: parameterPrefix(facts.owner) };
}

/** What the app reads of what is new in this stage, by the names below the tier's prefix. */
export const fleetParameters = ({ sessions, uploads }: Surroundings) => ({
  'cache/primary': sessions.primary,
  'cache/reader': sessions.reader,
  'cache/port': String(sessions.port),
  'cache/secret-arn': sessions.secretArn,
  'storage/bucket': uploads.bucket.ref('name'),
  'storage/prefix': uploads.prefix,
});

/** Adds the servers, which boot after all of `after`, and their alarms, when they are wanted. */
export function balancedFleet(
  g: GraphBuilder,
  spec: TierSpec,
  facts: Facts,
  { net, groups, balancing, profile }: Surroundings,
  after: readonly Ref<unknown>[],
): Fleet {
  const template = serverTemplate(g, spec, facts, {
    name: 'fleet',
    groupId: groups.app.id,
    profile,
    userData: userDataAlone(facts.userData),
    publicAddress: !net.appReachesOut,
  });
  const subnetIds = net.appReachesOut ? net.appSubnetIds : net.publicSubnetIds;
  const servers = fleet(g, spec, facts, { template, subnetIds, balancing, after: [...after, ...net.waysOut] });
  const { alarms, snsTopicARN: topicARN } = spec.observability;
  if (alarms) fleetAlarms(g, { owner: facts.owner, topicARN }, servers, balancing);
  return servers;
}

/** Adds the alarms of what the servers stand on, when they are wanted. */
export function surroundingAlarms(
  g: GraphBuilder,
  { observability }: TierSpec,
  { owner }: Facts,
  { sessions, db }: Surroundings,
): void {
  if (!observability.alarms) return;
  const watch = { owner, topicARN: observability.snsTopicARN };
  cacheAlarms(g, watch, sessions);
  databaseAlarms(g, watch, db);
}

/** Where people reach the app: by TLS when anybody listens for it. */
function addressOf(spec: TierSpec, { loadBalancer }: LoadBalancing): Outputs['endpoints'] {
  const { listeners } = balancerOf(spec);
  const front = listeners.find(({ protocol }) => protocol === 'HTTPS') ?? listeners[0];
  const scheme = front?.protocol === 'HTTPS' ? 'https' : 'http';
  const usual = scheme === 'https' ? 443 : 80;
  const port = front === undefined || front.port === usual ? '' : `:${front.port}`;
  const loadBalancerDNS = loadBalancer.ref('dnsName');
  return { application: around(loadBalancerDNS, [`${scheme}://`, port]), loadBalancerDNS };
}

/** Where all of it is to be found. */
export function balancedEndpoints(
  spec: TierSpec,
  { net, db, sessions, uploads, balancing, prefix }: Surroundings,
): Outputs['endpoints'] {
  return {
    ...addressOf(spec, balancing),
    vpcID: net.vpcId,
    parameterPrefix: prefix,
    ...databaseEndpoints(db),
    cachePrimary: sessions.primary,
    cacheReader: sessions.reader,
    bucket: uploads.bucket.ref('name'),
  };
}

/** How many servers there are, for those who ask for another number. */
export const balancedCompute = ({ owner }: Facts, { group }: Fleet): Pick<Outputs, 'compute'> => ({
  compute: { instances: group.ref('instances'), selector: `scalingtier.dev/name=${owner.name}` },
});
