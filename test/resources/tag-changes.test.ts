import type { Change } from '../../src/core/kind.ts';
import { fieldsChanged, tagChanges, tagList } from '../../src/resources/tag-changes.ts';

const change = (path: string, to: unknown): Change => ({ path, from: null, to, impact: 'online' });

const changes = [
  change('tags.team', 'shop'),
  change('tags.scalingtier.dev/role', 'ec2.vpc/main'),
  change('tags.old', null),
  change('dataVolumes./dev/sdf.volumeId', 'vol-1'),
  change('dataVolumes./dev/sdg', null),
  change('running', true),
];

test('tags to write and tags to take off are told apart, dots in keys and all', () => {
  expect(tagChanges(changes)).toEqual({
    set: [
      { Key: 'team', Value: 'shop' },
      { Key: 'scalingtier.dev/role', Value: 'ec2.vpc/main' },
    ],
    unset: ['old'],
  });
});

test('an empty value is a value', () => {
  expect(tagChanges([change('tags.team', '')])).toEqual({ set: [{ Key: 'team', Value: '' }], unset: [] });
});

test('fields are named once, by their first part, without tags', () => {
  expect([...fieldsChanged(changes)]).toEqual(['dataVolumes', 'running']);
});

test('a record becomes the list that create calls take', () => {
  expect(tagList({ a: '1', b: '' })).toEqual([
    { Key: 'a', Value: '1' },
    { Key: 'b', Value: '' },
  ]);
});
