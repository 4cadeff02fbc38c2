/**
 * From one server with app and database to a database of its own on RDS, copied while the app waits or while it works. Until
 * the switch everything only adds; the old database keeps what it has, closed, until the window is over, and its files after that.
 */
import type { TierSpec } from '../api/types.ts';
import type { Outputs } from '../core/facts.ts';
import { type GraphBuilder, graphBuilder } from '../core/graph.ts';
import type { Move, RunbookLine } from '../core/move.ts';
import type { Input, Ref } from '../core/ref.ts';
import { reloadApp } from '../operations/app/steps.ts';
import {
  catchUpReplication,
  compareDatabases,
  copyDatabase,
  followReplication,
  freezeDatabase,
  inspectDatabase,
  inspectReplication,
  rehearseCopy,
  replicateDatabase,
  retireDatabase,
  rollbackWindow,
  switchDatabase,
  verifyReplication,
} from '../operations/database/steps.ts';
import { Snapshot } from '../resources/ec2/snapshot.ts';
import { databaseConnection, databaseEndpoints, databaseParameters } from '../stages/parts/database-outputs.ts';
import { openings } from '../stages/parts/firewall.ts';
import { LOCAL_WRITER, localDatabaseParameters, localPort } from '../stages/parts/local-database.ts';
import { epoch, parameters } from '../stages/parts/parameters.ts';
import {
  type ServerAndDatabase,
  serverAndDatabase,
  serverAndDatabaseAlarms,
} from '../stages/parts/server-and-database.ts';
import { serverEndpoints } from '../stages/parts/web-server.ts';
import { separateDatabase } from '../stages/separate-database.ts';
import { type DatabaseSwitch, scriptArguments } from './parts/database-scripts.ts';
import { HOUR, stepNode, stepsIn } from './parts/step.ts';

const [FROM, TO] = ['SingleServer', 'SeparateDatabase'] as const;

/** What a person reads beside the plan: of both methods, of which a tier has one. What is new is built before D4, as nodes of their own. */
const RUNBOOK: readonly RunbookLine[] = [
  { id: 'D1', node: stepNode('inspect'), does: 'look whether the database can move' },
  { id: 'D1A', node: stepNode('inspect-replication'), does: 'look whether the server can be replicated' },
  { id: 'D2', node: 'ec2.snapshot/before-separate-database', does: 'copy the data volume', stays: true },
  { id: 'D3', node: 'rds.instance/primary', does: 'build the new database', stays: true },
  { id: 'D4', node: stepNode('rehearse'), does: 'rehearse the copy and measure it' },
  { id: 'D4A', node: stepNode('replicate'), does: 'begin to copy the data beside the app' },
  { id: 'D4B', node: stepNode('follow'), does: 'wait until the copy keeps up' },
  { id: 'D4C', node: stepNode('verify'), does: 'compare both sides while they change' },
  { id: 'D6', node: stepNode('freeze'), does: 'close the old database to the app', interruption: 'begins' },
  { id: 'D7', node: stepNode('copy'), does: 'copy the data' },
  { id: 'D7A', node: stepNode('catch-up'), does: 'copy what was written last' },
  { id: 'D8', node: stepNode('compare'), does: 'compare both sides' },
  { id: 'D9', node: stepNode('switch'), does: 'send the app to the new database', rollback: 'LossyAfterFirstWrite' },
  { id: 'D10', node: stepNode('reload'), does: 'have the app read its parameters anew', interruption: 'ends' },
  { id: 'D12', node: stepNode('window'), does: 'keep the old database as it was' },
  { id: 'D13', node: stepNode('retire'), does: 'stop the old database', rollback: 'Impossible' },
];

/** What every step of a database's way stands on. */
interface Ground extends ServerAndDatabase {
  readonly add: ReturnType<typeof stepsIn>;
  readonly instanceId: Ref<string>;
  /** What its script is told, by groups. */
  readonly told: ReturnType<typeof scriptArguments>;
}

function groundOf(g: GraphBuilder, spec: TierSpec, parts: ServerAndDatabase): Ground {
  const add = stepsIn(g, `${parts.prefix}/ops/separate-database`);
  const instanceId = parts.host.instance.ref('instanceId');
  return { ...parts, add, instanceId, told: scriptArguments(spec, parts) };
}

/** Before the freeze by dump and restore: all of it is done once, beside the app, and measured. */
function rehearse({ add, instanceId, told: { local, rds, scratch } }: Ground, INSPECTED: Ref<string>): Ref<string> {
  return add(rehearseCopy, 'rehearse', {
    instanceId,
    arguments: { ...local, ...rds, ...scratch, INSPECTED },
  }).ref('finishedTime');
}

/** What scripts of a replication are told: where RDS finds the server, from where it comes, how long it may stand still. */
const replicationArguments = ({ network, transition }: TierSpec, { host }: ServerAndDatabase) => ({
  SOURCE_HOST: host.instance.ref('privateIp'),
  TARGET_NETWORK: network.create.cidr,
  PATIENCE: String(transition.dataMigration.maxWriteDowntimeSeconds),
});

/** As long as the move lasts RDS reaches the database on the server. */
function openToDatabase(g: GraphBuilder, { db, group }: Ground, port: number): readonly Ref<string>[] {
  const description = 'replication';
  return [
    ...openings(g, group, [{ direction: 'ingress', port, peer: db.group, description }]),
    ...openings(g, db.group, [{ direction: 'egress', port, peer: group, description }]),
  ];
}

/** Before the freeze by replication: RDS has all rows, and they were compared while the app works. */
function replicate(g: GraphBuilder, spec: TierSpec, ground: Ground, INSPECTED: Ref<string>): Ref<string> {
  const { add, instanceId, db } = ground;
  const { local, rds, scratch } = ground.told;
  const replication = replicationArguments(spec, ground);
  const replicated = add(
    replicateDatabase,
    'replicate',
    { instanceId, arguments: { ...local, ...rds, ...scratch, ...replication, INSPECTED } },
    { after: openToDatabase(g, ground, localPort(spec)) },
  );
  const given = { ...local, ...rds, PATIENCE: replication.PATIENCE, SCHEMA: replicated.ref('schema') };
  const followed = add(followReplication, 'follow', { instanceId, arguments: given });
  const verified = add(
    verifyReplication,
    'verify',
    { instanceId, arguments: { ...given, FOLLOWED: followed.ref('completed') } },
    // What the comparison leaves to the freeze grows until then.
    { after: db.readers },
  );
  return verified.ref('completed');
}

/** D1 to D9; answers with the switch, which says what the app is to read once both sides were found equal. */
function untilTheSwitch(g: GraphBuilder, spec: TierSpec, parts: ServerAndDatabase): DatabaseSwitch {
  const ground = groundOf(g, spec, parts);
  const { add, instanceId, db, host } = ground;
  const { local, rds, scratch } = ground.told;
  const METHOD = spec.transition.dataMigration.method;
  const isReplicated = METHOD === 'LogicalReplication';
  const { PATIENCE, ...places } = replicationArguments(spec, ground);
  const { RDS_VERSION } = rds;
  const able = add(inspectDatabase, 'inspect', {
    instanceId,
    arguments: { ...local, ...scratch, METHOD, RDS_VERSION },
  });
  const inspected = isReplicated
    ? add(inspectReplication, 'inspect-replication', {
        instanceId,
        arguments: { ...local, ...places, RDS_VERSION, INSPECTED: able.ref('finishedTime') },
      })
    : able;
  const backup = g.add(
    Snapshot,
    'before-separate-database',
    { volumeId: host.volume.ref('volumeId'), description: 'before the database moved to RDS' },
    { end: 'Retain', after: [inspected.ref('finishedTime')] },
  );
  const INSPECTED = inspected.ref('finishedTime');
  const PREPARED = isReplicated ? replicate(g, spec, ground, INSPECTED) : rehearse(ground, INSPECTED);
  const frozen = add(
    freezeDatabase,
    'freeze',
    { instanceId, arguments: { ...local, PREPARED, BACKUP: backup.ref('snapshotId') } },
    // Nothing slow may fall into the time in which nobody can write.
    { impact: 'restart', after: db.readers },
  );
  const POSITION = frozen.ref('position');
  const copied = isReplicated
    ? add(catchUpReplication, 'catch-up', { instanceId, arguments: { ...local, ...rds, PATIENCE, POSITION } })
    : add(copyDatabase, 'copy', { instanceId, arguments: { ...local, ...rds, ...scratch, POSITION } });
  const compared = add(compareDatabases, 'compare', {
    instanceId,
    arguments: { ...local, ...rds, METHOD, POSITION, COMPLETED: copied.ref('completed') },
  });
  const published = databaseParameters(spec, db);
  return add(switchDatabase, 'switch', {
    arguments: {
      ...{ writer: published['db/writer'], port: published['db/port'], secretArn: published['db/secret-arn'] },
      ...{ position: POSITION, copy: copied.ref('completed'), fingerprint: compared.ref('fingerprint') },
    },
  });
}

/** What the app reads: nothing of the new database before the switch, and that its place has changed when all of it is there. */
function publish(
  g: GraphBuilder,
  spec: TierSpec,
  { db, prefix }: ServerAndDatabase,
  switched: DatabaseSwitch,
): readonly Ref<string>[] {
  const wanted = databaseParameters(spec, db);
  const after = [switched.ref('writer')];
  const place = parameters(g, prefix, {
    'db/engine': wanted['db/engine'],
    'db/name': wanted['db/name'],
    'db/port': switched.ref('port'),
    'db/writer': switched.ref('writer'),
    'db/secret-arn': switched.ref('secretArn'),
  });
  const readers = parameters(g, prefix, { 'db/readers': wanted['db/readers'] }, { after });
  const rises = epoch(g, prefix, switched.ref('finishedSeconds'), { after: [...place, ...readers] });
  return [...place, ...readers, rises];
}

/** D10 to D13: the app goes where it is sent, and the old database stays as it was for a while. */
function afterTheSwitch(
  g: GraphBuilder,
  spec: TierSpec,
  parts: ServerAndDatabase,
  published: { readonly names: readonly Ref<string>[]; readonly writer: Input<string> },
): void {
  const { host, prefix } = parts;
  const { local } = scriptArguments(spec, parts);
  const { reloadCommand = '', dataMigration } = spec.transition;
  const add = stepsIn(g, `${prefix}/ops/separate-database`);
  const instanceId = host.instance.ref('instanceId');
  const reloaded = add(
    reloadApp,
    'reload',
    { instanceId, arguments: { RELOAD: reloadCommand, WRITER: published.writer, POINTER: local.POINTER } },
    { after: published.names },
  );
  const over = add(rollbackWindow, 'window', {
    seconds: dataMigration.rollbackWindowHours * HOUR,
    arguments: { reloaded: reloaded.ref('finishedTime') },
  });
  add(retireDatabase, 'retire', { instanceId, arguments: { ...local, OVER: over.ref('finishedTime') } });
}

/** Where the database is, and how pods reach it, before and after the switch. */
function outputsOf(spec: TierSpec, parts: ServerAndDatabase, committed: boolean): Outputs {
  const { db, host } = parts;
  const place = committed ? databaseEndpoints(db) : { databaseWriter: LOCAL_WRITER };
  return {
    endpoints: { ...serverEndpoints(parts), ...place },
    dataCopies: committed ? [host.dataCopy, db.dataCopy] : [host.dataCopy],
    ...(committed ? databaseConnection(spec, db) : {}),
  };
}

export const singleServerToSeparateDatabase: Move = {
  from: FROM,
  to: TO,
  runbook: RUNBOOK,
  commit: stepNode('switch'),
  demands: separateDatabase.demands,
  build: (spec, facts, { steps, committed }) => {
    const g = graphBuilder(spec.deletionPolicy.default);
    const parts = serverAndDatabase(g, spec, facts);
    parameters(g, parts.prefix, { stage: FROM, 'app/address': parts.host.address.ref('publicIp') });
    if (steps) {
      const switched = untilTheSwitch(g, spec, parts);
      const names = publish(g, spec, parts, switched);
      afterTheSwitch(g, spec, parts, { names, writer: switched.ref('writer') });
    } else {
      parameters(g, parts.prefix, localDatabaseParameters(spec));
      epoch(g, parts.prefix);
    }
    serverAndDatabaseAlarms(g, spec, facts, parts);
    return { graph: g.build(), outputs: outputsOf(spec, parts, committed) };
  },
};
