/**
 * Stage 2: one server for the app, and a database of its own on RDS, with a standby, backups and read replicas. The server
 * keeps its data volume: what the app has written there is not the database's.
 */

import type { Stage } from '../core/facts.ts';
import { graphBuilder } from '../core/graph.ts';
import { parameterPrefix } from '../core/names.ts';
import { joined } from '../core/ref.ts';
import { serverAlarms } from './parts/alarms.ts';
import { connection } from './parts/connection.ts';
import { database } from './parts/database.ts';
import { databaseAlarms } from './parts/database-alarms.ts';
import { databaseDemands } from './parts/database-demands.ts';
import { network } from './parts/network.ts';
import { parameters } from './parts/parameters.ts';
import { appGroup, serverEndpoints, webServer } from './parts/web-server.ts';

/** Rises when the database moves to another place; this is its first. */
const FIRST_EPOCH = '1';

const build: Stage = (spec, facts) => {
  const { deletionPolicy, observability } = spec;
  const { engine, name: databaseName, connectionSecret } = spec.database;
  const { owner } = facts;
  const prefix = parameterPrefix(owner);
  const g = graphBuilder(deletionPolicy.default);

  const net = network(g, { cidr: spec.network.create.cidr, zones: facts.zones, region: facts.region });
  const group = appGroup(g, spec, facts, net);
  const db = database(g, spec, facts, { net, clients: group });
  const host = webServer(g, spec, facts, { net, group, statements: [db.statement] });
  const writer = db.instance.ref('endpoint');
  parameters(g, prefix, {
    stage: spec.stage,
    'app/address': host.address.ref('publicIp'),
    'db/engine': engine,
    'db/name': databaseName,
    'db/port': String(db.engine.port),
    'db/writer': writer,
    'db/readers': joined(db.readers, ','),
    'db/secret-arn': db.credential.secretArn,
    'db/epoch': FIRST_EPOCH,
  });
  if (observability.alarms) {
    serverAlarms(g, facts, host, observability.snsTopicARN);
    databaseAlarms(g, { owner, topicARN: observability.snsTopicARN }, db);
  }

  return {
    graph: g.build(),
    outputs: {
      endpoints: {
        ...serverEndpoints({ net, host, prefix }),
        databaseWriter: writer,
        databaseReaders: db.replicas.map((replica) => replica.ref('endpoint')),
        databaseSecretARN: db.credential.secretArn,
      },
      dataCopies: [host.dataCopy, db.dataCopy],
      ...(connectionSecret === undefined
        ? {}
        : {
            connection: connection(connectionSecret, {
              engine,
              host: writer,
              port: db.engine.port,
              databaseName,
              readers: db.readers,
              credential: db.credential,
            }),
          }),
    },
  };
};

export const separateDatabase: Stage = Object.assign(build, { databases: databaseDemands });
