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
import { rollbackWindow, switchDatabase } from '../operations/database/decisions.ts';
import { Snapshot } from '../resources/ec2/snapshot.ts';
import { databaseConnection, databaseEndpoints, databaseParameters } from '../stages/parts/database-outputs.ts';
import { LOCAL_WRITER, localDatabaseParameters } from '../stages/parts/local-database.ts';
import { epoch, parameters } from '../stages/parts/parameters.ts';
import {
  type ServerAndDatabase,
  serverAndDatabase,
  serverAndDatabaseAlarms,
} from '../stages/parts/server-and-database.ts';
import { serverEndpoints } from '../stages/parts/web-server.ts';
import { separateDatabase } from '../stages/separate-database.ts';
import { type DatabaseSwitch, scriptArguments } from './parts/database-scripts.ts';
import { type Evidence, type Ground, groundOf, type Prepared } from './parts/database-way.ts';
import { UP } from './parts/engine-steps.ts';
import { sayWhere, waitForWord } from './parts/external-copy.ts';
import { withMaintenance } from './parts/maintenance.ts';
import { cutOver, inspectSource, replicate } from './parts/replication.ts';
import { HOUR, stepNode, stepsIn } from './parts/step.ts';

const [FROM, TO] = ['SingleServer', 'SeparateDatabase'] as const;

/** What a person reads beside the plan: of all methods, of which a tier has one. What is new is built before D4, as nodes of their own. */
const RUNBOOK: readonly RunbookLine[] = [
  { id: 'D1', node: stepNode('inspect'), does: 'look whether the database can move' },
  { id: 'D1A', node: stepNode('inspect-replication'), does: 'look whether the server can be replicated' },
  { id: 'D2', node: 'ec2.snapshot/before-separate-database', does: 'copy the data volume', stays: true },
  { id: 'D3', node: 'rds.instance/primary', does: 'build the new database', stays: true },
  { id: 'D4', node: stepNode('rehearse'), does: 'rehearse the copy and measure it' },
  { id: 'D4A', node: stepNode('replicate'), does: 'begin to copy the data beside the app' },
  { id: 'D4B', node: stepNode('follow'), does: 'wait until the copy keeps up' },
  { id: 'D4C', node: stepNode('verify'), does: 'compare both sides while they change' },
  { id: 'D5', node: stepNode('hand-over'), does: 'say where to copy the data to' },
  { id: 'D6', node: stepNode('freeze'), does: 'close the old database to the app', interruption: 'begins' },
  { id: 'D7', node: stepNode('copy'), does: 'copy the data' },
  { id: 'D7E', node: stepNode('await-copy'), does: 'wait until somebody says that the data are copied' },
  { id: 'D8', node: stepNode('compare'), does: 'compare both sides' },
  {
    id: 'D6A',
    node: stepNode('cut-over'),
    does: 'close the old database, copy what was written last, compare both sides',
    interruption: 'begins',
  },
  { id: 'D9', node: stepNode('switch'), does: 'send the app to the new database', rollback: 'LossyAfterFirstWrite' },
  { id: 'D10', node: stepNode('reload'), does: 'have the app read its parameters anew', interruption: 'ends' },
  { id: 'D12', node: stepNode('window'), does: 'keep the old database as it was' },
  { id: 'D13', node: stepNode('retire'), does: 'stop the old database', rollback: 'Impossible' },
];

/** Before the freeze by dump and restore: all of it is done once, beside the app, and measured. */
function rehearse(
  { add, does, instanceId, told: { local, rds, scratch } }: Ground,
  INSPECTED: Ref<string>,
): Ref<string> {
  return add(does.rehearseCopy, 'rehearse', {
    instanceId,
    arguments: { ...local, ...rds, ...scratch, INSPECTED },
  }).ref('finishedTime');
}

/** What copies a database that is closed; answers with when that was done. */
type Copy = (spec: TierSpec, ground: Ground, POSITION: Ref<string>) => Ref<string>;

/** D6 to D8: the database is closed, copied and compared, which takes as long as it is large. */
function closeAndCopy(spec: TierSpec, ground: Ground, { given, options }: Prepared, copy: Copy): Evidence {
  const { add, does, instanceId } = ground;
  const { local, rds } = ground.told;
  const frozen = add(does.freezeDatabase, 'freeze', { instanceId, arguments: { ...local, ...given } }, options);
  const position = frozen.ref('position');
  const completed = copy(spec, ground, position);
  const compared = add(does.compareDatabases, 'compare', {
    instanceId,
    arguments: { ...local, ...rds, POSITION: position, COMPLETED: completed },
  });
  return { position, copy: completed, fingerprint: compared.ref('fingerprint') };
}

const copyAll: Copy = (_spec, { add, does, instanceId, told: { local, rds, scratch } }, POSITION) =>
  add(does.copyDatabase, 'copy', { instanceId, arguments: { ...local, ...rds, ...scratch, POSITION } }).ref(
    'completed',
  );

const copyByPerson: Copy = ({ transition }, ground, position) =>
  waitForWord(ground, position, transition.dataMigration.maxWriteDowntimeSeconds);

/** How the data get to RDS: what comes before the app is interrupted, and what after that. */
interface Method {
  /** What else is looked at; answers with when that was done. */
  readonly inspect?: (spec: TierSpec, ground: Ground, inspected: Ref<string>) => Ref<string>;
  readonly prepare: (g: GraphBuilder, spec: TierSpec, ground: Ground, inspected: Ref<string>) => Ref<string>;
  readonly transfer: (spec: TierSpec, ground: Ground, prepared: Prepared) => Evidence;
}

const METHODS: Readonly<Record<TierSpec['transition']['dataMigration']['method'], Method>> = {
  DumpRestore: {
    prepare: (_g, _spec, ground, inspected) => rehearse(ground, inspected),
    transfer: (spec, ground, prepared) => closeAndCopy(spec, ground, prepared, copyAll),
  },
  LogicalReplication: { inspect: inspectSource, prepare: replicate, transfer: cutOver },
  External: {
    prepare: (_g, _spec, ground, inspected) => sayWhere(ground, inspected, ground.db.readers),
    transfer: (spec, ground, { given, options }) =>
      // Nobody else knows when the one who copies is ready.
      closeAndCopy(spec, ground, { given, options: { ...options, approval: true } }, copyByPerson),
  },
};

/** D1 to D9; answers with the switch, which says what the app is to read once both sides were found equal. */
function untilTheSwitch(g: GraphBuilder, spec: TierSpec, parts: ServerAndDatabase): DatabaseSwitch {
  const ground = groundOf(g, spec, parts);
  const { add, does, instanceId, db, host } = ground;
  const { local, rds, scratch } = ground.told;
  const METHOD = spec.transition.dataMigration.method;
  const method = METHODS[METHOD];
  const { RDS_VERSION } = rds;
  const able = add(does.inspectDatabase, 'inspect', {
    instanceId,
    arguments: { ...local, ...scratch, METHOD, RDS_VERSION },
  }).ref('finishedTime');
  const INSPECTED = method.inspect?.(spec, ground, able) ?? able;
  const backup = g.add(
    Snapshot,
    'before-separate-database',
    { volumeId: host.volume.ref('volumeId'), description: 'before the database moved to RDS' },
    { end: 'Retain', after: [INSPECTED] },
  );
  const evidence = method.transfer(spec, ground, {
    given: { PREPARED: method.prepare(g, spec, ground, INSPECTED), BACKUP: backup.ref('snapshotId') },
    options: { impact: 'restart', after: db.readers },
  });
  const published = databaseParameters(spec, db);
  return add(switchDatabase, 'switch', {
    arguments: {
      ...{ writer: published['db/writer'], port: published['db/port'], secretArn: published['db/secret-arn'] },
      ...evidence,
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
  add(UP[spec.database.engine].retireDatabase, 'retire', {
    instanceId,
    arguments: { ...local, OVER: over.ref('finishedTime') },
  });
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
  build: (spec, facts, attempt) => {
    const { steps, committed } = attempt;
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
    const graphs = withMaintenance(g, parts.prefix, { runbook: RUNBOOK, attempt });
    return { ...graphs, outputs: outputsOf(spec, parts, committed) };
  },
};
