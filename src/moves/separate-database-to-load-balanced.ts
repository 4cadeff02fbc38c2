/**
 * From one server to a fleet behind a load balancer. The server goes behind the load balancer first, and what it keeps goes
 * where every server finds it, while it still is the only one; then others join. At each moment all who serve agree: one
 * database, one cache, one bucket. So as long as the old server serves beside them, people can be sent back to it, and are when the
 * others do not serve as they must. Requests are interrupted by one reload of the app, and by nothing else.
 */
import { autoScalingOf, BALANCER_DEFAULTS, OBSERVATION_DEFAULTS, TRAFFIC_DEFAULTS } from '../api/defaults.ts';
import type { TierSpec } from '../api/types.ts';
import type { Facts, Outputs } from '../core/facts.ts';
import { type GraphBuilder, graphBuilder } from '../core/graph.ts';
import type { Move, RunbookLine } from '../core/move.ts';
import type { Ref } from '../core/ref.ts';
import { reloadApp } from '../operations/app/steps.ts';
import {
  followNames,
  lookUpNames,
  observeTraffic,
  probeServers,
  serverWindow,
  switchTraffic,
} from '../operations/traffic/steps.ts';
import { copyUploads, settleUploads } from '../operations/uploads/steps.ts';
import { serverAlarms } from '../stages/parts/alarms.ts';
import {
  balancedCompute,
  balancedEndpoints,
  balancedFleet,
  fleetParameters,
  surroundingAlarms,
} from '../stages/parts/balanced-fleet.ts';
import { databaseConnection, databaseEndpoints, databaseParameters } from '../stages/parts/database-outputs.ts';
import type { Fleet } from '../stages/parts/fleet.ts';
import { fleetDemands } from '../stages/parts/fleet-demands.ts';
import { betweenServers } from '../stages/parts/fleet-firewalls.ts';
import { appNames, atBalancer, atServer } from '../stages/parts/names.ts';
import { epoch, parameters } from '../stages/parts/parameters.ts';
import { serverEndpoints } from '../stages/parts/web-server.ts';
import { followSwitch } from './parts/names.ts';
import { register, type ServerBesideFleet, serverBesideFleet, uploadArguments } from './parts/server-beside-fleet.ts';
import { HOUR, stepNode, stepsIn } from './parts/step.ts';

const [FROM, TO] = ['SeparateDatabase', 'LoadBalanced'] as const;

/** The decisions: people are sent to the load balancer, and the old server is kept for so long and then goes. */
const [SWITCH, WINDOW] = [stepNode('switch'), stepNode('window')];

/** What a person reads beside the plan. What is new is built before E4, as nodes of their own. */
const RUNBOOK: readonly RunbookLine[] = [
  { id: 'E1', node: 'elb.load-balancer/main', does: 'build the load balancer, the cache and the bucket', stays: true },
  { id: 'E3', node: stepNode('names'), does: 'look where the names of the app lead', again: true },
  { id: 'E4', node: stepNode('copy-uploads'), does: 'copy the uploads to the bucket' },
  { id: 'E5', node: stepNode('reload'), does: 'have the app use the cache and the bucket' },
  { id: 'E6', node: stepNode('settle-uploads'), does: 'copy the rest of the uploads and compare' },
  { id: 'E7', node: 'autoscaling.group/server', does: 'start the other servers', stays: true },
  { id: 'E7A', node: stepNode('probe'), does: 'prove that servers keep nothing' },
  { id: 'E8', node: SWITCH, does: 'publish the load balancer' },
  { id: 'E8A', node: stepNode('lead'), does: 'lead the names of spec.dns to the load balancer, share by share' },
  { id: 'E9', node: stepNode('follow'), does: 'wait until the names lead to the load balancer', again: true },
  { id: 'E10', node: stepNode('observe'), does: 'observe how requests are answered' },
  { id: 'E13', node: WINDOW, does: 'keep the old server', rollback: 'Impossible' },
];

/** How many targets have to serve: the old server, alone or beside the fleet. */
const minimumOf = (spec: TierSpec, isAlone: boolean): number => (isAlone ? 1 : autoScalingOf(spec).minSize + 1);

/** What other servers find, and when nothing of it was on the old one alone any more. */
interface Moved {
  readonly names: readonly Ref<string>[];
  readonly settledTime: Ref<string>;
}

/** E3: where people come from, who must not be led to the load balancer any more when that goes. */
function lookAtNames(g: GraphBuilder, spec: TierSpec, { host, balancing, prefix }: ServerBesideFleet): Ref<string> {
  const { hostNames = [] } = spec.transition.traffic ?? TRAFFIC_DEFAULTS;
  const places = { BALANCER: balancing.loadBalancer.ref('dnsName'), ADDRESS: host.address.ref('publicIp') };
  const given = { NAMES: hostNames.join(' '), ...places, POINTER: `${prefix}/stage`, STAGE: FROM };
  return stepsIn(g, `${prefix}/ops/load-balanced`)(lookUpNames, 'names', {
    // Where there is no name nobody looks. The step is there all the same: names that are taken out meanwhile are still led somewhere.
    ...(hostNames.length > 0 ? { instanceId: host.instance.ref('instanceId') } : {}),
    arguments: given,
  }).ref('finishedTime');
}

/** E4 to E6: what the server keeps goes where all find it. */
function moveState(g: GraphBuilder, spec: TierSpec, parts: ServerBesideFleet, targets: readonly Ref<string>[]): Moved {
  const { host, prefix } = parts;
  const { RELOAD, POINTER, ...place } = uploadArguments(spec, parts);
  const add = stepsIn(g, `${prefix}/ops/load-balanced`);
  const instanceId = host.instance.ref('instanceId');
  const LOOKED = lookAtNames(g, spec, parts);
  const copied = add(
    copyUploads,
    'copy-uploads',
    { instanceId, arguments: { ...place, RELOAD, POINTER, LOOKED } },
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

/** What the fleet serves with, and when nothing of it was on the old server alone any more. */
interface Ready {
  readonly servers: Fleet;
  readonly settledTime: Ref<string>;
}

/** E7A: nobody is sent to several servers before the user's own command has found that they agree. */
function prove(
  g: GraphBuilder,
  spec: TierSpec,
  parts: ServerBesideFleet,
  { servers, settledTime }: Ready,
): Ref<string> {
  const { groups, host, balancing, prefix } = parts;
  const { statelessProbe } = spec.compute;
  const add = stepsIn(g, `${prefix}/ops/load-balanced`);
  const settled = { SETTLED: settledTime };
  const fleet = servers.group.ref('name');
  const [first] = balancing.targetGroups;
  if (!statelessProbe || !first)
    return add(probeServers, 'probe', { arguments: settled }, { after: [fleet] }).ref('finishedTime');
  const ways = betweenServers(g, spec, groups);
  const { command, timeoutSeconds } = statelessProbe;
  const instanceId = host.instance.ref('instanceId');
  const place = { OWN: host.instance.ref('privateIp'), TARGETS: first.handle.ref('addresses') };
  const told = { ...settled, ...place, COMMAND: command, SECONDS_ALLOWED: String(timeoutSeconds) };
  return add(probeServers, 'probe', { instanceId, arguments: told }, { after: [fleet, ...ways] }).ref('finishedTime');
}

/** E8 to E13: once all serve, people are sent to the load balancer, and the old server stays for a while when that went well. */
function moveTraffic(
  g: GraphBuilder,
  spec: TierSpec,
  parts: ServerBesideFleet,
  { servers, provenTime }: { readonly servers: Fleet; readonly provenTime: Ref<string> },
): void {
  const { host, balancing, prefix } = parts;
  const { hostNames = [], keepServerHours } = spec.transition.traffic ?? TRAFFIC_DEFAULTS;
  const add = stepsIn(g, `${prefix}/ops/load-balanced`);
  const serving = balancing.targetGroups.map(({ name, handle }) => [`serving-${name}`, handle.ref('serving')] as const);
  const switched = add(
    switchTraffic,
    'switch',
    { arguments: { address: balancing.loadBalancer.ref('dnsName'), provenTime, ...Object.fromEntries(serving) } },
    { after: [servers.group.ref('name')] },
  );
  const address = switched.ref('address');
  const [published] = parameters(g, prefix, { 'app/address': address });
  const after = published ? [published] : [];
  const destination = { ...atBalancer(balancing, address), from: host.address.ref('publicIp') };
  const ready = followSwitch(g, spec, { add, prefix, switched, destination, after });
  const place = {
    instanceId: host.instance.ref('instanceId'),
    arguments: { NAMES: hostNames.join(' '), ADDRESS: address, READY: ready },
  };
  // Nobody has to be asked where there is no name to look at.
  const seen = hostNames.length > 0 ? [add(followNames, 'follow', place, { after }).ref('finishedTime')] : [];
  const [sent = ready] = seen;
  const [good = sent] = observed(g, spec, parts, sent);
  add(serverWindow, 'window', { seconds: keepServerHours * HOUR, arguments: { sent: good } }, { after });
}

/** E10: from here on the old server is only kept; nothing is observed where nobody wants to. */
function observed(
  g: GraphBuilder,
  spec: TierSpec,
  { balancing, prefix }: ServerBesideFleet,
  sent: Ref<string>,
): readonly Ref<string>[] {
  const { durationMinutes, maxErrorPercent, maxLatencyMilliseconds } =
    spec.transition.observation ?? OBSERVATION_DEFAULTS;
  if (durationMinutes === 0) return [];
  const limits = {
    minutes: String(durationMinutes),
    maxErrorPercent: String(maxErrorPercent),
    ...(maxLatencyMilliseconds === undefined ? {} : { maxLatencyMilliseconds: String(maxLatencyMilliseconds) }),
  };
  const given = { sent, loadBalancer: balancing.loadBalancer.ref('fullName'), ...limits };
  return [
    stepsIn(g, `${prefix}/ops/load-balanced`)(observeTraffic, 'observe', { arguments: given }).ref('finishedTime'),
  ];
}

/** Where people and pods find what, before and after the switch. */
function outputsOf(spec: TierSpec, facts: Facts, parts: ServerBesideFleet, servers: Fleet | undefined): Outputs {
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
  commit: WINDOW,
  demands: fleetDemands,
  build: (asked, facts, { steps, begun }) => {
    const spec = asked.loadBalancer ? asked : { ...asked, loadBalancer: BALANCER_DEFAULTS };
    const g = graphBuilder(spec.deletionPolicy.default);
    const parts = serverBesideFleet(g, spec, facts, minimumOf(spec, !steps));
    const { prefix, host, db } = parts;
    const { alarms, snsTopicARN } = spec.observability;
    const targets = register(g, parts);
    parameters(g, prefix, { stage: FROM, ...databaseParameters(spec, db) });
    epoch(g, prefix);
    if (alarms) serverAlarms(g, facts, host, snsTopicARN);
    surroundingAlarms(g, spec, facts, parts);
    if (!steps) {
      parameters(g, prefix, { 'app/address': host.address.ref('publicIp') });
      appNames(g, spec, prefix, atServer(host));
      return { graph: g.build(), outputs: outputsOf(spec, facts, parts, undefined) };
    }
    const { names, settledTime } = moveState(g, spec, parts, targets);
    const servers = balancedFleet(g, spec, facts, parts, [...names, settledTime]);
    const provenTime = prove(g, spec, parts, { servers, settledTime });
    moveTraffic(g, spec, parts, { servers, provenTime });
    return { graph: g.build(), outputs: outputsOf(spec, facts, parts, begun(SWITCH) ? servers : undefined) };
  },
};
