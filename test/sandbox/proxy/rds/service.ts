/** RDS as the proxy knows it: the order of its steps. */
import type { Step } from '../call.ts';
import { type Service, writesByName } from '../service.ts';
import type { World } from '../world.ts';
import { answerMaintenance } from './answers/maintenance.ts';
import { answerEngineVersions, answerOrderable } from './answers/offers.ts';
import { describe, shownAnswers } from './describe.ts';
import { settle } from './due.ts';
import { answerEvents } from './events.ts';
import { type Handler, handlers } from './handler.ts';
import { lag } from './lag.ts';
import { createInstance, createReplica, restoreInstance } from './lifecycles/creation.ts';
import { deleteInstance } from './lifecycles/deletion.ts';
import {
  deleteParameterGroup,
  describeParameters,
  modifyParameterGroup,
  modifySubnetGroup,
  resetParameterGroup,
} from './lifecycles/groups.ts';
import { modifyInstance, openWindows } from './lifecycles/modification.ts';
import { rebootInstance, startInstance, stopInstance } from './lifecycles/power.ts';
import { promoteReplica } from './lifecycles/replication.ts';
import { copySnapshot, createSnapshot } from './lifecycles/snapshot.ts';
import { refusals } from './refusals.ts';
import { serversReady } from './servers.ts';

/** What is due is done before anything is answered. */
function time(world: World): Step {
  return async (call, next) => {
    await settle({ world, call });
    await openWindows({ world, call });
    await serversReady({ world, call });
    return next(call);
  };
}

const HANDLERS: Readonly<Record<string, Handler>> = {
  DescribeDBEngineVersions: async (scene) => answerEngineVersions(scene),
  DescribeOrderableDBInstanceOptions: answerOrderable,
  DescribePendingMaintenanceActions: answerMaintenance,
  DescribeEvents: async (scene) => answerEvents(scene),
  DescribeDBParameters: describeParameters,
  CreateDBInstance: createInstance,
  CreateDBInstanceReadReplica: createReplica,
  RestoreDBInstanceFromDBSnapshot: restoreInstance,
  ModifyDBInstance: modifyInstance,
  RebootDBInstance: rebootInstance,
  StopDBInstance: stopInstance,
  StartDBInstance: startInstance,
  PromoteReadReplica: promoteReplica,
  DeleteDBInstance: deleteInstance,
  CreateDBSnapshot: createSnapshot,
  CopyDBSnapshot: copySnapshot,
  ModifyDBSubnetGroup: modifySubnetGroup,
  ModifyDBParameterGroup: modifyParameterGroup,
  ResetDBParameterGroup: resetParameterGroup,
  DeleteDBParameterGroup: deleteParameterGroup,
};

/** What each creating call makes: the elements that name it. */
const MADE: Readonly<Record<string, readonly [name: string, arn: string]>> = {
  CreateDBInstance: ['DBInstanceIdentifier', 'DBInstanceArn'],
  CreateDBInstanceReadReplica: ['DBInstanceIdentifier', 'DBInstanceArn'],
  RestoreDBInstanceFromDBSnapshot: ['DBInstanceIdentifier', 'DBInstanceArn'],
  CreateDBSnapshot: ['DBSnapshotIdentifier', 'DBSnapshotArn'],
  CopyDBSnapshot: ['DBSnapshotIdentifier', 'DBSnapshotArn'],
  CreateDBSubnetGroup: ['DBSubnetGroupName', 'DBSubnetGroupArn'],
  CreateDBParameterGroup: ['DBParameterGroupName', 'DBParameterGroupArn'],
};

function created(operation: string, body: string): readonly string[] {
  const elements = MADE[operation] ?? [];
  return elements.flatMap((name) => new RegExp(`<${name}>([^<]+)<`).exec(body)?.[1] ?? []);
}

/** RDS. */
export const Rds: Service = {
  name: 'rds',
  signingName: 'rds',
  protocol: 'query',
  api: '2014-10-31',
  writes: writesByName,
  // AWS publishes no figures; these are what callers plan with.
  limits: {
    throttled: 'Throttling',
    status: 400,
    rows: [
      { name: 'reads', operations: /^(Describe|List)/, rate: 20, burst: 100 },
      { name: 'writes', operations: /./, rate: 5, burst: 50 },
    ],
  },
  created,
  steps: (world) => [
    time(world),
    lag(world),
    describe(world),
    shownAnswers(world),
    refusals(world),
    handlers(world, HANDLERS),
  ],
};
