/**
 * From one server to a fleet behind a load balancer. The server goes behind the load balancer first, and what it keeps goes
 * where every server finds it, while it still is the only one; then others join. At each moment all who serve agree: one
 * database, one cache, one bucket. Requests are interrupted by one reload of the app, and by nothing else.
 */
import { autoScalingOf, BALANCER_DEFAULTS, TRAFFIC_DEFAULTS } from '../api/defaults.ts';
import type { TierSpec } from '../api/types.ts';
import type { Facts, Outputs } from '../core/facts.ts';
import { type GraphBuilder, graphBuilder } from '../core/graph.ts';
import type { Move, RunbookLine } from '../core/move.ts';
import type { Ref } from '../core/ref.ts';
import { reloadApp } from '../operations/app/steps.ts';
import { followNames, serverWindow, switchTraffic } from '../operations/traffic/steps.ts';
import { copyUploads, settleUploads } from '../operations/uploads/steps.ts';
import { Target } from '../resources/elb/target.ts';
import { serverAlarms } from '../stages/parts/alarms.ts';
import {
  balancedCompute,
  balancedEndpoints,
  balancedFleet,
  fleetParameters,
  type Surroundings,
  surroundingAlarms,
  surroundings,
} from '../stages/parts/balanced-fleet.ts';
import { databaseConnection, databaseEndpoints, databaseParameters } from '../stages/parts/database-outputs.ts';
import type { Fleet } from '../stages/parts/fleet.ts';
import { fleetDemands } from '../stages/parts/fleet-demands.ts';
import { epoch, parameters } from '../stages/parts/parameters.ts';
import { type Server, server } from '../stages/parts/server.ts';
import { fromWeb, serverEndpoints } from '../stages/parts/web-server.ts';
import { HOUR, stepNode, stepsIn } from './parts/step.ts';

const [FROM, TO] = ['SeparateDatabase', 'LoadBalanced'] as const;

/** What a person reads beside the plan. What is new is built before E4, as nodes of their own. */
const RUNBOOK: readonly RunbookLine[] = [
  { id: 'E1', node: 'elb.load-balancer/main', does: 'build the load balancer, the cache and the bucket', stays: true },
  { id: 'E4', node: stepNode('copy-uploads'), does: 'copy the uploads to the bucket' },
  { id: 'E5', node: stepNode('reload'), does: 'have the app use the cache and the bucket' },
  { id: 'E6', node: stepNode('settle-uploads'), does: 'copy the rest of the uploads and compare' },
  { id: 'E7', node: 'autoscaling.group/server', does: 'start the other servers', stays: true },
  { id: 'E8', node: stepNode('switch'), does: 'publish the load balancer', rollback: 'Impossible' },
  { id: 'E9', node: stepNode('follow'), does: 'wait until the names lead to the load balancer' },
  { id: 'E13', node: stepNode('window'), does: 'keep the old server' },
];

/** The old server and what is new around it. */
interface Parts extends Surroundings {
  readonly host: Server;
}

/** The old server stands behind the load balancer as well, alone or beside the fleet, and is still reached at its own address. */
function partsOf(g: GraphBuilder, spec: TierSpec, facts: Facts, isAlone: boolean): Parts {
  const minimumHealthy = isAlone ? 1 : autoScalingOf(spec).minSize + 1;
  const around = surroundings(g, spec, facts, { minimumHealthy, openings: fromWeb(spec) });
  const { net, groups, profile } = around;
  const base = { net, group: groups.app, profile, dataEnd: spec.deletionPolicy.database };
  return { ...around, host: server(g, spec, facts, base) };
}

/** The load balancer checks the server before the app is touched. */
function register(g: GraphBuilder, { balancing, host }: Parts): readonly Ref<string>[] {
  return balancing.targetGroups.map(({ name, handle }) => {
    const [targetGroupArn, instanceId] = [handle.ref('targetGroupArn'), host.instance.ref('instanceId')];
    const after = balancing.listenerArns;
    return g.add(Target, name, { targetGroupArn, instanceId, registered: true }, { after }).ref('instanceId');
  });
}

/** What the scripts are told. */
function scriptArguments({ transition, storage }: TierSpec, { uploads, prefix }: Parts) {
  const { reloadCommand = '' } = transition;
  const bucket = uploads.bucket.ref('name');
  return {
    ...{ DIRECTORY: transition.uploads?.directory ?? '', BUCKET: bucket, PREFIX: uploads.prefix },
    ...{ KEY: storage?.kmsKeyARN ?? '', RELOAD: reloadCommand, POINTER: `${prefix}/storage/bucket` },
  };
}

/** What other servers find, and when nothing of it was on the old one alone any more. */
interface Moved {
  readonly names: readonly Ref<string>[];
  readonly settledTime: Ref<string>;
}

/** E4 to E6: what the server keeps goes where all find it. */
function moveState(g: GraphBuilder, spec: TierSpec, parts: Parts, targets: readonly Ref<string>[]): Moved {
  const { host, prefix } = parts;
  const { RELOAD, POINTER, ...place } = scriptArguments(spec, parts);
  const add = stepsIn(g, `${prefix}/ops/load-balanced`);
  const instanceId = host.instance.ref('instanceId');
  const copied = add(
    copyUploads,
    'copy-uploads',
    { instanceId, arguments: { ...place, RELOAD, POINTER } },
    // What has uploaded to the bucket has sessions in the cache: both stay until it is taken back.
    { after: [...targets, parts.sessions.primary] },
  );
  const names = parameters(g, prefix, fleetParameters(parts), { after: [copied.ref('finishedTime')] });
  const reloaded = add(
    reloadApp,
    'reload',
    { instanceId, arguments: { RELOAD, POINTER, WRITER: place.BUCKET, COPIED: copied.ref('finishedTime') } },
    { impact: 'restart', after: [...names, ...targets] },
  );
  const settled = add(settleUploads, 'settle-uploads', {
    instanceId,
    arguments: { ...place, RELOADED: reloaded.ref('finishedTime') },
  });
  return { names, settledTime: settled.ref('finishedTime') };
}

/** E8 to E13: once all serve, people are sent to the load balancer, and the old server stays for a while. */
function moveTraffic(
  g: GraphBuilder,
  spec: TierSpec,
  parts: Parts,
  { servers, settledTime }: { readonly servers: Fleet; readonly settledTime: Ref<string> },
): void {
  const { host, balancing, prefix } = parts;
  const { hostNames = [], keepServerHours } = spec.transition.traffic ?? TRAFFIC_DEFAULTS;
  const add = stepsIn(g, `${prefix}/ops/load-balanced`);
  const serving = balancing.targetGroups.map(({ name, handle }) => [`serving-${name}`, handle.ref('serving')] as const);
  const switched = add(
    switchTraffic,
    'switch',
    { arguments: { address: balancing.loadBalancer.ref('dnsName'), settledTime, ...Object.fromEntries(serving) } },
    { after: [servers.group.ref('name')] },
  );
  const address = switched.ref('address');
  const [published] = parameters(g, prefix, { 'app/address': address });
  const after = published ? [published] : [];
  const place = {
    instanceId: host.instance.ref('instanceId'),
    arguments: { NAMES: hostNames.join(' '), ADDRESS: address },
  };
  // Nobody has to be asked where there is no name to look at.
  const seen = hostNames.length > 0 ? [add(followNames, 'follow', place, { after }).ref('finishedTime')] : [];
  const [sent = switched.ref('finishedTime')] = seen;
  add(serverWindow, 'window', { seconds: keepServerHours * HOUR, arguments: { sent } }, { after });
}

/** Where people and pods find what, before and after the switch. */
function outputsOf(spec: TierSpec, facts: Facts, parts: Parts, servers: Fleet | undefined): Outputs {
  const { db, host } = parts;
  return {
    endpoints: {
      ...serverEndpoints(parts),
      ...databaseEndpoints(db),
      ...(servers ? balancedEndpoints(spec, parts) : {}),
    },
    dataCopies: [host.dataCopy, db.dataCopy],
    ...databaseConnection(spec, db),
    ...(servers ? balancedCompute(facts, servers) : {}),
  };
}

export const separateDatabaseToLoadBalanced: Move = {
  from: FROM,
  to: TO,
  runbook: RUNBOOK,
  commit: stepNode('switch'),
  demands: fleetDemands,
  build: (asked, facts, { steps, committed }) => {
    const spec = asked.loadBalancer ? asked : { ...asked, loadBalancer: BALANCER_DEFAULTS };
    const g = graphBuilder(spec.deletionPolicy.default);
    const parts = partsOf(g, spec, facts, !steps);
    const { prefix, host, db } = parts;
    const { alarms, snsTopicARN } = spec.observability;
    const targets = register(g, parts);
    parameters(g, prefix, { stage: FROM, ...databaseParameters(spec, db) });
    epoch(g, prefix);
    if (alarms) serverAlarms(g, facts, host, snsTopicARN);
    surroundingAlarms(g, spec, facts, parts);
    if (!steps) {
      parameters(g, prefix, { 'app/address': host.address.ref('publicIp') });
      return { graph: g.build(), outputs: outputsOf(spec, facts, parts, undefined) };
    }
    const { names, settledTime } = moveState(g, spec, parts, targets);
    const servers = balancedFleet(g, spec, facts, parts, [...names, settledTime]);
    moveTraffic(g, spec, parts, { servers, settledTime });
    return { graph: g.build(), outputs: outputsOf(spec, facts, parts, committed ? servers : undefined) };
  },
};
