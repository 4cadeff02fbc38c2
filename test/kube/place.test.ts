/** Places and their shards: what decides who serves a tier, and which changes of it call for a pass. */
import { PLACE, placeOf, shardOf } from '../../src/kube/place.ts';
import { summarize, triggerOf } from '../../src/kube/trigger.ts';
import { sampleSpec } from './tier-samples.ts';

const ROLE = 'arn:aws:iam::222222222222:role/x';

test.each([
  [{}, 'default/eu-central-1'],
  [{ accountID: '111111111111' }, '111111111111/eu-central-1'],
  [{ assumeRoleARN: ROLE }, '222222222222/eu-central-1'],
  [{ accountID: '222222222222', assumeRoleARN: ROLE }, '222222222222/eu-central-1'],
  [{ region: 'us-east-1' }, 'default/us-east-1'],
])('%j stands in %s', (aws, place) => {
  expect(placeOf(sampleSpec({}, aws))).toBe(place);
});

test('a place has the same shard in every process and version', () => {
  expect(['default/us-east-1', '111111111111/eu-central-1'].map((place) => shardOf(place, 16))).toEqual([0, 13]);
  expect(shardOf('anything', 1)).toBe(0);
});

test.each([2, 4, 16])('many places are divided evenly among %d shards', (count) => {
  const shards = Array.from({ length: 1_600 }, (_, index) => shardOf(`${100_000_000_000 + index}/us-east-1`, count));
  for (let shard = 0; shard < count; shard++) {
    const share = shards.filter((one) => one === shard).length / (1_600 / count);
    expect(share).toBeGreaterThan(0.7);
    expect(share).toBeLessThan(1.3);
  }
});

describe('changes of the place', () => {
  const metadata = { name: 'shop', namespace: 'team-a', uid: 'u', resourceVersion: '1', generation: 1 };
  const summary = (place?: string) =>
    summarize({ metadata: { ...metadata, ...(place === undefined ? {} : { annotations: { [PLACE]: place } }) } });
  const trigger = (from?: string, to?: string) =>
    triggerOf({ type: 'modified', key: 'team-a/shop', old: summary(from), object: summary(to) }, false);

  test("the first is the operator's own write, and no reason to look", () => {
    expect(trigger(undefined, 'default/us-east-1')).toBeUndefined();
  });

  test('another one, or none any more, is', () => {
    expect(trigger('default/us-east-1', '111111111111/us-east-1')).toBe('high');
    expect(trigger('default/us-east-1', undefined)).toBe('high');
  });

  test('it is not among the requests of people', () => {
    expect(summary('default/us-east-1').requests).toBe('');
  });
});
