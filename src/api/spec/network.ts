/** `spec.network`: the addresses of the tier and who may reach it. Address arithmetic belongs to the stages. */
import { z } from 'zod';
import { canonicalCIDR, prefixLength } from '../cidr.ts';
import { ATOMIC_LIST, text, whole } from '../fields.ts';
import { fixed, growing, type Rule, unique, withRules } from '../rules.ts';
import { byo } from './byo.ts';

const IPV4_CIDR = /^([0-9]{1,3}\.){3}[0-9]{1,3}\/[0-9]{1,2}$/;

const CANONICAL =
  'isCIDR(self) && cidr(self).ip().family() == 4 && cidr(self).masked() == cidr(self) && string(cidr(self)) == self';

/** What is loopback, link-local or multicast, by its first numbers: no block here is larger than the smallest of them. */
const NOBODYS = /^(127|169[.]254|22[4-9]|23[0-9])[.]/;

const created = z.object({
  cidr: withRules(text(18, IPV4_CIDR), [
    {
      rule: `${CANONICAL} && cidr(self).prefixLength() >= 16 && cidr(self).prefixLength() <= 20`,
      message:
        'spec.network.create.cidr must be an IPv4 block of /16 to /20 without host bits, for example 10.42.0.0/16',
      holds: (self) => canonicalCIDR(self) && prefixLength(self) >= 16 && prefixLength(self) <= 20,
    },
    {
      rule: `!self.matches('${NOBODYS.source}')`,
      message:
        'spec.network.create.cidr must not be in 127.0.0.0/8 (loopback), 169.254.0.0/16 (link-local) or 224.0.0.0/4 (multicast), of which AWS makes no VPC; choose a private block, for example 10.42.0.0/16',
      holds: (self) => !NOBODYS.test(self),
    },
  ])
    .default('10.42.0.0/16')
    .describe('Address block of the VPC, /16 to /20, host bits zero. Cannot change.'),
  zoneCount: whole(2, 3)
    .default(2)
    .describe('In how many availability zones subnets stand, from the first stage on. May grow, not shrink.'),
  zoneIDs: withRules(
    z.array(text(20, /^[a-z0-9]+-az[0-9]+$/)).max(3),
    [unique('spec.network.create.zoneIDs')],
    ATOMIC_LIST,
  )
    .optional()
    .describe(
      'Zone ids such as use1-az1, one for each of zoneCount. Absent: chosen once among the zones that offer the instance type, and kept in status.facts. Decided at creation; a larger zoneCount appends.',
    ),
  natGateways: z
    .enum(['None', 'Single', 'PerZone'])
    .optional()
    .describe(
      'How servers behind a load balancer reach the internet, from stage LoadBalanced on. None: they stand in public subnets with public addresses, open to the load balancer alone. Single: in private ones, through one NAT gateway. PerZone: through one in each zone. Absent: None.',
    ),
});

const createdRules: readonly Rule<z.output<typeof created>>[] = [
  fixed('cidr', 'spec.network.create.cidr cannot change; create another ScalingTier for another address block'),
  growing('zoneCount', 'spec.network.create.zoneCount may grow but not shrink'),
  {
    rule: '!has(self.zoneIDs) || size(self.zoneIDs) == self.zoneCount',
    message: 'spec.network.create.zoneIDs must name as many zones as spec.network.create.zoneCount says',
    fieldPath: '.zoneIDs',
    holds: (self) => self.zoneIDs === undefined || self.zoneIDs.length === self.zoneCount,
  },
  {
    rule: 'has(self.zoneIDs) == has(oldSelf.zoneIDs) && (!has(self.zoneIDs) || oldSelf.zoneIDs.all(zone, self.zoneIDs.indexOf(zone) == oldSelf.zoneIDs.indexOf(zone)))',
    message:
      'spec.network.create.zoneIDs is decided at creation: keep the zones in their order and only append when zoneCount grows',
    fieldPath: '.zoneIDs',
    reason: 'FieldValueForbidden',
  },
];

const reach = z
  .array(
    withRules(text(18, IPV4_CIDR), [
      {
        rule: CANONICAL,
        message:
          'spec.network.allowedCIDRs must hold IPv4 blocks without host bits, for example 203.0.113.0/24 or 198.51.100.7/32',
        holds: canonicalCIDR,
      },
    ]),
  )
  .max(20);

const where = z.object({
  mode: z
    .enum(['Create', 'BringYourOwn'])
    .default('Create')
    .describe(
      'Create: the operator builds a VPC of its own for the tier. BringYourOwn: the tier stands in a VPC that exists. Cannot change.',
    ),
  create: withRules(created, createdRules)
    .prefault({})
    .describe('The VPC that mode Create builds; nothing in it has an effect with mode BringYourOwn.'),
  byo: byo.optional().describe('The VPC that exists; with mode BringYourOwn only.'),
  allowedCIDRs: withRules(reach, [unique('spec.network.allowedCIDRs')], ATOMIC_LIST)
    .default(['0.0.0.0/0'])
    .describe(
      'IPv4 blocks that may reach ports 80 and 443 of the server; from stage LoadBalanced on the listeners of the load balancer. Empty: nobody. Port 22 is never opened.',
    ),
});

const rules: readonly Rule<z.output<typeof where>>[] = [
  fixed('mode', 'spec.network.mode cannot change; create another ScalingTier for another network'),
  {
    rule: "(self.mode == 'BringYourOwn') == has(self.byo)",
    message: 'spec.network.byo has no effect with mode Create; take it out or choose mode BringYourOwn, which needs it',
    fieldPath: '.byo',
    holds: (self) => (self.mode === 'BringYourOwn') === (self.byo !== undefined),
  },
];

/** `spec.network`. */
export const network = withRules(where, rules);
