/** How the password of a user gets from its secret to AWS, and nowhere else. */
import { identify } from '../../../src/aws/ownership.ts';
import { CacheUser, type CacheUserSpec } from '../../../src/resources/elasticache/user.ts';
import { silentAws } from './samples.ts';

const PASSWORD = 'a password of some length';
const GetSecretValue = { SecretString: JSON.stringify({ username: 'app', password: PASSWORD }) };

const self = identify({ cluster: 'test', namespace: 'shop', name: 'web', uid: '5d1f' }, 'elasticache.user/app', 1);

const spec: CacheUserSpec = {
  userId: 'st-web-app',
  userName: 'app',
  engine: 'valkey',
  accessString: 'on ~app::* +@all',
  secretArn: 'arn:secret',
  secretVersion: 'v2',
};

const live = {
  owner: self.owner,
  node: self.node,
  incarnation: 1,
  id: spec.userId,
  spec: { ...spec, secretVersion: 'v1' },
  attributes: { userId: spec.userId, userName: spec.userName, arn: 'arn:user' },
  health: { state: 'active', phase: 'ready' as const },
  self,
};

const rotation = [{ path: 'secretVersion', from: 'v1', to: 'v2', impact: 'online' as const }];

test('a new user gets the password of the version that was asked for, and a tag that says which', async () => {
  const { aws, asked } = silentAws({ GetSecretValue });
  await CacheUser.create(aws, self, spec);
  expect(asked.map(({ name }) => name)).toEqual(['GetSecretValue', 'CreateUser']);
  expect(asked[0]?.input).toEqual({ SecretId: 'arn:secret', VersionId: 'v2' });
  expect(asked[1]?.input).toMatchObject({
    Passwords: [PASSWORD],
    Tags: expect.arrayContaining([{ Key: 'scalingtier.dev/password-version', Value: 'v2' }]),
  });
});

test('a rotated password is noted after AWS has taken it, not before', async () => {
  const { aws, asked } = silentAws({ GetSecretValue });
  await CacheUser.update(aws, live, spec, rotation);
  expect(asked.map(({ name }) => name)).toEqual(['GetSecretValue', 'ModifyUser', 'AddTagsToResource']);
  const refused = silentAws({ GetSecretValue, ModifyUser: new Error('InvalidUserState') });
  await expect(CacheUser.update(refused.aws, live, spec, rotation)).rejects.toThrow('InvalidUserState');
  expect(refused.asked.map(({ name }) => name)).not.toContain('AddTagsToResource');
});

test('another access string leaves the password alone', async () => {
  const { aws, asked } = silentAws({ GetSecretValue });
  await CacheUser.update(aws, live, spec, [{ path: 'accessString', from: '', to: '', impact: 'online' }]);
  expect(asked.map(({ name, input }) => [name, input.Passwords])).toEqual([['ModifyUser', undefined]]);
});

test('a user without a secret says that it needs no password', async () => {
  const { aws, asked } = silentAws();
  await CacheUser.create(aws, self, { ...spec, accessString: 'off', secretArn: null, secretVersion: null });
  expect(asked[0]?.input).toMatchObject({ NoPasswordRequired: true });
  expect(asked[0]?.input).not.toHaveProperty('Passwords');
});
