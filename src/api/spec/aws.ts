/** `spec.aws`: where the tier stands. It must not hold credentials or endpoints: those belong to the operator's own installation. */
import { z } from 'zod';
import { keyReference, text } from '../fields.ts';
import { fixed, type Rule, withRules } from '../rules.ts';

const location = z.object({
  region: text(32, /^[a-z]{2,4}(-[a-z]+)+-[0-9]+$/).describe('AWS region, for example us-east-1. Cannot change.'),
  accountID: text(12, /^[0-9]{12}$/)
    .optional()
    .describe(
      'The 12-digit account that the tier must stand in. A guard: when the credentials lead to another account, nothing is written. Can be added later, but not changed.',
    ),
  assumeRoleARN: text(600, /^arn:aws[a-z-]*:iam::[0-9]{12}:role\/[\w+=,.@/-]+$/)
    .optional()
    .describe(
      'IAM role that the operator assumes for this tier. Absent: the operator uses its own identity. May change to another role of the same account.',
    ),
  externalIDSecretRef: keyReference('Secret')
    .optional()
    .describe('The external ID that the trust policy of assumeRoleARN asks for.'),
});

type Location = z.output<typeof location>;

const rules: readonly Rule<Location>[] = [
  fixed('region', 'spec.aws.region cannot change; create another ScalingTier for another region'),
  {
    rule: '!has(oldSelf.accountID) || (has(self.accountID) && self.accountID == oldSelf.accountID)',
    message: 'spec.aws.accountID cannot change once set; create another ScalingTier for another account',
    fieldPath: '.accountID',
    reason: 'FieldValueForbidden',
  },
  {
    rule: "!has(self.accountID) || !has(self.assumeRoleARN) || self.assumeRoleARN.split(':')[4] == self.accountID",
    message: 'spec.aws.assumeRoleARN must name a role of the account in spec.aws.accountID',
    fieldPath: '.assumeRoleARN',
    holds: (self) =>
      self.accountID === undefined ||
      self.assumeRoleARN === undefined ||
      self.assumeRoleARN.split(':')[4] === self.accountID,
  },
  {
    rule: "!has(self.assumeRoleARN) || !has(oldSelf.assumeRoleARN) || self.assumeRoleARN.split(':')[4] == oldSelf.assumeRoleARN.split(':')[4]",
    message:
      'spec.aws.assumeRoleARN cannot move to a role of another account; create another ScalingTier for another account',
    fieldPath: '.assumeRoleARN',
    reason: 'FieldValueForbidden',
  },
  {
    rule: '!has(self.externalIDSecretRef) || has(self.assumeRoleARN)',
    message: 'spec.aws.externalIDSecretRef needs spec.aws.assumeRoleARN: without a role to assume it has no effect',
    fieldPath: '.assumeRoleARN',
    reason: 'FieldValueRequired',
    holds: (self) => self.externalIDSecretRef === undefined || self.assumeRoleARN !== undefined,
  },
];

/** `spec.aws`. */
export const aws = withRules(location, rules);
