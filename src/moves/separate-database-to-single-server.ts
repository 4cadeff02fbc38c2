/**
 * From a database of its own on RDS back to the one server. Until the switch everything only adds; after it the database on RDS
 * stays, closed, until the window is over, and goes then as the deletion policy says, with a last snapshot.
 */
import type { TierSpec } from '../api/types.ts';
import type { Outputs } from '../core/facts.ts';
import { type GraphBuilder, graphBuilder } from '../core/graph.ts';
import type { Move, RunbookLine } from '../core/move.ts';
import type { Ref } from '../core/ref.ts';
import { reloadApp } from '../operations/app/steps.ts';
import { rollbackWindow, switchDatabase } from '../operations/database/decisions.ts';
import { DBSnapshot } from '../resources/rds/snapshot.ts';
import { databaseConnection, databaseEndpoints, databaseParameters } from '../stages/parts/database-outputs.ts';
import { LOCAL_WRITER, localPort } from '../stages/parts/local-database.ts';
import { epoch, parameters } from '../stages/parts/parameters.ts';
import {
  type ServerAndDatabase,
  serverAndDatabase,
  serverAndDatabaseAlarms,
} from '../stages/parts/server-and-database.ts';
import { serverEndpoints } from '../stages/parts/web-server.ts';
import { type DatabaseSwitch, scriptArguments } from './parts/database-scripts.ts';
import { DOWN } from './parts/engine-steps.ts';
import { withMaintenance } from './parts/maintenance.ts';
import { HOUR, stepNode, stepsIn } from './parts/step.ts';

const [FROM, TO] = ['SeparateDatabase', 'SingleServer'] as const;

/** What a person reads beside the plan. */
const RUNBOOK: readonly RunbookLine[] = [
  { id: 'R1', node: stepNode('inspect'), does: 'look whether the database can come back' },
  { id: 'R2', node: 'rds.snapshot/before-single-server', does: 'copy the database on RDS', stays: true },
  { id: 'R4', node: stepNode('rehearse'), does: 'rehearse the copy and measure it' },
  { id: 'R6', node: stepNode('freeze'), does: 'close the database on RDS to the app', interruption: 'begins' },
  { id: 'R7', node: stepNode('copy'), does: 'copy the data' },
  { id: 'R8', node: stepNode('compare'), does: 'compare both sides' },
  { id: 'R9', node: stepNode('switch'), does: 'send the app to the server', rollback: 'LossyAfterFirstWrite' },
  { id: 'R10', node: stepNode('open'), does: 'open the database on the server' },
  { id: 'R11', node: stepNode('reload'), does: 'have the app read its parameters anew', interruption: 'ends' },
  { id: 'R12', node: stepNode('window'), does: 'keep the database on RDS as it was' },
  { id: 'R13', node: stepNode('discard'), does: 'drop what an earlier move had left', rollback: 'Impossible' },
];

/** R1 to R9; answers with the switch, which says what the app is to read once both sides were found equal. */
function untilTheSwitch(g: GraphBuilder, spec: TierSpec, parts: ServerAndDatabase): DatabaseSwitch {
  const { db, host, prefix } = parts;
  const { local, rds, scratch } = scriptArguments(spec, parts);
  const add = stepsIn(g, `${prefix}/ops/single-server`);
  const does = DOWN[spec.database.engine];
  const instanceId = host.instance.ref('instanceId');
  const given = { ...local, ...rds, ...scratch };
  const inspected = add(does.inspectReturn, 'inspect', { instanceId, arguments: given });
  const backup = g.add(
    DBSnapshot,
    'before-single-server',
    { instanceIdentifier: db.instance.ref('identifier'), resourceId: db.instance.ref('resourceId') },
    { end: 'Retain', after: [inspected.ref('finishedTime')] },
  );
  const rehearsed = add(does.rehearseReturn, 'rehearse', {
    instanceId,
    arguments: { ...given, INSPECTED: inspected.ref('finishedTime') },
  });
  const frozen = add(
    does.freezeReturn,
    'freeze',
    { instanceId, arguments: { ...given, REHEARSED: rehearsed.ref('finishedTime'), BACKUP: backup.ref('identifier') } },
    { impact: 'restart' },
  );
  const POSITION = frozen.ref('position');
  const copied = add(does.copyReturn, 'copy', { instanceId, arguments: { ...given, POSITION } });
  const compared = add(does.compareReturn, 'compare', {
    instanceId,
    arguments: { ...given, POSITION, COMPLETED: copied.ref('completed') },
  });
  return add(switchDatabase, 'switch', {
    arguments: {
      ...{ writer: LOCAL_WRITER, port: String(localPort(spec)), secretArn: db.credential.secretArn },
      ...{ position: POSITION, copy: copied.ref('completed'), fingerprint: compared.ref('fingerprint') },
    },
  });
}

/** What the app reads: nothing of the server before the switch, and that its place has changed when all of it is there. */
function publish(
  g: GraphBuilder,
  spec: TierSpec,
  { db, prefix }: ServerAndDatabase,
  switched: DatabaseSwitch,
): readonly Ref<string>[] {
  const { 'db/port': _port, 'db/writer': _writer, 'db/readers': _readers, ...rest } = databaseParameters(spec, db);
  parameters(g, prefix, rest);
  const place = parameters(g, prefix, {
    'db/port': switched.ref('port'),
    'db/writer': switched.ref('writer'),
    // Until the window is over, for those who read through it: RDS is closed.
    'db/readers': switched.ref('writer'),
  });
  return [...place, epoch(g, prefix, switched.ref('finishedSeconds'), { after: place })];
}

/** R10 to R13: the server's database opens, the app goes there, and the one on RDS stays as it was for a while. */
function afterTheSwitch(
  g: GraphBuilder,
  spec: TierSpec,
  parts: ServerAndDatabase,
  { names, switched }: { readonly names: readonly Ref<string>[]; readonly switched: DatabaseSwitch },
): void {
  const { host, prefix } = parts;
  const { local, rds, scratch } = scriptArguments(spec, parts);
  const { reloadCommand = '', dataMigration } = spec.transition;
  const add = stepsIn(g, `${prefix}/ops/single-server`);
  const does = DOWN[spec.database.engine];
  const instanceId = host.instance.ref('instanceId');
  const given = { ...local, ...rds, ...scratch };
  const SWITCHED = switched.ref('finishedTime');
  const opened = add(does.openReturn, 'open', { instanceId, arguments: { ...given, SWITCHED } }, { after: names });
  const reloaded = add(reloadApp, 'reload', {
    instanceId,
    arguments: {
      ...{ RELOAD: reloadCommand, WRITER: LOCAL_WRITER, POINTER: local.POINTER },
      OPENED: opened.ref('finishedTime'),
    },
  });
  const over = add(rollbackWindow, 'window', {
    seconds: dataMigration.rollbackWindowHours * HOUR,
    arguments: { reloaded: reloaded.ref('finishedTime') },
  });
  add(does.discardReturn, 'discard', { instanceId, arguments: { ...given, OVER: over.ref('finishedTime') } });
}

/** Where the database is, and how pods reach it, before and after the switch. */
function outputsOf(spec: TierSpec, parts: ServerAndDatabase, committed: boolean): Outputs {
  const { db, host } = parts;
  const place = committed ? { databaseWriter: LOCAL_WRITER } : databaseEndpoints(db);
  return {
    endpoints: { ...serverEndpoints(parts), ...place },
    dataCopies: committed ? [host.dataCopy] : [host.dataCopy, db.dataCopy],
    ...(committed ? {} : databaseConnection(spec, db)),
  };
}

export const separateDatabaseToSingleServer: Move = {
  from: FROM,
  to: TO,
  runbook: RUNBOOK,
  commit: stepNode('switch'),
  build: (spec, facts, attempt) => {
    const { steps, committed } = attempt;
    const g = graphBuilder(spec.deletionPolicy.default);
    const parts = serverAndDatabase(g, spec, facts);
    const { db, host, prefix } = parts;
    parameters(g, prefix, { stage: FROM, 'app/address': host.address.ref('publicIp') });
    if (steps) {
      const switched = untilTheSwitch(g, spec, parts);
      afterTheSwitch(g, spec, parts, { names: publish(g, spec, parts, switched), switched });
    } else {
      parameters(g, prefix, databaseParameters(spec, db));
      epoch(g, prefix);
    }
    serverAndDatabaseAlarms(g, spec, facts, parts);
    const graphs = withMaintenance(g, prefix, { runbook: RUNBOOK, attempt });
    return { ...graphs, outputs: outputsOf(spec, parts, committed) };
  },
};
