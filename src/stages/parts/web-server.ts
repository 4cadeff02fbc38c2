/**
 * The one server of the stages before a load balancer: who reaches it, who it is, and the machine with its volume and its
 * address. Where its database runs is the stage's business.
 */
import type { TierSpec } from '../../api/types.ts';
import type { Facts, Outputs } from '../../core/facts.ts';
import type { GraphBuilder } from '../../core/graph.ts';
import { uniqueName } from '../../core/names.ts';
import { around } from '../../core/ref.ts';
import type { PolicyStatement } from '../../resources/iam/policy.ts';
import { ANYWHERE } from './addresses.ts';
import { firewall, type Group, type Opening } from './firewall.ts';
import { serverIdentity } from './identity.ts';
import type { Network } from './network.ts';
import { type Server, server } from './server.ts';

const WEB_PORTS = [80, 443] as const;

/** The way out of app servers, to whatever they install from and to AWS. */
export const WAY_OUT: readonly Opening[] = WEB_PORTS.map((port) => ({
  direction: 'egress',
  port,
  cidr: ANYWHERE,
  description: 'packages and AWS',
}));

/** Traffic from the blocks that may reach a tier, to these ports. */
export const fromAllowed = ({ network }: TierSpec, ports: readonly number[]): readonly Opening[] =>
  ports.flatMap((port) =>
    network.allowedCIDRs.map((cidr) => ({ direction: 'ingress', port, cidr, description: 'web' }) as const),
  );

/** What a server that faces the web lets in. */
export const fromWeb = (spec: TierSpec): readonly Opening[] => fromAllowed(spec, WEB_PORTS);

/** Adds the security group of app servers; unless they are said, its openings are those of servers that face the web. */
export function appGroup(
  g: GraphBuilder,
  spec: TierSpec,
  { owner }: Facts,
  net: Network,
  list: readonly Opening[] = [...fromWeb(spec), ...WAY_OUT],
): Group {
  return firewall(g, net, {
    name: 'app',
    awsName: uniqueName(owner, 'app', 255),
    description: 'app servers',
    openings: list,
  });
}

/** Adds the server; `statements` say what it may do beyond reading its parameters. */
export function webServer(
  g: GraphBuilder,
  spec: TierSpec,
  facts: Facts,
  base: {
    readonly net: Network;
    readonly group: Group;
    readonly statements?: readonly PolicyStatement[];
  },
): Server {
  const { net, group, statements } = base;
  const profile = serverIdentity(g, spec, facts, statements);
  return server(g, spec, facts, { net, group, profile, dataEnd: spec.deletionPolicy.database });
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
    vpcID: net.vpcId,
    parameterPrefix: prefix,
  };
}
