/**
 * From a fleet behind a load balancer back to one server. A server of its own joins the fleet first, and people are sent to it while
 * all that serve use one cache and one bucket; the fleet goes when it serves alone, and only then does it keep uploads and sessions
 * itself. As long as the fleet stands the move can be called off. Requests are interrupted by one reload of the app.
 */
import { BALANCER_DEFAULTS, TRAFFIC_DEFAULTS } from '../api/defaults.ts';
import type { TierSpec } from '../api/types.ts';
import type { Blueprint, Facts, Outputs } from '../core/facts.ts';
import { type Graph, type GraphBuilder, graphBuilder, type Node } from '../core/graph.ts';
import { type Attempt, type Move, type RunbookLine, specAt } from '../core/move.ts';
import type { NodeId, Ref } from '../core/ref.ts';
import { Step } from '../operations/steps.ts';
import { closeFleet, followServer, retireFleet, serverWindow, switchTraffic } from '../operations/traffic/steps.ts';
import { bringUploads, fetchUploads, inspectUploads } from '../operations/uploads/steps.ts';
import { Parameter } from '../resources/ssm/parameter.ts';
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
import { appNames, atBalancer } from '../stages/parts/names.ts';
import { epoch, parameters } from '../stages/parts/parameters.ts';
import { serverEndpoints } from '../stages/parts/web-server.ts';
import { separateDatabase } from '../stages/separate-database.ts';
import { followSwitch } from './parts/names.ts';
import { register, type ServerBesideFleet, serverBesideFleet, uploadArguments } from './parts/server-beside-fleet.ts';
import { HOUR, stepNode, stepsIn } from './parts/step.ts';

const [FROM, TO] = ['LoadBalanced', 'SeparateDatabase'] as const;

/** The decisions: people are sent to the server, the fleet goes, and what it needed goes. */
const [SWITCH, RETIRE, CLOSE] = [stepNode('switch'), stepNode('retire'), stepNode('close')];
const GROUP: NodeId = 'autoscaling.group/server';

/** What a person reads beside the plan. */
const RUNBOOK: readonly RunbookLine[] = [
  { id: 'F1', node: 'ec2.instance/server', does: 'build a server of its own beside the fleet', stays: true },
  { id: 'F2', node: stepNode('inspect'), does: 'look whether the uploads have room there' },
  { id: 'F3', node: stepNode('fetch'), does: 'copy the uploads to the server' },
  { id: 'F4', node: SWITCH, does: 'publish the address of the server' },
  { id: 'F4A', node: stepNode('lead'), does: 'lead the names of spec.dns to the server, share by share' },
  { id: 'F5', node: stepNode('follow'), does: 'wait until the names lead to the server', again: true },
  { id: 'F6', node: stepNode('window'), does: 'keep the fleet' },
  { id: 'F7', node: stepNode('fetch-again'), does: 'copy what was uploaded since', again: true },
  { id: 'F8', node: RETIRE, does: 'send the fleet away', rollback: 'Impossible' },
  { id: 'F9', node: stepNode('bring'), does: 'have the app keep uploads and sessions on the server' },
  { id: 'F10', node: CLOSE, does: 'take down the load balancer and the cache' },
];

/** What the one server is told, and where its steps are added. */
interface Ground {
  readonly add: ReturnType<typeof stepsIn>;
  readonly instanceId: Ref<string>;
  readonly told: Omit<ReturnType<typeof uploadArguments>, 'RELOAD'>;
}

function groundOf(g: GraphBuilder, spec: TierSpec, parts: ServerBesideFleet): Ground {
  const { RELOAD: _, ...told } = uploadArguments(spec, parts);
  const add = stepsIn(g, `${parts.prefix}/ops/one-server`);
  return { add, instanceId: parts.host.instance.ref('instanceId'), told };
}

/** F2 to F6: people are sent to the server while the fleet serves as before; answers with when the time of both is over. */
function moveTraffic(
  g: GraphBuilder,
  spec: TierSpec,
  parts: ServerBesideFleet,
  targets: readonly Ref<string>[],
): Ref<string> {
  const { host, balancing, prefix } = parts;
  const { hostNames = [], keepServerHours } = spec.transition.traffic ?? TRAFFIC_DEFAULTS;
  const { add, instanceId, told } = groundOf(g, spec, parts);
  const inspected = add(inspectUploads, 'inspect', { instanceId, arguments: told }, { after: targets });
  const fetched = add(fetchUploads, 'fetch', {
    instanceId,
    arguments: { ...told, INSPECTED: inspected.ref('finishedTime') },
  });
  const switched = add(
    switchTraffic,
    'switch',
    { arguments: { address: host.address.ref('publicIp'), fetchedTime: fetched.ref('finishedTime') } },
    { after: targets },
  );
  const ADDRESS = switched.ref('address');
  const after = parameters(g, prefix, { 'app/address': ADDRESS });
  const BALANCER = balancing.loadBalancer.ref('dnsName');
  const destination = { leadsTo: ADDRESS, from: BALANCER };
  const READY = followSwitch(g, spec, { add, prefix, switched, destination, after });
  const place = { NAMES: hostNames.join(' '), ADDRESS, BALANCER, POINTER: told.POINTER, READY };
  // Nobody has to be asked where there is no name to look at.
  const names = hostNames.length > 0 ? [add(followServer, 'follow', { instanceId, arguments: place }, { after })] : [];
  const sent = names[0]?.ref('finishedTime') ?? READY;
  return add(
    serverWindow,
    'window',
    { seconds: keepServerHours * HOUR, arguments: { sent } },
    { after: [...after, ...targets] },
  ).ref('finishedTime');
}

/** F7 to F10: the fleet goes, and then the server keeps what it is sent; it serves all the time. */
function moveState(
  g: GraphBuilder,
  spec: TierSpec,
  parts: ServerBesideFleet,
  { OVER, shared }: { readonly OVER: Ref<string>; readonly shared: readonly NodeId[] },
): void {
  const { add, instanceId, told } = groundOf(g, spec, parts);
  const fetched = add(fetchUploads, 'fetch-again', { instanceId, arguments: { ...told, OVER } });
  const retired = add(
    retireFleet,
    'retire',
    { arguments: { fetchedTime: fetched.ref('finishedTime') } },
    { impact: 'restart' },
  );
  const brought = add(
    bringUploads,
    'bring',
    { instanceId, arguments: { ...uploadArguments(spec, parts), RETIRED: retired.ref('finishedTime') } },
    // Whoever else serves would not see what the app keeps on the server.
    { afterEndOf: [GROUP, ...shared] },
  );
  add(closeFleet, 'close', { arguments: { broughtTime: brought.ref('finishedTime') } });
}

/** Where people and pods find what, before and after they are sent to the server, and once it is alone. */
function outputsOf(
  spec: TierSpec,
  facts: Facts,
  parts: ServerBesideFleet,
  { committed, begun, servers }: Pick<Attempt, 'committed' | 'begun'> & { readonly servers: Fleet | undefined },
): Outputs {
  const { db, host } = parts;
  const [one, all] = [serverEndpoints(parts), balancedEndpoints(spec, parts)];
  const both = begun(SWITCH) ? { ...all, ...one } : { ...one, ...all };
  return {
    endpoints: committed ? { ...one, ...databaseEndpoints(db) } : both,
    dataCopies: committed ? [host.dataCopy, db.dataCopy] : [db.dataCopy],
    ...databaseConnection(spec, db),
    ...(servers && !committed ? balancedCompute(facts, servers) : {}),
  };
}

/** What the fleet and the server read alike, and the server alone does not. */
const sharedNodes = (parts: ServerBesideFleet): readonly NodeId[] =>
  Object.keys(fleetParameters(parts)).map((name): NodeId => `${Parameter.type}/${name}`);

/** Draws the server with what the fleet stands on, and beside it the fleet and what that reads, or neither. */
function drawn(spec: TierSpec, facts: Facts, attempt: Attempt, hasFleet: boolean): Blueprint {
  const { steps } = attempt;
  const g = graphBuilder(spec.deletionPolicy.default);
  const parts = serverBesideFleet(g, spec, facts, hasFleet ? undefined : 1);
  const { prefix, host, db, balancing } = parts;
  const { alarms, snsTopicARN } = spec.observability;
  const reads = [
    ...parameters(g, prefix, { stage: FROM, ...databaseParameters(spec, db) }),
    ...(hasFleet ? parameters(g, prefix, fleetParameters(parts)) : []),
    epoch(g, prefix),
  ];
  const servers = hasFleet ? balancedFleet(g, spec, facts, parts, reads) : undefined;
  const targets = register(g, parts);
  if (alarms) serverAlarms(g, facts, host, snsTopicARN);
  surroundingAlarms(g, spec, facts, parts);
  if (steps) {
    const OVER = moveTraffic(g, spec, parts, targets);
    moveState(g, spec, parts, { OVER, shared: sharedNodes(parts) });
  } else {
    parameters(g, prefix, { 'app/address': balancing.loadBalancer.ref('dnsName') });
    appNames(g, spec, prefix, atBalancer(balancing));
  }
  return { graph: g.build(), outputs: outputsOf(spec, facts, parts, { ...attempt, servers }) };
}

/** What is still wanted, with what is not to say how that ends. */
const leaving = (wanted: Graph, before: Graph, how: (node: Node) => Node = (node) => node): Graph =>
  new Map([...wanted, ...[...before].flatMap(([id, node]) => (wanted.has(id) ? [] : [[id, how(node)] as const]))]);

/** A fleet that stayed would go on with the cache and the bucket, whatever the policy says of the tier's end. */
const gone = (node: Node): Node => ({ ...node, end: 'Delete' });

export const loadBalancedToSeparateDatabase: Move = {
  from: FROM,
  to: TO,
  runbook: RUNBOOK,
  commit: RETIRE,
  demands: separateDatabase.demands,
  build: (asked, facts, attempt) => {
    const spec = asked.loadBalancer ? asked : { ...asked, loadBalancer: BALANCER_DEFAULTS };
    const whole = drawn(spec, facts, attempt, true);
    if (!attempt.steps || !attempt.committed) return whole;
    const alone = drawn(spec, facts, attempt, false);
    const reference = leaving(alone.graph, whole.graph, gone);
    if (!attempt.begun(CLOSE)) return { ...alone, reference };
    const steps = [...alone.graph].filter(([, { kind }]) => kind.type === Step.type);
    const there = new Map([...separateDatabase(specAt(spec, TO), facts).graph, ...steps]);
    return { ...alone, graph: there, reference: leaving(there, reference) };
  },
};
