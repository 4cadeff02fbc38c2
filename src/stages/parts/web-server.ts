/**
 * The one server of the stages before a load balancer: who reaches it, who it is, and the machine with its volume and its
 * address. Where its database runs is the stage's business.
 */
import type { TierSpec } from '../../api/types.ts';
import type { Facts, Outputs } from '../../core/facts.ts';
import type { GraphBuilder, Handle } from '../../core/graph.ts';
import { parameterPrefix, uniqueName } from '../../core/names.ts';
import { around } from '../../core/ref.ts';
import type { SecurityGroupAttributes } from '../../resources/ec2/security-group.ts';
import type { PolicyStatement } from '../../resources/iam/policy.ts';
import { firewall, type Opening } from './firewall.ts';
import { serverIdentity } from './identity.ts';
import type { Network } from './network.ts';
import { type Server, server } from './server.ts';

const WEB_PORTS = [80, 443] as const;
const ANYWHERE = '0.0.0.0/0';

const webOpenings = (allowedCIDRs: readonly string[]): readonly Opening[] => [
  ...WEB_PORTS.flatMap((port) =>
    allowedCIDRs.map((cidr) => ({ direction: 'ingress', port, cidr, description: 'web' }) as const),
  ),
  ...WEB_PORTS.map((port) => ({ direction: 'egress', port, cidr: ANYWHERE, description: 'packages and AWS' }) as const),
];

/** Adds the security group of app servers. */
export function appGroup(
  g: GraphBuilder,
  { network }: TierSpec,
  { owner }: Facts,
  net: Network,
): Handle<SecurityGroupAttributes> {
  return firewall(g, net, {
    name: 'app',
    awsName: uniqueName(owner, 'app', 255),
    description: 'app servers',
    openings: webOpenings(network.allowedCIDRs),
  });
}

/** Adds the server; `statements` say what it may do beyond reading its parameters. */
export function webServer(
  g: GraphBuilder,
  spec: TierSpec,
  facts: Facts,
  base: {
    readonly net: Network;
    readonly group: Handle<SecurityGroupAttributes>;
    readonly statements?: readonly PolicyStatement[];
  },
): Server {
  const { compute, deletionPolicy } = spec;
  const profile = serverIdentity(g, facts, {
    parameterPrefix: parameterPrefix(facts.owner),
    managedPolicyARNs: compute.managedPolicyARNs ?? [],
    permissionsBoundaryARN: compute.permissionsBoundaryARN,
    ...(base.statements ? { statements: base.statements } : {}),
  });
  const { net, group } = base;
  return server(g, spec, facts, { net, group, profile, dataEnd: deletionPolicy.database });
}

/** Where the server, and what it reads, is to be found. */
export function serverEndpoints({
  net,
  host,
  prefix,
}: {
  readonly net: Network;
  readonly host: Server;
  readonly prefix: string;
}): Outputs['endpoints'] {
  return {
    application: around(host.address.ref('publicIp'), ['http://', '']),
    elasticIP: host.address.ref('publicIp'),
    instanceID: host.instance.ref('instanceId'),
    vpcID: net.vpc.ref('vpcId'),
    parameterPrefix: prefix,
  };
}
