/** Stage 1: one server with app and database, its data on a volume and at an address that outlive it. */

import type { Stage } from '../core/facts.ts';
import { graphBuilder } from '../core/graph.ts';
import { parameterPrefix } from '../core/names.ts';
import { serverAlarms } from './parts/alarms.ts';
import { LOCAL_WRITER, localDatabaseParameters } from './parts/local-database.ts';
import { appNames, atServer } from './parts/names.ts';
import { network } from './parts/network.ts';
import { instanceTypeDemand, LONE_SERVER, networkDemands } from './parts/network-demands.ts';
import { epoch, parameters } from './parts/parameters.ts';
import { appGroup, serverEndpoints, webServer } from './parts/web-server.ts';

const build: Stage = (spec, facts) => {
  const { deletionPolicy, observability } = spec;
  const prefix = parameterPrefix(facts.owner);
  const g = graphBuilder(deletionPolicy.default);

  const net = network(g, spec, facts);
  const group = appGroup(g, spec, facts, net);
  const host = webServer(g, spec, facts, { net, group });
  parameters(g, prefix, {
    stage: spec.stage,
    'app/address': host.address.ref('publicIp'),
    ...localDatabaseParameters(spec),
  });
  epoch(g, prefix);
  appNames(g, spec, prefix, atServer(host));
  if (observability.alarms) serverAlarms(g, facts, host, observability.snsTopicARN);

  return {
    graph: g.build(),
    outputs: {
      endpoints: {
        ...serverEndpoints({ net, host, prefix }),
        databaseWriter: LOCAL_WRITER,
      },
      dataCopies: [host.dataCopy],
    },
  };
};

const demands: Stage['demands'] = (spec) => [
  instanceTypeDemand(spec, 'first'),
  ...networkDemands(spec, { public: LONE_SERVER }),
];

export const singleServer: Stage = Object.assign(build, { demands });
