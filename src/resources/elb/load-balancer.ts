/**
 * An Application Load Balancer. Its listeners are kinds of their own; they go with it. Lists of subnets and security groups
 * are replaced as a whole. Its interfaces outlive it by some minutes and keep its security groups in use until then.
 */
import {
  CreateLoadBalancerCommand,
  DeleteLoadBalancerCommand,
  DescribeLoadBalancerAttributesCommand,
  DescribeLoadBalancersCommand,
  type LoadBalancer as Description,
  type IpAddressType,
  type LoadBalancerSchemeEnum,
  ModifyLoadBalancerAttributesCommand,
  paginateDescribeLoadBalancers,
  SetIpAddressTypeCommand,
  SetSecurityGroupsCommand,
  SetSubnetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { type Aws, resource, type Scope } from '../../aws/driver.ts';
import type { Health, Owned } from '../../core/kind.ts';
import { gone } from '../ec2/tagging.ts';
import { ifExists } from '../existing.ts';
import { fieldsChanged, tagList } from '../tag-changes.ts';
import {
  attributeList,
  attributeRecord,
  byArn,
  each,
  mayBeIn,
  nameInMetrics,
  ofScope,
  PAGE,
  retag,
  type Tagged,
} from './tagging.ts';

export interface LoadBalancerSpec {
  /** A `uniqueName` of the tier of at most 32 characters: by the hash in it a tier's load balancers are found. */
  readonly name: string;
  readonly scheme: LoadBalancerSchemeEnum;
  /** One in each of at least two zones. */
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  readonly ipAddressType: IpAddressType;
  /** By AWS's names, as texts: `deletion_protection.enabled`. Those that are not named here are left alone. */
  readonly attributes: Readonly<Record<string, string>>;
}

export interface LoadBalancerAttributes {
  readonly loadBalancerArn: string;
  readonly dnsName: string;
  /** The zone of `dnsName`, for alias records. */
  readonly hostedZoneId: string;
  /** `app/<name>/<id>`: the load balancer in metrics and in the label of a request count. */
  readonly fullName: string;
}

type Observed = Owned<LoadBalancerSpec, LoadBalancerAttributes>;

const HOURS_PER_MONTH = 730;

const PROTECTION = 'deletion_protection.enabled';

const attributesOf = (made: Description | undefined): LoadBalancerAttributes => {
  const { LoadBalancerArn: loadBalancerArn = '' } = made ?? {};
  return {
    loadBalancerArn,
    dnsName: made?.DNSName?.toLowerCase() ?? '',
    hostedZoneId: made?.CanonicalHostedZoneId ?? '',
    fullName: nameInMetrics(loadBalancerArn, 'loadbalancer/'),
  };
};

/** One that has too little capacity for a while serves all the same. */
function healthOf({ State }: Description): Health {
  const state = State?.Code ?? 'provisioning';
  if (state === 'active' || state === 'active_impaired') return { state, phase: 'ready' };
  if (state === 'failed') return { state, phase: 'failed', reason: State?.Reason ?? 'AWS could not set it up' };
  return { state, phase: 'warming', reason: 'AWS is setting it up' };
}

const ownedOf = (balancer: Description, tagged: Tagged): Observed => ({
  ...tagged,
  id: balancer.LoadBalancerArn ?? '',
  spec: {
    name: balancer.LoadBalancerName ?? null,
    scheme: balancer.Scheme ?? null,
    subnetIds: (balancer.AvailabilityZones ?? []).flatMap(({ SubnetId }) => SubnetId ?? []),
    securityGroupIds: balancer.SecurityGroups ?? [],
    ipAddressType: balancer.IpAddressType ?? null,
  },
  attributes: attributesOf(balancer),
  health: healthOf(balancer),
});

async function* described(aws: Aws, scope: Scope): AsyncIterable<readonly Description[]> {
  if (scope.by === 'ids') {
    yield await byArn(scope.ids, async (LoadBalancerArns) => {
      const { LoadBalancers } = await aws.elb.send(new DescribeLoadBalancersCommand({ LoadBalancerArns }));
      return LoadBalancers;
    });
    return;
  }
  for await (const { LoadBalancers = [] } of paginateDescribeLoadBalancers({ client: aws.elb, pageSize: PAGE }, {}))
    yield LoadBalancers;
}

/** Load balancers of a scope with what their tags say, without their attributes. */
export async function* readLoadBalancers(aws: Aws, scope: Scope): AsyncIterable<readonly Observed[]> {
  for await (const page of described(aws, scope)) {
    const likely = page.filter(({ LoadBalancerName = '' }) => mayBeIn(scope, LoadBalancerName));
    const ours = await ofScope(aws, scope, likely, ({ LoadBalancerArn }) => LoadBalancerArn);
    yield ours.map(([balancer, tagged]) => ownedOf(balancer, tagged));
  }
}

async function withAttributes(aws: Aws, balancer: Observed): Promise<Observed> {
  const call = aws.elb.send(new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn: balancer.id }));
  const answer = await ifExists(call);
  return answer
    ? { ...balancer, spec: { ...balancer.spec, attributes: attributeRecord(answer.Attributes) } }
    : balancer;
}

async function setAttributes(aws: Aws, LoadBalancerArn: string, attributes: LoadBalancerSpec['attributes']) {
  const Attributes = attributeList(attributes);
  if (Attributes.length > 0)
    await aws.elb.send(new ModifyLoadBalancerAttributesCommand({ LoadBalancerArn, Attributes }));
}

export const LoadBalancer = resource<LoadBalancerSpec, LoadBalancerAttributes>({
  type: 'elb.load-balancer',
  rules: { name: 'replace', scheme: 'replace', subnetIds: 'unordered', securityGroupIds: 'unordered' },
  settle: 3,
  cost: () => [{ rate: 'elb/application-hour', quantity: HOURS_PER_MONTH }],

  // One call for each is no bulk read: attributes are looked at in fresh reads only.
  async *observe(aws, scope) {
    for await (const page of readLoadBalancers(aws, scope))
      yield scope.by === 'cluster' ? page : await each(page, (balancer) => withAttributes(aws, balancer));
  },

  async create(aws, self, spec) {
    const { LoadBalancers } = await aws.elb.send(
      new CreateLoadBalancerCommand({
        Name: spec.name,
        Type: 'application',
        Scheme: spec.scheme,
        Subnets: [...spec.subnetIds],
        SecurityGroups: [...spec.securityGroupIds],
        IpAddressType: spec.ipAddressType,
        Tags: tagList(self.tags),
      }),
    );
    const attributes = attributesOf(LoadBalancers?.[0]);
    // Where AWS does not know it yet, the next look sees what is missing.
    await ifExists(setAttributes(aws, attributes.loadBalancerArn, spec.attributes));
    return { id: attributes.loadBalancerArn, attributes };
  },

  async update(aws, live, spec, changes) {
    const fields = fieldsChanged(changes);
    const LoadBalancerArn = live.id;
    await retag(aws, live.id, changes);
    if (fields.has('securityGroupIds'))
      await aws.elb.send(new SetSecurityGroupsCommand({ LoadBalancerArn, SecurityGroups: [...spec.securityGroupIds] }));
    if (fields.has('subnetIds'))
      await aws.elb.send(new SetSubnetsCommand({ LoadBalancerArn, Subnets: [...spec.subnetIds] }));
    if (fields.has('ipAddressType'))
      await aws.elb.send(new SetIpAddressTypeCommand({ LoadBalancerArn, IpAddressType: spec.ipAddressType }));
    if (fields.has('attributes')) await setAttributes(aws, live.id, spec.attributes);
  },

  async delete(aws, live) {
    await gone(setAttributes(aws, live.id, { [PROTECTION]: 'false' }));
    await gone(aws.elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn: live.id })));
  },
});
