/** What load balancing refuses (ELB API reference 2015-12-01, ALB guide "Quotas") and the stand-in lets pass. */
import { type Params, Refusal, type Step, structure, structures, text, texts } from '../call.ts';
import { look, lookBy } from '../ec2/view.ts';
import type { World } from '../world.ts';
import { textAt } from '../xml.ts';
import { checkCertificateLimit, checkCertificates, keepDefaultCertificate } from './certificates.ts';
import { ask, askAttributes, askOne, notFound } from './records.ts';
import { references } from './references.ts';
import type { Scene } from './scene.ts';

const QUOTA = { balancers: 50, listeners: 50, rules: 100, values: 5 };

type Check = (scene: Scene, params: Params) => Promise<void> | void;

const invalid = (message: string): Refusal => new Refusal('ValidationError', message);

const arnIn = (params: Params, name: string): string => text(params, name) ?? '';

function balancerName(_scene: Scene, params: Params): void {
  const name = text(params, 'Name') ?? '';
  if (name.length > 32) throw invalid(`The load balancer name '${name}' cannot be longer than '32' characters`);
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/.test(name))
    throw invalid(
      `The load balancer name '${name}' can only contain characters that are alphanumeric characters or hyphens(-)`,
    );
  if (name.startsWith('internal-'))
    throw invalid(`The load balancer name '${name}' cannot begin with the prefix 'internal-'`);
}

async function twoZones(scene: Scene, params: Params): Promise<void> {
  const ids = texts(params, 'Subnets');
  const subnets = await lookBy(scene, 'DescribeSubnets', 'subnet-id', ...ids);
  const known = new Set(subnets.map((one) => textAt(one, 'subnetId')));
  const missing = ids.find((id) => !known.has(id));
  if (missing !== undefined) throw new Refusal('SubnetNotFound', `The subnet ID '${missing}' is not valid`);
  const zones = subnets.map((one) => textAt(one, 'availabilityZone'));
  if (new Set(zones).size < zones.length)
    throw new Refusal(
      'InvalidConfigurationRequest',
      'A load balancer cannot be attached to multiple subnets in the same Availability Zone',
    );
  if (zones.length < 2) throw invalid('At least two subnets in two different Availability Zones must be specified');
}

async function groupsExist(scene: Scene, params: Params): Promise<void> {
  const ids = texts(params, 'SecurityGroups');
  if (ids.length === 0) return;
  const known = (await lookBy(scene, 'DescribeSecurityGroups', 'group-id', ...ids)).map((one) =>
    textAt(one, 'groupId'),
  );
  if (ids.some((id) => !known.includes(id)))
    throw new Refusal('InvalidConfigurationRequest', 'One or more security groups are invalid');
}

async function manyBalancers(scene: Scene): Promise<void> {
  if ((await ask(scene, 'DescribeLoadBalancers', {})).length >= QUOTA.balancers)
    throw new Refusal('TooManyLoadBalancers', 'The quota of load balancers of the account is reached');
}

async function protectedBalancer(scene: Scene, params: Params): Promise<void> {
  const LoadBalancerArn = arnIn(params, 'LoadBalancerArn');
  const attributes = await askAttributes(scene, 'DescribeLoadBalancerAttributes', { LoadBalancerArn });
  if (attributes.get('deletion_protection.enabled') === 'true')
    throw new Refusal(
      'OperationNotPermitted',
      `Load balancer '${LoadBalancerArn}' cannot be deleted because deletion protection is enabled`,
    );
}

async function manyListeners(scene: Scene, { LoadBalancerArn }: Params): Promise<void> {
  if ((await ask(scene, 'DescribeListeners', { LoadBalancerArn })).length >= QUOTA.listeners)
    throw new Refusal('TooManyListeners', 'The quota of listeners of the load balancer is reached');
}

function secureListener(_scene: Scene, params: Params): void {
  const [certificates, isSecure] = [structures(params, 'Certificates').length, text(params, 'Protocol') === 'HTTPS'];
  if (isSecure && certificates === 0) throw invalid('A certificate must be specified for HTTPS listeners');
  if (certificates > 1) throw invalid('You can specify only one certificate; further ones are added by another call');
  if (text(params, 'Protocol') === 'HTTP' && certificates + (text(params, 'SslPolicy') === undefined ? 0 : 1) > 0)
    throw invalid('A certificate or a policy cannot be specified for HTTP listeners');
}

async function becomesSecure(scene: Scene, params: Params): Promise<void> {
  const listener = await askOne(scene, 'DescribeListeners', arnIn(params, 'ListenerArn'));
  if (!listener) throw notFound(arnIn(params, 'ListenerArn'));
  if (text(params, 'Protocol') === 'HTTPS' && textAt(listener, 'Protocol') !== 'HTTPS') secureListener(scene, params);
  const port = text(params, 'Port');
  if (port === undefined || port === textAt(listener, 'Port')) return;
  const others = await ask(scene, 'DescribeListeners', { LoadBalancerArn: textAt(listener, 'LoadBalancerArn') });
  if (others.some((one) => textAt(one, 'Port') === port))
    throw new Refusal('DuplicateListener', 'A listener already exists on this port for this load balancer');
}

/** The groups that a call's actions name. */
function groupsOf(params: Params): readonly string[] {
  return [...structures(params, 'DefaultActions'), ...structures(params, 'Actions')].flatMap((action) => {
    const tuples = structures(structure(action, 'ForwardConfig'), 'TargetGroups');
    return [text(action, 'TargetGroupArn'), ...tuples.map((one) => text(one, 'TargetGroupArn'))].filter(
      (arn) => arn !== undefined,
    );
  });
}

const balancerOf = (params: Params): string => {
  const arn = ['LoadBalancerArn', 'ListenerArn', 'RuleArn'].map((name) => text(params, name)).find((one) => one) ?? '';
  const [head = '', path = ''] = arn.replace(/:listener(-rule)?\//, ':loadbalancer/').split(':loadbalancer/');
  return `${head}:loadbalancer/${path.split('/').slice(0, 3).join('/')}`;
};

/** A target group belongs to one load balancer. */
async function oneBalancer(scene: Scene, params: Params): Promise<void> {
  const asked = groupsOf(params);
  if (asked.length === 0) return;
  const known = new Set((await ask(scene, 'DescribeTargetGroups', {})).map((one) => textAt(one, 'TargetGroupArn')));
  const missing = asked.find((arn) => !known.has(arn));
  if (missing !== undefined) throw notFound(missing);
  for (const [balancer, groups] of await references(scene)) {
    if (balancer === balancerOf(params) || !asked.some((arn) => groups.has(arn))) continue;
    throw new Refusal('TargetGroupAssociationLimit', 'A target group is associated with another load balancer');
  }
}

function ruleValues(_scene: Scene, params: Params): void {
  const values = structures(params, 'Conditions').flatMap((condition) =>
    ['HostHeaderConfig', 'PathPatternConfig'].flatMap((name) => texts(structure(condition, name), 'Values')),
  );
  if (values.length > QUOTA.values) throw invalid(`A rule can have at most ${QUOTA.values} condition values`);
}

async function manyRules(scene: Scene, { ListenerArn }: Params): Promise<void> {
  const rules = await ask(scene, 'DescribeRules', { ListenerArn });
  if (rules.filter((one) => textAt(one, 'IsDefault') !== 'true').length >= QUOTA.rules)
    throw new Refusal('TooManyRules', 'The quota of rules of the load balancer is reached');
}

async function ruleExists(scene: Scene, params: Params): Promise<void> {
  const rule = await askOne(scene, 'DescribeRules', arnIn(params, 'RuleArn'));
  if (!rule) throw notFound(arnIn(params, 'RuleArn'));
  if (textAt(rule, 'IsDefault') === 'true')
    throw new Refusal('OperationNotPermitted', 'Default rules cannot be deleted or changed');
}

async function runningTargets(scene: Scene, params: Params): Promise<void> {
  const ids = structures(params, 'Targets').map((one) => text(one, 'Id') ?? '');
  const instances = ids.filter((id) => id.startsWith('i-'));
  if (instances.length === 0) return;
  const found = await look(scene, 'DescribeInstances', { Filter: [{ Name: 'instance-id', Value: instances }] });
  const running = new Set(
    found.filter((one) => textAt(one, 'instanceState', 'name') === 'running').map((one) => textAt(one, 'instanceId')),
  );
  const refused = instances.filter((id) => !running.has(id));
  if (refused.length > 0)
    throw new Refusal(
      'InvalidTarget',
      `The following targets are not in a running state and cannot be registered: '${refused.join("', '")}'`,
    );
}

const CHECKS: Readonly<Record<string, readonly Check[]>> = {
  CreateLoadBalancer: [balancerName, twoZones, groupsExist, manyBalancers],
  SetSubnets: [twoZones],
  SetSecurityGroups: [groupsExist],
  DeleteLoadBalancer: [protectedBalancer],
  CreateListener: [secureListener, checkCertificates, oneBalancer, manyListeners],
  ModifyListener: [becomesSecure, checkCertificates, oneBalancer],
  AddListenerCertificates: [checkCertificates, checkCertificateLimit],
  RemoveListenerCertificates: [keepDefaultCertificate],
  CreateRule: [ruleValues, oneBalancer, manyRules],
  ModifyRule: [ruleExists, ruleValues, oneBalancer],
  DeleteRule: [ruleExists],
  RegisterTargets: [runningTargets],
};

/** Refuses what AWS refuses. */
export function refusals(world: World): Step {
  return async (call, next) => {
    for (const check of CHECKS[call.operation] ?? []) await check({ world, call }, call.params);
    return next(call);
  };
}
