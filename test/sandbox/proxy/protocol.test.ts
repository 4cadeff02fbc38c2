/** Wire formats and XML: what goes in comes out. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Refusal } from './call.ts';
import { formOfParams, outcomeOf, paramsOfForm, renderRefusal } from './protocol.ts';
import { take } from './throttle.ts';
import { tierOf } from './tier.ts';
import { parseXml, setText, textAt, writeXml } from './xml.ts';

const key = fc.stringMatching(/^[A-Z][A-Za-z]{1,8}$/);
const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, fc.string({ minLength: 1 }), tie('list'), tie('structure')),
  list: fc.array(tie('value'), { minLength: 1, maxLength: 12 }),
  structure: fc.dictionary(key, tie('value'), { minKeys: 1, maxKeys: 4 }),
})).value;

test('a form read and written again says the same', () => {
  fc.assert(
    fc.property(fc.dictionary(key, value, { maxKeys: 5 }), (params) => {
      expect(paramsOfForm(formOfParams(params as never))).toEqual(params);
    }),
  );
});

test('lists of both form protocols are lists', () => {
  expect(paramsOfForm('Tags.member.1.Key=a&Tags.member.2.Key=b&Id.1=x&Id.10=z&Id.2=y')).toEqual({
    Tags: [{ Key: 'a' }, { Key: 'b' }],
    Id: ['x', 'y', 'z'],
  });
});

test('lists that name their entries are lists where the protocol has such', () => {
  const form = 'Filters.Filter.1.Name=a&Filters.Filter.1.Values.Value.1=b&Export.Types.member.1=c&Only.Tag.1.Key=d';
  expect(paramsOfForm(form, true)).toEqual({
    Filters: [{ Name: 'a', Values: ['b'] }],
    Export: { Types: ['c'] },
    Only: [{ Key: 'd' }],
  });
  expect(paramsOfForm('Only.Tag.1.Key=d')).toEqual({ Only: { Tag: [{ Key: 'd' }] } });
});

test('a form cannot reach prototypes', () => {
  paramsOfForm('__proto__.polluted=1&constructor.prototype.polluted=1');
  expect(({} as { readonly polluted?: string }).polluted).toBeUndefined();
});

test('XML that nobody changed is written as it was read', () => {
  const document =
    '<?xml version="1.0" encoding="utf-8"?>\n<R xmlns="urn:x"><a> b &amp;#38; &lt;c&gt; </a><set/><set2><item><id>1</id></item></set2></R>';
  const root = parseXml(document);
  expect(root && writeXml(root)).toBe(document);
});

test('any text survives in an element', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const root = parseXml('<R><a>x</a></R>');
      if (!root) throw new Error('no root');
      setText(root, 'a', text);
      expect(textAt(parseXml(writeXml(root)), 'a')).toBe(text);
    }),
  );
});

describe('a refusal', () => {
  test.each(['ec2', 'query', 'rest', 'json'] as const)('in the words of %s is understood again', (protocol) => {
    const answer = renderRefusal(protocol, new Refusal('Some.Code', 'a < b & "c"', 409), 'id');
    expect([answer.status, outcomeOf(answer)]).toEqual([409, 'Some.Code']);
  });
});

test.each([
  {
    from: 'tags of a JSON call',
    params: {
      Tags: [
        { Key: 'scalingtier.dev/namespace', Value: 'a' },
        { Key: 'scalingtier.dev/name', Value: 'b' },
      ],
    },
    tier: 'a/b',
  },
  {
    from: 'filters for one tier',
    params: {
      Filter: [
        { Name: 'tag:scalingtier.dev/namespace', Value: ['a'] },
        { Name: 'tag:scalingtier.dev/name', Value: ['b'] },
      ],
    },
    tier: 'a/b',
  },
  {
    from: 'filters for many tiers',
    params: {
      Filter: [
        { Name: 'tag:scalingtier.dev/namespace', Value: ['a'] },
        { Name: 'tag:scalingtier.dev/name', Value: ['b', 'c'] },
      ],
    },
    tier: undefined,
  },
  { from: 'an IAM path', params: { Path: '/scalingtier.dev/cluster/a/b/role/' }, tier: 'a/b' },
  { from: 'a parameter name', params: { Name: '/scaling-tier/a/b/url' }, tier: 'a/b' },
  { from: 'a known name', params: { DBInstanceIdentifier: 'shop-main' }, tier: 'k/n' },
  { from: 'a known ARN', params: { ResourceName: 'arn:aws:rds:eu-west-1:123456789012:db:main' }, tier: 'k/n' },
  { from: 'a known id', params: { VpcId: 'vpc-0123456789abcdef0' }, tier: 'k/n' },
  { from: 'nothing', params: { CidrBlock: '10.0.0.0/16' }, tier: undefined },
])('the tier of a call is read from $from', ({ params, tier }) => {
  expect(tierOf(params, () => 'k/n')).toBe(tier);
});

test('a bucket holds its burst and refills at its rate', () => {
  const row = { name: 'x', operations: /./, rate: 2, burst: 3 };
  const bucket = { tokens: 3, time: 0 };
  const at = (time: number) => take(bucket, row, time);
  expect([at(0), at(0), at(0), at(0)]).toEqual([true, true, true, false]);
  expect([at(400), at(500), at(500)]).toEqual([false, true, false]);
  expect([at(60_000), at(60_000), at(60_000), at(60_000)]).toEqual([true, true, true, false]);
});
