/**
 * Stage 3: a load balancer before a fleet of servers over several zones, the database of stage 2, a cache for sessions and a
 * bucket for uploads. Servers keep nothing: whatever outlives them is in one of these.
 */

import { autoScalingOf } from '../api/defaults.ts';
import type { LoadBalancerSpec, TierSpec } from '../api/types.ts';
import type { Facts, Outputs, Stage } from '../core/facts.ts';
import { type GraphBuilder, graphBuilder } from '../core/graph.ts';
import { parameterPrefix } from '../core/names.ts';
import { around } from '../core/ref.ts';
import { userDataAlone } from '../operations/first-boot/user-data.ts';
import { cache } from './parts/cache.ts';
import { cacheAlarms } from './parts/cache-alarms.ts';
import { database } from './parts/database.ts';
import { databaseAlarms } from './parts/database-alarms.ts';
import { databaseConnection, databaseEndpoints, databaseParameters } from './parts/database-outputs.ts';
import { fleet } from './parts/fleet.ts';
import { fleetAlarms } from './parts/fleet-alarms.ts';
import { fleetDemands } from './parts/fleet-demands.ts';
import { fleetFirewalls } from './parts/fleet-firewalls.ts';
import { serverIdentity } from './parts/identity.ts';
import { type LoadBalancing, loadBalancing } from './parts/load-balancer.ts';
import { type Network, network } from './parts/network.ts';
import { parameters } from './parts/parameters.ts';
import { serverTemplate } from './parts/server-template.ts';
import { storage } from './parts/storage.ts';

/** The schema lets no tier of this stage be without. */
function balancerOf({ loadBalancer }: TierSpec): LoadBalancerSpec {
  if (!loadBalancer) throw new Error('build a load-balanced tier: the spec has no loadBalancer');
  return loadBalancer;
}

/** Where people reach the app: by TLS when anybody listens for it. */
function addressOf({ listeners }: LoadBalancerSpec, { loadBalancer }: LoadBalancing): Outputs['endpoints'] {
  const front = listeners.find(({ protocol }) => protocol === 'HTTPS') ?? listeners[0];
  const scheme = front?.protocol === 'HTTPS' ? 'https' : 'http';
  const usual = scheme === 'https' ? 443 : 80;
  const port = front === undefined || front.port === usual ? '' : `:${front.port}`;
  const loadBalancerDNS = loadBalancer.ref('dnsName');
  return { application: around(loadBalancerDNS, [`${scheme}://`, port]), loadBalancerDNS };
}

/** The parts that servers read of, and what they read. */
function surroundings(g: GraphBuilder, spec: TierSpec, facts: Facts, net: Network) {
  const prefix = parameterPrefix(facts.owner);
  const wanted = balancerOf(spec);
  const groups = fleetFirewalls(g, spec, facts, net);
  const db = database(g, spec, facts, { net, clients: groups.app });
  const sessions = cache(g, spec, facts, { net, groupId: groups.cache.id });
  const uploads = storage(g, spec, facts);
  const balancing = loadBalancing(g, spec, facts, wanted, {
    net,
    groupId: groups.loadBalancer.id,
    minimumHealthy: autoScalingOf(spec).minSize,
  });
  const reads = parameters(g, prefix, {
    stage: spec.stage,
    'app/address': balancing.loadBalancer.ref('dnsName'),
    ...databaseParameters(spec, db),
    'cache/primary': sessions.primary,
    'cache/reader': sessions.reader,
    'cache/port': String(sessions.port),
    'cache/secret-arn': sessions.secretArn,
    'storage/bucket': uploads.bucket.ref('name'),
    'storage/prefix': uploads.prefix,
  });
  const endpoints = {
    ...addressOf(wanted, balancing),
    vpcID: net.vpcId,
    parameterPrefix: prefix,
    ...databaseEndpoints(db),
    cachePrimary: sessions.primary,
    cacheReader: sessions.reader,
    bucket: uploads.bucket.ref('name'),
  };
  return { groups, db, sessions, uploads, balancing, reads, endpoints };
}

const build: Stage = (spec, facts) => {
  const { observability } = spec;
  const { owner } = facts;
  const g = graphBuilder(spec.deletionPolicy.default);

  const net = network(g, spec, facts, spec.network.create.natGateways);
  const { groups, db, sessions, uploads, balancing, reads, endpoints } = surroundings(g, spec, facts, net);
  const profile = serverIdentity(g, spec, facts, [db.statement, sessions.statement, ...uploads.statements]);
  const template = serverTemplate(g, spec, facts, {
    groupId: groups.app.id,
    profile,
    userData: userDataAlone(facts.userData),
    publicAddress: !net.appReachesOut,
  });
  const subnetIds = net.appReachesOut ? net.appSubnetIds : net.publicSubnetIds;
  const servers = fleet(g, spec, facts, { template, subnetIds, balancing, after: [...reads, ...net.waysOut] });
  if (observability.alarms) {
    const watch = { owner, topicARN: observability.snsTopicARN };
    fleetAlarms(g, watch, servers, balancing);
    cacheAlarms(g, watch, sessions);
    databaseAlarms(g, watch, db);
  }

  return {
    graph: g.build(),
    outputs: {
      endpoints,
      dataCopies: [db.dataCopy],
      ...databaseConnection(spec, db),
      compute: { instances: servers.group.ref('instances'), selector: `scalingtier.dev/name=${owner.name}` },
    },
  };
};

export const loadBalanced: Stage = Object.assign(build, { demands: fleetDemands });
