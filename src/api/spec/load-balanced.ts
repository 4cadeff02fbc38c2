/**
 * What stage `LoadBalanced` asks of the sections together, and what cannot change once it stands. A section that is absent is
 * one with defaults, so these rules stand with the spec and not with the sections.
 */
import { given, present, type Rule } from '../rules.ts';
import { CACHE_VERSIONS } from './cache.ts';
import { MOST_RULES } from './load-balancer.ts';
import { before, isBefore, type Staged, standing } from './stage.ts';
import { IMPLIED_TARGET_GROUP } from './target-group.ts';

/** What the rules look at. */
interface Balanced extends Staged {
  readonly aws: { readonly region: string };
  readonly network: { readonly allowedCIDRs: readonly string[] };
  readonly compute: {
    readonly statelessAcknowledged?: boolean | undefined;
    readonly rootVolume: { readonly encrypted: boolean };
    readonly autoScaling?:
      | { readonly policies?: readonly { readonly targetGroup?: string | undefined }[] | undefined }
      | undefined;
  };
  readonly loadBalancer?:
    | {
        readonly listeners: readonly { readonly certificateARNs?: readonly string[] | undefined }[];
        readonly targetGroups?: readonly { readonly name: string }[] | undefined;
      }
    | undefined;
}

const STAGE = 'LoadBalanced';

/** Something without which the stage cannot be. */
const needed = (path: string, rule: string, rest: Pick<Rule<Balanced>, 'message' | 'holds'>): Rule<Balanced> => ({
  ...rest,
  rule: `${before(STAGE)} || (${rule})`,
  fieldPath: `.${path}`,
  reason: 'FieldValueRequired',
});

const needs: readonly Rule<Balanced>[] = [
  needed('loadBalancer', 'has(self.loadBalancer)', {
    message: 'spec.stage LoadBalanced needs spec.loadBalancer: at least one listener',
    holds: (self) => isBefore(self.stage, STAGE) || self.loadBalancer !== undefined,
  }),
  needed('compute.statelessAcknowledged', given('self', 'compute.statelessAcknowledged', 'false'), {
    message:
      'spec.stage LoadBalanced needs spec.compute.statelessAcknowledged: true: servers come and go, sessions belong in the cache, files in the bucket',
    holds: (self) => isBefore(self.stage, STAGE) || self.compute.statelessAcknowledged === true,
  }),
  needed('compute.rootVolume.encrypted', 'self.compute.rootVolume.encrypted', {
    message:
      'spec.stage LoadBalanced needs spec.compute.rootVolume.encrypted: true: servers come and go, and so do their volumes',
    holds: (self) => isBefore(self.stage, STAGE) || self.compute.rootVolume.encrypted,
  }),
];

const policies = 'compute.autoScaling.policies';
const groups = 'loadBalancer.targetGroups';

const together: readonly Rule<Balanced>[] = [
  {
    rule: `!(${present('self', policies)}) || self.${policies}.all(policy, !has(policy.targetGroup) || (${present('self', groups)} ? self.${groups}.exists(group, group.name == policy.targetGroup) : policy.targetGroup == '${IMPLIED_TARGET_GROUP}'))`,
    message: `spec.compute.autoScaling.policies targetGroup must be a name in spec.loadBalancer.targetGroups; without that list there is only ${IMPLIED_TARGET_GROUP}`,
    fieldPath: `.${policies}`,
    holds: ({ compute: { autoScaling = {} }, loadBalancer }) => {
      const names = (loadBalancer?.targetGroups ?? [{ name: IMPLIED_TARGET_GROUP }]).map(({ name }) => name);
      return (autoScaling.policies ?? []).every((policy) => names.includes(policy.targetGroup ?? names[0] ?? ''));
    },
  },
  {
    rule: "!has(self.loadBalancer) || self.loadBalancer.listeners.all(listener, !has(listener.certificateARNs) || listener.certificateARNs.all(arn, arn.split(':')[3] == self.aws.region))",
    message: 'spec.loadBalancer.listeners certificateARNs must name certificates of the region in spec.aws.region',
    fieldPath: '.loadBalancer.listeners',
    holds: ({ loadBalancer: { listeners = [] } = {}, aws }) =>
      listeners.every(({ certificateARNs = [] }) => certificateARNs.every((arn) => arn.split(':')[3] === aws.region)),
  },
];

/** Amazon VPC quotas: rules of one direction in a security group. */
const MOST_OPENINGS = 60;

const room: Rule<Balanced> = {
  rule: `!has(self.loadBalancer) || size(self.loadBalancer.listeners) * size(self.network.allowedCIDRs) <= ${MOST_OPENINGS}`,
  message: `spec.network.allowedCIDRs must not make more than ${MOST_OPENINGS} pairs with spec.loadBalancer.listeners: AWS has no room for more in one security group`,
  fieldPath: '.network.allowedCIDRs',
  holds: ({ loadBalancer: { listeners = [] } = {}, network }) =>
    listeners.length * network.allowedCIDRs.length <= MOST_OPENINGS,
};

const changing = (path: string, message: string, rule: string): Rule<Balanced> => ({
  rule: standing(STAGE, rule),
  message,
  fieldPath: `.${path}`,
  reason: 'FieldValueForbidden',
});

const fixed = (path: string, absent: string, message: string): Rule<Balanced> =>
  changing(path, message, `${given('self', path, absent)} == ${given('oldSelf', path, absent)}`);

/** CEL: the engine, and the major version as a number. */
const engine = (self: string): string => given(self, 'cache.engine', "'valkey'");
const version = (self: string): string =>
  `int(${given(self, 'cache.engineVersion', `(${engine(self)} == 'redis' ? '${CACHE_VERSIONS.redis}' : '${CACHE_VERSIONS.valkey}')`)})`;

/** CEL: listeners that serve, and the rules that each of them has. */
const serving = (self: string): string => `${self}.loadBalancer.listeners.filter(listener, !listener.redirectToHTTPS)`;
const priorities = (self: string): string => `(has(${self}.loadBalancer.rules) ? ${self}.loadBalancer.rules : [])`;

const changes: readonly Rule<Balanced>[] = [
  changing(
    'network.create.natGateways',
    'spec.network.create.natGateways cannot go back to None: servers that stand in private subnets would lose their way out',
    `${given('oldSelf', 'network.create.natGateways', "'None'")} == 'None' || ${given('self', 'network.create.natGateways', "'None'")} != 'None'`,
  ),
  // New ones come before old ones go, so for a while there are both.
  changing(
    'loadBalancer.rules',
    `spec.loadBalancer.rules cannot be exchanged at once: with those that go there would be more than ${MOST_RULES} at the listeners; change some priorities first and the others afterwards`,
    `${serving('self')}.size() * (size(${priorities('self')}) + ${priorities('oldSelf')}.filter(old, !${priorities('self')}.exists(rule, rule.priority == old.priority)).size()) <= ${MOST_RULES}`,
  ),
  changing(
    'network.allowedCIDRs',
    `spec.network.allowedCIDRs cannot be exchanged at once: with those that go there would be more than ${MOST_OPENINGS} pairs of block and listener; change some first and the others afterwards`,
    `size(self.loadBalancer.listeners) * (size(self.network.allowedCIDRs) + oldSelf.network.allowedCIDRs.filter(old, !(old in self.network.allowedCIDRs)).size()) <= ${MOST_OPENINGS}`,
  ),
  fixed(
    'loadBalancer.scheme',
    "'InternetFacing'",
    'spec.loadBalancer.scheme cannot change: AWS would need another load balancer under another address',
  ),
  fixed('cache.mode', "'Node'", 'spec.cache.mode cannot change: the two kinds of cache have nothing in common'),
  changing(
    'cache.engine',
    'spec.cache.engine cannot change but from redis to valkey',
    `${engine('self')} == ${engine('oldSelf')} || ${engine('oldSelf')} == 'redis'`,
  ),
  changing(
    'cache.engineVersion',
    'spec.cache.engineVersion may rise but not go back: AWS has no way back',
    `${version('self')} >= ${version('oldSelf')}`,
  ),
  fixed(
    'cache.kmsKeyARN',
    "''",
    'spec.cache.kmsKeyARN is decided at creation: AWS cannot encrypt an existing cache with another key',
  ),
  fixed('storage.bucketName', "''", 'spec.storage.bucketName cannot change: a bucket has one name as long as it lives'),
  fixed(
    'storage.kmsKeyARN',
    "''",
    'spec.storage.kmsKeyARN is decided at creation: with another key AWS would encrypt new objects only',
  ),
];

/** Rules between the sections of the stage. */
export const loadBalancedRules: readonly Rule<Balanced>[] = [...needs, ...together, room, ...changes];
