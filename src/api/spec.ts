/** `spec`: all that a user may ask for. Only what works is offered; a field without effect does not exist. */
import { z } from 'zod';
import { type Rule, withRules } from './rules.ts';
import { aws } from './spec/aws.ts';
import { cache } from './spec/cache.ts';
import { compute } from './spec/compute.ts';
import { database } from './spec/database.ts';
import { dns } from './spec/dns.ts';
import { loadBalancedRules } from './spec/load-balanced.ts';
import { loadBalancer } from './spec/load-balancer.ts';
import { network } from './spec/network.ts';
import { approval, deletionPolicy, driftPolicy, managementPolicy, observability } from './spec/policies.ts';
import { regionRules } from './spec/region.ts';
import { separateDatabaseRules } from './spec/separate-database.ts';
import { stage, stageRules } from './spec/stage.ts';
import { storage } from './spec/storage.ts';
import { transition, transitionRules } from './spec/transition.ts';

const TAG_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+@-]*$/u;

function taken(key: string): boolean {
  return key.toLowerCase().startsWith('aws:') || key.startsWith('scalingtier.dev/') || key === 'Name';
}

const tags = withRules(
  z
    .record(z.string(), z.string().max(256).regex(TAG_TEXT))
    .refine((self) => Object.keys(self).length <= 40, { message: 'spec.tags may hold at most 40 tags' }),
  [
    {
      rule: "self.all(key, !key.lowerAscii().startsWith('aws:') && !key.startsWith('scalingtier.dev/') && key != 'Name')",
      message:
        "spec.tags keys must not start with 'aws:' or 'scalingtier.dev/' and must not be 'Name': those are taken",
      holds: (self) => !Object.keys(self).some(taken),
    },
    {
      rule: `self.all(key, size(key) >= 1 && size(key) <= 128 && key.matches('${TAG_TEXT.source.replaceAll('\\', '\\\\')}'))`,
      message: 'spec.tags keys must be 1 to 128 characters of letters, digits, spaces and _ . : / = + - @',
      holds: (self) => Object.keys(self).every((key) => key.length >= 1 && key.length <= 128 && TAG_TEXT.test(key)),
    },
  ],
  { maxProperties: 40 },
);

const wanted = z.object({
  stage,
  aws: aws.describe('Where the tier stands: region, account, role.'),
  tags: tags.optional().describe('Tags for every AWS resource of the tier, at most 40.'),
  managementPolicy,
  approval,
  driftPolicy,
  deletionPolicy,
  transition,
  network: network.prefault({}).describe('Network of the tier.'),
  compute: compute.prefault({}).describe('The server; from stage LoadBalanced on: the servers.'),
  database: database.prefault({}).describe("The application's database."),
  loadBalancer: loadBalancer
    .optional()
    .describe('How requests reach the servers, from stage LoadBalanced on, which needs it.'),
  dns: dns
    .optional()
    .describe('Names in Route 53 that the operator leads to the application. Absent: it touches none.'),
  cache: cache.optional().describe('The cache, from stage LoadBalanced on. Absent: its defaults.'),
  storage: storage
    .optional()
    .describe('The bucket for uploads and other files, from stage LoadBalanced on. Absent: its defaults.'),
  observability,
});

const rules: readonly Rule<z.output<typeof wanted>>[] = [
  ...stageRules,
  ...separateDatabaseRules,
  ...loadBalancedRules,
  ...regionRules,
  ...transitionRules,
];

/** `spec`, with rules and defaults. */
export const spec = withRules(wanted, rules);
