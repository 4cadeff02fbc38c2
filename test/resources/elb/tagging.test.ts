/** Tags of load balancing: twenty ARNs in a call, names that cannot be ours, and what goes away between two calls. */
import { uniqueName } from '../../../src/aws/ownership.ts';
import { attributeRecord, mayBeIn, nameInMetrics, tagsOf } from '../../../src/resources/elb/tagging.ts';
import { answering } from '../wire.ts';

const OWNER = { cluster: 'main', namespace: 'shop', name: 'web', uid: 'u' };

const described = (...arns: readonly string[]): string => {
  const entry = (arn: string): string =>
    `<member><ResourceArn>${arn}</ResourceArn><Tags><member><Key>a</Key><Value>b</Value></member><member><Key>aws:x</Key><Value>y</Value></member></Tags></member>`;
  return `<DescribeTagsResult><TagDescriptions>${arns.map(entry).join('')}</TagDescriptions></DescribeTagsResult>`;
};

test('tags are asked for twenty at a time, and without those of AWS', async () => {
  const arns = Array.from({ length: 45 }, (_, index) => `arn:${index}`);
  const { aws, calls } = answering(
    described(...arns.slice(0, 20)),
    described(...arns.slice(20, 40)),
    described(...arns.slice(40)),
  );
  const tags = await tagsOf(aws, arns);
  expect(calls).toHaveLength(3);
  expect(calls[0]?.get('ResourceArns.member.20')).toBe('arn:19');
  expect([...tags.keys()].sort()).toEqual([...arns].sort());
  expect(tags.get('arn:7')?.tags).toEqual({ a: 'b' });
});

test('nothing is asked for when there is nothing', async () => {
  const { aws, calls } = answering();
  expect(await tagsOf(aws, [])).toEqual(new Map());
  expect(calls).toHaveLength(0);
});

test('a name says whose a thing may be, also when it had to be cut', () => {
  const name = uniqueName({ ...OWNER, name: 'a-name-that-is-much-too-long' }, 'web', 28);
  const owner = { ...OWNER, name: 'a-name-that-is-much-too-long' };
  expect(mayBeIn({ by: 'tiers', owners: [owner] }, `${name}-1`)).toBe(true);
  expect(mayBeIn({ by: 'tiers', owners: [OWNER] }, `${name}-1`)).toBe(false);
  expect(mayBeIn({ by: 'cluster', cluster: 'main' }, 'k8s-default-web')).toBe(false);
  expect(mayBeIn({ by: 'ids', ids: [] }, 'anything')).toBe(true);
});

test('numbers and switches among attributes are texts, whoever wrote them', () => {
  expect(attributeRecord([{ Key: 'a', Value: 'True' }, { Key: 'b', Value: '60' }, { Key: 'c' }])).toEqual({
    a: 'true',
    b: '60',
    c: '',
  });
});

test('metrics name a load balancer and a group by the end of their ARNs', () => {
  const start = 'arn:aws:elasticloadbalancing:us-east-1:123456789012:';
  expect(nameInMetrics(`${start}loadbalancer/app/st-a/0123`, 'loadbalancer/')).toBe('app/st-a/0123');
  expect(nameInMetrics(`${start}targetgroup/st-a/0123`, 'targetgroup/')).toBe('targetgroup/st-a/0123');
});
