import { iamPath, identify } from '../../../src/aws/ownership.ts';
import { claimOfPath } from '../../../src/resources/iam/claim.ts';

const owner = { cluster: 'prod', namespace: 'shop', name: 'web', uid: 'u-1' };
const self = identify(owner, 'iam.role/server', 2);
const path = iamPath(owner, 'iam.role/server');

test('tags that agree with the path complete it', () => {
  expect(claimOfPath(path, 'iam.role', self.tags)).toEqual({ owner, node: 'iam.role/server', incarnation: 2 });
});

test.each([
  { name: 'no tags', tags: {} },
  { name: "another cluster's tags", tags: identify({ ...owner, cluster: 'test' }, 'iam.role/server', 1).tags },
  { name: "another node's tags", tags: identify(owner, 'iam.role/worker', 1).tags },
])('with $name the path speaks alone', ({ tags }) => {
  const { uid: _uid, ...named } = owner;
  expect(claimOfPath(path, 'iam.role', tags)).toEqual({ owner: named, node: 'iam.role/server', incarnation: 0 });
});

test('a path of nobody claims nothing, whatever the tags say', () => {
  expect(claimOfPath('/', 'iam.role', self.tags)).toMatchObject({ owner: undefined, node: undefined });
});
