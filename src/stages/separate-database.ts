/**
 * Stage 2: one server for the app, and a database of its own on RDS, with a standby, backups and read replicas. The server
 * keeps its data volume: what the app has written there is not the database's.
 */

import type { Stage } from '../core/facts.ts';
import { graphBuilder } from '../core/graph.ts';
import { parameterPrefix } from '../core/names.ts';
import { serverAlarms } from './parts/alarms.ts';
import { database } from './parts/database.ts';
import { databaseAlarms } from './parts/database-alarms.ts';
import { databaseAddresses, databaseDemands } from './parts/database-demands.ts';
import { databaseConnection, databaseEndpoints, databaseParameters } from './parts/database-outputs.ts';
import { network } from './parts/network.ts';
import { instanceTypeDemand, LONE_SERVER, networkDemands } from './parts/network-demands.ts';
import { parameters } from './parts/parameters.ts';
import { appGroup, serverEndpoints, webServer } from './parts/web-server.ts';

const build: Stage = (spec, facts) => {
  const { deletionPolicy, observability } = spec;
  const { owner } = facts;
  const prefix = parameterPrefix(owner);
  const g = graphBuilder(deletionPolicy.default);

  const net = network(g, spec, facts);
  const group = appGroup(g, spec, facts, net);
  const db = database(g, spec, facts, { net, clients: group });
  const host = webServer(g, spec, facts, { net, group, statements: [db.statement] });
  parameters(g, prefix, {
    stage: spec.stage,
    'app/address': host.address.ref('publicIp'),
    ...databaseParameters(spec, db),
  });
  if (observability.alarms) {
    serverAlarms(g, facts, host, observability.snsTopicARN);
    databaseAlarms(g, { owner, topicARN: observability.snsTopicARN }, db);
  }

  return {
    graph: g.build(),
    outputs: {
      endpoints: { ...serverEndpoints({ net, host, prefix }), ...databaseEndpoints(db) },
      dataCopies: [host.dataCopy, db.dataCopy],
      ...databaseConnection(spec, db),
    },
  };
};

const demands: Stage['demands'] = (spec) => [
  ...databaseDemands(spec),
  instanceTypeDemand(spec, 'first'),
  ...networkDemands(spec, { public: LONE_SERVER, data: { zones: 2, room: { addresses: databaseAddresses(spec) } } }),
];

export const separateDatabase: Stage = Object.assign(build, { demands });
