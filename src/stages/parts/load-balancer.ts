/**
 * What stands before the servers: the load balancer with its security group, the groups of targets, and the listeners with
 * their rules. Who the targets are is another part.
 */
import { targetGroupsOf } from '../../api/defaults.ts';
import type { ListenerRuleSpec, ListenerSpec, LoadBalancerSpec, TargetGroupSpec, TierSpec } from '../../api/types.ts';
import type { Facts } from '../../core/facts.ts';
import type { GraphBuilder, Handle } from '../../core/graph.ts';
import { shortened, uniqueName } from '../../core/names.ts';
import type { Input, Ref } from '../../core/ref.ts';
import { fixedResponse, type Redirect, type RequestAction, redirect } from '../../resources/elb/action.ts';
import { Listener, type ListenerAttributes } from '../../resources/elb/listener.ts';
import { ListenerRule } from '../../resources/elb/listener-rule.ts';
import { LoadBalancer, type LoadBalancerAttributes } from '../../resources/elb/load-balancer.ts';
import { TARGET_GROUP_NAME, TargetGroup, type TargetGroupAttributes } from '../../resources/elb/target-group.ts';
import type { Network } from './network.ts';

const LOAD_BALANCER_NAME = 32;
/** The rest of a target group's name is the tier's and what makes it unique. */
const OWN_NAME = 10;

/** A group of targets by the name that users gave it. */
export interface NamedTargetGroup {
  readonly name: string;
  readonly wanted: TargetGroupSpec;
  readonly handle: Handle<TargetGroupAttributes>;
}

/** A load balancer's nodes. */
export interface LoadBalancing {
  readonly loadBalancer: Handle<LoadBalancerAttributes>;
  readonly targetGroups: readonly NamedTargetGroup[];
  /** Of those that send requests to a target group: before that nobody checks its targets. */
  readonly listenerArns: readonly Ref<string>[];
}

/** What a load balancer stands on. */
export interface BalancerBase {
  readonly net: Network;
  readonly groupId: Input<string>;
  /** How many targets have to serve in each group. */
  readonly minimumHealthy: number;
}

function attributesOf({ idleTimeoutSeconds, deletionProtection, accessLogs }: LoadBalancerSpec) {
  return {
    'deletion_protection.enabled': String(deletionProtection),
    'idle_timeout.timeout_seconds': String(idleTimeoutSeconds),
    'routing.http.drop_invalid_header_fields.enabled': 'true',
    'routing.http.desync_mitigation_mode': 'defensive',
    'access_logs.s3.enabled': String(accessLogs !== undefined),
    ...(accessLogs && {
      'access_logs.s3.bucket': accessLogs.bucketName,
      'access_logs.s3.prefix': accessLogs.prefix ?? '',
    }),
  };
}

function targetGroup(
  g: GraphBuilder,
  { owner }: Facts,
  wanted: TargetGroupSpec,
  { net, minimumHealthy }: BalancerBase,
): NamedTargetGroup {
  const { name, port, protocol, healthCheck, deregistrationDelaySeconds, slowStartSeconds, stickiness } = wanted;
  const handle = g.add(TargetGroup, name, {
    name: uniqueName(owner, shortened(name, OWN_NAME), TARGET_GROUP_NAME),
    port,
    protocol,
    protocolVersion: 'HTTP1',
    vpcId: net.vpcId,
    targetType: 'instance',
    healthCheck: { protocol, ...healthCheck },
    attributes: {
      'deregistration_delay.timeout_seconds': String(deregistrationDelaySeconds),
      'slow_start.duration_seconds': String(slowStartSeconds),
      'stickiness.enabled': String(stickiness),
      'stickiness.type': 'lb_cookie',
    },
    minimumHealthy,
  });
  return { name, wanted, handle };
}

const forward = ({ handle }: NamedTargetGroup) =>
  ({ type: 'forward', targetGroupArn: handle.ref('targetGroupArn') }) as const;

/** The group of this name, or the default one; the schema lets nothing else through. */
export function chosen(groups: readonly NamedTargetGroup[], name?: string): NamedTargetGroup {
  const found = groups.find((group) => (name === undefined ? group.wanted.isDefault : group.name === name));
  if (!found) throw new Error(`choose a target group: there is none called ${name ?? 'the default'}`);
  return found;
}

function ruleAction(
  { targetGroup: name, redirect: elsewhere, fixedResponse: answer }: ListenerRuleSpec,
  groups: readonly NamedTargetGroup[],
): Input<RequestAction> {
  if (elsewhere) {
    const { host, statusCode } = elsewhere;
    return redirect({ host, statusCode: statusCode === 'Permanent' ? 'HTTP_301' : 'HTTP_302' });
  }
  if (answer) return fixedResponse({ ...answer, statusCode: String(answer.statusCode) });
  return forward(chosen(groups, name));
}

/** A listener, and what it does with requests that no rule takes. It is known by its port, which no two can have. */
function listener(
  g: GraphBuilder,
  { port, protocol, certificateARNs = [], sslPolicy }: ListenerSpec,
  loadBalancer: LoadBalancing['loadBalancer'],
  defaultAction: Input<RequestAction>,
): Handle<ListenerAttributes> {
  return g.add(Listener, String(port), {
    loadBalancerArn: loadBalancer.ref('loadBalancerArn'),
    port,
    protocol,
    ...(protocol === 'HTTPS' ? { sslPolicy } : {}),
    certificateArns: certificateARNs,
    defaultAction,
  });
}

function rules(
  g: GraphBuilder,
  { rules: wanted = [] }: LoadBalancerSpec,
  targetGroups: readonly NamedTargetGroup[],
  { port, handle }: { readonly port: number; readonly handle: Handle<ListenerAttributes> },
): void {
  for (const rule of wanted) {
    g.add(ListenerRule, `${port}-${rule.priority}`, {
      listenerArn: handle.ref('listenerArn'),
      priority: rule.priority,
      hosts: rule.hosts ?? [],
      paths: rule.paths ?? [],
      action: ruleAction(rule, targetGroups),
    });
  }
}

/** Those that serve come first: nobody is sent on to a port where nobody listens yet. */
function listeners(
  g: GraphBuilder,
  wanted: LoadBalancerSpec,
  { loadBalancer, targetGroups }: Omit<LoadBalancing, 'listenerArns'>,
): readonly Ref<string>[] {
  const serve = forward(chosen(targetGroups));
  const serving = wanted.listeners
    .filter(({ redirectToHTTPS }) => !redirectToHTTPS)
    .map((one) => ({ ...one, handle: listener(g, one, loadBalancer, serve) }));
  for (const one of serving) rules(g, wanted, targetGroups, one);
  const arns = serving.map(({ handle }) => handle.ref('listenerArn'));
  const secure = serving.find(({ protocol }) => protocol === 'HTTPS');
  if (!secure) return arns;
  const elsewhere: Input<Redirect> = { ...redirect({ protocol: 'HTTPS' }), port: secure.handle.ref('port') };
  for (const one of wanted.listeners) if (one.redirectToHTTPS) listener(g, one, loadBalancer, elsewhere);
  return arns;
}

/** Adds load balancer, target groups, listeners and rules. */
export function loadBalancing(
  g: GraphBuilder,
  spec: TierSpec,
  facts: Facts,
  wanted: LoadBalancerSpec,
  base: BalancerBase,
): LoadBalancing {
  const isInternal = wanted.scheme === 'Internal';
  const loadBalancer = g.add(LoadBalancer, 'main', {
    name: uniqueName(facts.owner, 'web', LOAD_BALANCER_NAME),
    scheme: isInternal ? 'internal' : 'internet-facing',
    subnetIds: isInternal ? base.net.appSubnetIds : base.net.publicSubnetIds,
    securityGroupIds: [base.groupId],
    ipAddressType: 'ipv4',
    attributes: attributesOf(wanted),
  });
  const targetGroups = targetGroupsOf(spec).map((group) => targetGroup(g, facts, group, base));
  const balancing = { loadBalancer, targetGroups };
  return { ...balancing, listenerArns: listeners(g, wanted, balancing) };
}
