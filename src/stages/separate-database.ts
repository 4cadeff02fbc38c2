/**
 * Stage 2: one server for the app, and a database of its own on RDS, with a standby, backups and read replicas. The server
 * keeps its data volume: what the app has written there is not the database's.
 */

import type { Stage } from '../core/facts.ts';
import { graphBuilder } from '../core/graph.ts';
import { databaseAddresses, databaseDemands } from './parts/database-demands.ts';
import { databaseConnection, databaseEndpoints, databaseParameters } from './parts/database-outputs.ts';
import { instanceTypeDemand, LONE_SERVER, networkDemands } from './parts/network-demands.ts';
import { epoch, parameters } from './parts/parameters.ts';
import { serverAndDatabase, serverAndDatabaseAlarms } from './parts/server-and-database.ts';
import { serverEndpoints } from './parts/web-server.ts';

const build: Stage = (spec, facts) => {
  const g = graphBuilder(spec.deletionPolicy.default);
  const parts = serverAndDatabase(g, spec, facts);
  const { db, host, prefix } = parts;
  parameters(g, prefix, {
    stage: spec.stage,
    'app/address': host.address.ref('publicIp'),
    ...databaseParameters(spec, db),
  });
  epoch(g, prefix);
  serverAndDatabaseAlarms(g, spec, facts, parts);

  return {
    graph: g.build(),
    outputs: {
      endpoints: { ...serverEndpoints(parts), ...databaseEndpoints(db) },
      dataCopies: [host.dataCopy, db.dataCopy],
      ...databaseConnection(spec, db),
    },
  };
};

const demands: NonNullable<Stage['demands']> = (spec) => [
  ...databaseDemands(spec),
  instanceTypeDemand(spec, 'first'),
  ...networkDemands(spec, { public: LONE_SERVER, data: { zones: 2, room: { addresses: databaseAddresses(spec) } } }),
];

export const separateDatabase = Object.assign(build, { demands });
