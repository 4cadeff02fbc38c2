import { normalPolicy, type PolicyDocument, readPolicy } from '../../../src/resources/iam/policy.ts';

const policyOf = (statement: object): object => ({ Version: '2012-10-17', Statement: [statement] });
const allow = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' };

test.each([
  {
    name: 'a list of one and the one',
    one: policyOf({ ...allow, Action: ['s3:GetObject'], Resource: ['*'] }),
    other: policyOf(allow),
  },
  {
    name: 'a single statement and a list of it',
    one: { Version: '2012-10-17', Statement: allow },
    other: policyOf(allow),
  },
  {
    name: 'lists in another order, with repetitions',
    one: policyOf({ ...allow, Action: ['s3:PutObject', 's3:GetObject', 's3:PutObject'] }),
    other: policyOf({ ...allow, Action: ['s3:GetObject', 's3:PutObject'] }),
  },
  {
    name: 'statements and keys in another order',
    one: {
      Statement: [
        { Action: 'b:B', Effect: 'Allow' },
        { Effect: 'Allow', Action: 'a:A' },
      ],
      Version: '2012-10-17',
    },
    other: {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: 'a:A' },
        { Effect: 'Allow', Action: 'b:B' },
      ],
    },
  },
  {
    name: "an account's id and its root's ARN",
    one: policyOf({
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws-cn:iam::123456789012:root' },
      Action: 'sts:AssumeRole',
    }),
    other: policyOf({ Effect: 'Allow', Principal: { AWS: ['123456789012'] }, Action: 'sts:AssumeRole' }),
  },
  {
    name: 'everybody, written short and long',
    one: policyOf({ Effect: 'Deny', Principal: '*', Action: 'sts:AssumeRole' }),
    other: policyOf({ Effect: 'Deny', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }),
  },
  {
    name: 'condition values as text and as they are',
    one: policyOf({
      ...allow,
      Condition: { Bool: { 'aws:SecureTransport': true }, NumericLessThan: { 's3:max-keys': [5] } },
    }),
    other: policyOf({
      ...allow,
      Condition: { Bool: { 'aws:SecureTransport': ['true'] }, NumericLessThan: { 's3:max-keys': '5' } },
    }),
  },
])('$name are the same', ({ one, other }) => {
  expect(normalPolicy(one)).toEqual(normalPolicy(other));
});

test.each([
  { name: 'effect', other: { ...allow, Effect: 'Deny' } },
  { name: 'action', other: { ...allow, Action: ['s3:GetObject', 's3:PutObject'] } },
  { name: 'resource', other: { ...allow, Resource: 'arn:aws:s3:::bucket/*' } },
  { name: 'condition', other: { ...allow, Condition: { Bool: { 'aws:SecureTransport': 'true' } } } },
  { name: 'negated action', other: { Effect: 'Allow', NotAction: 's3:GetObject', Resource: '*' } },
])('policies that differ in $name stay different', ({ other }) => {
  expect(normalPolicy(policyOf(other))).not.toEqual(normalPolicy(policyOf(allow)));
});

test('its form is stable: what is normal stays as it is', () => {
  const once = normalPolicy(
    policyOf({ ...allow, Action: ['b:B', 'a:A'], Principal: '*', Condition: { StringLike: { 'aws:x': ['b', 'a'] } } }),
  );
  expect(normalPolicy(once)).toEqual(once);
});

test('the shortest way to write a policy is its form', () => {
  const written: PolicyDocument = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
  };
  expect(normalPolicy(written)).toEqual(written);
});

test('a document is read from URL-encoded JSON', () => {
  const encoded = encodeURIComponent(JSON.stringify(policyOf({ ...allow, Resource: 'arn:aws:s3:::a b/%/*' })));
  expect(readPolicy(encoded)).toEqual(policyOf({ ...allow, Resource: 'arn:aws:s3:::a b/%/*' }));
});

test.each([{ encoded: undefined }, { encoded: '%7Bnot json' }, { encoded: '%E0%A4%A' }])(
  '$encoded is no policy',
  ({ encoded }) => {
    expect(readPolicy(encoded)).toBeNull();
  },
);
