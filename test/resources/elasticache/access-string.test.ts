/** One form for what a user of a cache may do. */
import { normalAccess } from '../../../src/resources/elasticache/access-string.ts';

test.each([
  ['on ~app::* +@all', 'on ~app::* -@all +@all'],
  ['on ~* +@all', 'on  allkeys resetchannels -@all allcommands '],
  ['off', 'OFF -@all'],
  ['on ~app::* &* +@read', 'on ~app::* resetchannels &* -@all +@read'],
])('%s is what AWS answers as %s', (wanted, answered) => {
  expect(normalAccess(answered)).toBe(wanted);
  expect(normalAccess(wanted)).toBe(wanted);
});

test('what takes away something that was given is kept', () => {
  expect(normalAccess('on ~* +@all -@all +get')).toBe('on ~* +@all -@all +get');
  expect(normalAccess('on ~* +@all -@dangerous')).toBe('on ~* +@all -@dangerous');
});
