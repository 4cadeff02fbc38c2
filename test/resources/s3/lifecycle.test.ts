/** Our rules among those of others. */
import { hasRules, lifecycleOf, withRules } from '../../../src/resources/s3/lifecycle.ts';

const theirs = { ID: 'theirs', Status: 'Enabled', Filter: { Prefix: 'logs/' }, Expiration: { Days: 1 } } as const;
const asked = { abortMultipartDays: 7, noncurrentDays: 30 };

test('what was written is read', () => {
  expect(lifecycleOf(withRules([], asked))).toEqual(asked);
  expect(lifecycleOf(withRules([], { ...asked, noncurrentDays: null }))).toEqual({ ...asked, noncurrentDays: null });
});

test('rules of others are kept, ours are replaced', () => {
  const once = withRules([theirs], asked);
  const twice = withRules(once, { abortMultipartDays: 1, noncurrentDays: null });
  expect(twice.filter(({ ID }) => ID === 'theirs')).toEqual([theirs]);
  expect(twice).toHaveLength(2);
});

test('a rule that somebody switched off says nothing', () => {
  const off = withRules([], asked).map((rule) => ({ ...rule, Status: 'Disabled' as const }));
  expect(lifecycleOf(off)).toEqual({ abortMultipartDays: 0, noncurrentDays: null });
});

test('rules of others alone are none of ours', () => {
  expect([hasRules([theirs]), hasRules(undefined), hasRules(withRules([], asked))]).toEqual([false, false, true]);
});
