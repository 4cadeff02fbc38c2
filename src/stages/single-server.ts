/** Stage 1: one server with app and database, its data on a volume and at an address that outlive it. */

import type { Stage } from '../core/facts.ts';
import { graphBuilder } from '../core/graph.ts';
import { parameterPrefix, uniqueName } from '../core/names.ts';
import { around } from '../core/ref.ts';
import { serverAlarms } from './parts/alarms.ts';
import { firewall, type Opening } from './parts/firewall.ts';
import { serverIdentity } from './parts/identity.ts';
import { network } from './parts/network.ts';
import { parameters } from './parts/parameters.ts';
import { server } from './parts/server.ts';

const WEB_PORTS = [80, 443] as const;
const ENGINE_PORT = { postgres: 5432, mysql: 3306 } as const;
const ANYWHERE = '0.0.0.0/0';

const webOpenings = (allowedCIDRs: readonly string[]): readonly Opening[] => [
  ...WEB_PORTS.flatMap((port) =>
    allowedCIDRs.map((cidr) => ({ direction: 'ingress', port, cidr, description: 'web' }) as const),
  ),
  ...WEB_PORTS.map((port) => ({ direction: 'egress', port, cidr: ANYWHERE, description: 'packages and AWS' }) as const),
];

export const singleServer: Stage = (spec, facts) => {
  const { network: addresses, compute, database, deletionPolicy, observability } = spec;
  const prefix = parameterPrefix(facts.owner);
  const g = graphBuilder(deletionPolicy.default);

  const net = network(g, { cidr: addresses.create.cidr, zones: facts.zones, region: facts.region });
  const group = firewall(g, net, {
    name: 'app',
    awsName: uniqueName(facts.owner, 'app', 255),
    description: 'app servers',
    openings: webOpenings(addresses.allowedCIDRs),
  });
  const profile = serverIdentity(g, facts, {
    parameterPrefix: prefix,
    managedPolicyARNs: compute.managedPolicyARNs ?? [],
    permissionsBoundaryARN: compute.permissionsBoundaryARN,
  });
  const host = server(g, spec, facts, { net, group, profile, dataEnd: deletionPolicy.database });
  parameters(g, prefix, {
    stage: spec.stage,
    'app/address': host.address.ref('publicIp'),
    'db/engine': database.engine,
    'db/name': database.name,
    'db/port': String(database.onInstance.port ?? ENGINE_PORT[database.engine]),
    'db/writer': 'localhost',
  });
  if (observability.alarms) serverAlarms(g, facts, host, observability.snsTopicARN);

  return {
    graph: g.build(),
    outputs: {
      endpoints: {
        application: around(host.address.ref('publicIp'), ['http://', '']),
        elasticIP: host.address.ref('publicIp'),
        instanceID: host.instance.ref('instanceId'),
        vpcID: net.vpc.ref('vpcId'),
        databaseWriter: 'localhost',
        parameterPrefix: prefix,
      },
      dataCopy: {
        id: host.snapshots.ref('latestCompletedSnapshotId'),
        time: host.snapshots.ref('latestCompletedSnapshotTime'),
      },
    },
  };
};
