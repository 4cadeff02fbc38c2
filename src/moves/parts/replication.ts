/** How a database gets to RDS while the app works: the steps before the freeze, and the one that is all of the freeze. */
import type { TierSpec } from '../../api/types.ts';
import type { GraphBuilder } from '../../core/graph.ts';
import type { Ref } from '../../core/ref.ts';
import { openings } from '../../stages/parts/firewall.ts';
import { localPort } from '../../stages/parts/local-database.ts';
import type { ServerAndDatabase } from '../../stages/parts/server-and-database.ts';
import type { Evidence, Ground, Prepared } from './database-way.ts';

/** What scripts of a replication are told: where RDS finds the server, how long it may stand still. */
const replicationArguments = ({ transition }: TierSpec, { host }: ServerAndDatabase) => ({
  SOURCE_HOST: host.instance.ref('privateIp'),
  PATIENCE: String(transition.dataMigration.maxWriteDowntimeSeconds),
});

/** Before anything is built: whether the server can be replicated. */
export function inspectSource(spec: TierSpec, ground: Ground, INSPECTED: Ref<string>): Ref<string> {
  const { add, does, instanceId, told } = ground;
  const { SOURCE_HOST } = replicationArguments(spec, ground);
  const { RDS_VERSION } = told.rds;
  return add(does.inspectReplication, 'inspect-replication', {
    instanceId,
    arguments: { ...told.local, SOURCE_HOST, RDS_VERSION, INSPECTED },
  }).ref('finishedTime');
}

/** As long as the move lasts RDS reaches the database on the server. */
function openToDatabase(g: GraphBuilder, { db, group }: Ground, port: number): readonly Ref<string>[] {
  const description = 'replication';
  return [
    ...openings(g, group, [{ direction: 'ingress', port, peer: db.group, description }]),
    ...openings(g, db.group, [{ direction: 'egress', port, peer: group, description }]),
  ];
}

/** Before the freeze by replication: RDS has all rows, and they were compared while the app works. */
export function replicate(g: GraphBuilder, spec: TierSpec, ground: Ground, INSPECTED: Ref<string>): Ref<string> {
  const { add, does, instanceId, db } = ground;
  const { local, rds, scratch } = ground.told;
  const replication = replicationArguments(spec, ground);
  const replicated = add(
    does.replicateDatabase,
    'replicate',
    { instanceId, arguments: { ...local, ...rds, ...scratch, ...replication, INSPECTED } },
    { after: openToDatabase(g, ground, localPort(spec)) },
  );
  const given = { ...local, ...rds, PATIENCE: replication.PATIENCE, SCHEMA: replicated.ref('schema') };
  const followed = add(does.followReplication, 'follow', { instanceId, arguments: given });
  const verified = add(
    does.verifyReplication,
    'verify',
    { instanceId, arguments: { ...given, FOLLOWED: followed.ref('completed') } },
    // What the comparison leaves to the freeze grows until then.
    { after: db.readers },
  );
  return verified.ref('completed');
}

/**
 * D6A: the server is closed, what was written last is copied, and both sides are compared. It is one step, because all of that is
 * bounded and the way from step to step would take longer.
 */
export function cutOver(spec: TierSpec, ground: Ground, { given, options }: Prepared): Evidence {
  const { add, does, instanceId } = ground;
  const { local, rds } = ground.told;
  const { PATIENCE } = replicationArguments(spec, ground);
  const METHOD = spec.transition.dataMigration.method;
  const values = { ...local, ...rds, ...given, PATIENCE, METHOD };
  const done = add(does.cutOverDatabase, 'cut-over', { instanceId, arguments: values }, options);
  return { position: done.ref('position'), copy: done.ref('completed'), fingerprint: done.ref('fingerprint') };
}
