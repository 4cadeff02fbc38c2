/** One server and a database of its own: what stands in stage 2, and already while a tier moves there. */
import type { TierSpec } from '../../api/types.ts';
import type { Facts } from '../../core/facts.ts';
import type { GraphBuilder } from '../../core/graph.ts';
import { parameterPrefix } from '../../core/names.ts';
import { serverAlarms } from './alarms.ts';
import { type Database, database } from './database.ts';
import { databaseAlarms } from './database-alarms.ts';
import type { Group } from './firewall.ts';
import { appNames, atServer } from './names.ts';
import { type Network, network } from './network.ts';
import type { Server } from './server.ts';
import { appGroup, webServer } from './web-server.ts';

/** The parts, and where they publish what the app needs to know. */
export interface ServerAndDatabase {
  readonly net: Network;
  /** The group of the server. */
  readonly group: Group;
  readonly db: Database;
  readonly host: Server;
  readonly prefix: string;
}

/** Adds network, database, server, and the names that lead to the server. */
export function serverAndDatabase(g: GraphBuilder, spec: TierSpec, facts: Facts): ServerAndDatabase {
  const net = network(g, spec, facts);
  const group = appGroup(g, spec, facts, net);
  const db = database(g, spec, facts, { net, clients: group });
  const host = webServer(g, spec, facts, { net, group, statements: [db.statement] });
  const prefix = parameterPrefix(facts.owner);
  appNames(g, spec, prefix, atServer(host));
  return { net, group, db, host, prefix };
}

/** Adds the alarms of both, when they are wanted. */
export function serverAndDatabaseAlarms(
  g: GraphBuilder,
  { observability }: TierSpec,
  facts: Facts,
  { db, host }: ServerAndDatabase,
): void {
  if (!observability.alarms) return;
  serverAlarms(g, facts, host, observability.snsTopicARN);
  databaseAlarms(g, { owner: facts.owner, topicARN: observability.snsTopicARN }, db);
}
