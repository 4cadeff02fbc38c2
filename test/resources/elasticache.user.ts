/** How the contract suite tries a user of a cache. */
import { randomBytes } from 'node:crypto';
import { ListTagsForResourceCommand, RemoveTagsFromResourceCommand } from '@aws-sdk/client-elasticache';
import { CreateSecretCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { allOf } from '../../src/aws/pages.ts';
import { arnOf } from '../../src/resources/elasticache/tagging.ts';
import { CacheUser } from '../../src/resources/elasticache/user.ts';
import { cacheName } from './cache-ground.ts';
import { fixture } from './fixture.ts';
import { converge, find, type World } from './world.ts';

/** How every password in here starts: by it one is recognised wherever it should not be. */
const SECRET = 'not-to-be-shown-';

const credential = (): string =>
  JSON.stringify({ username: 'app', password: `${SECRET}${randomBytes(8).toString('hex')}` });

async function anySecret({ aws, owner }: World) {
  const made = await aws.secretsManager.send(
    new CreateSecretCommand({
      Name: `test/${owner.cluster}/${randomBytes(4).toString('hex')}`,
      SecretString: credential(),
    }),
  );
  return { secretArn: made.ARN ?? '', secretVersion: made.VersionId ?? '' };
}

async function nextVersion({ aws }: World, SecretId: string): Promise<string> {
  const made = await aws.secretsManager.send(new PutSecretValueCommand({ SecretId, SecretString: credential() }));
  return made.VersionId ?? '';
}

const strip = async ({ aws, identity }: World, id: string): Promise<void> => {
  const TagKeys = Object.keys(identity('elasticache.user/any').tags);
  await aws.elastiCache.send(new RemoveTagsFromResourceCommand({ ResourceName: arnOf(aws, 'user', id), TagKeys }));
};

export default fixture({
  resource: CacheUser,
  missing: 'st-nobody-00000000-app',
  prepare: async (world) => {
    const secret = await anySecret(world);
    const next = await nextVersion(world, secret.secretArn);
    return { secret, next, name: (suffix: string) => cacheName(world, suffix) };
  },
  initial: ({ secret, name }) => ({
    userId: name('app'),
    userName: 'app',
    engine: 'valkey' as const,
    accessString: 'on ~app::* +@all',
    ...secret,
  }),
  changed: [
    { name: 'access string', change: () => ({ accessString: 'on ~app::* +@read' }), expect: 'update' },
    { name: 'version of its secret', change: ({ next }) => ({ secretVersion: next }), expect: 'update' },
    { name: 'name', change: () => ({ userName: 'web' }), expect: 'replace' },
  ],
  stranger: ({ name }, index) => ({ userId: name(`stranger-${index}`) }),
  strip,
  extra: (open) => {
    test('a sweep reads the tags of a user once, and not again', async () => {
      const world = open();
      const self = world.identity('elasticache.user/app');
      const spec = { userId: cacheName(world, 'app'), userName: 'app', engine: 'valkey', accessString: 'off' } as const;
      await converge(world.aws, CacheUser, self, { ...spec, secretArn: null, secretVersion: null });
      const calls: string[] = [];
      world.aws.elastiCache.middlewareStack.add(
        (next, context) => async (args) => {
          calls.push(String(context.commandName));
          return next(args);
        },
        { step: 'initialize', name: 'counting', override: true },
      );
      const scope = { by: 'cluster', cluster: world.owner.cluster } as const;
      await allOf(CacheUser.observe(world.aws, scope));
      calls.length = 0;
      const seen = await allOf(CacheUser.observe(world.aws, scope));
      expect(seen.map(({ node }) => node)).toEqual([self.node]);
      expect(calls).not.toContain('ListTagsForResourceCommand');
      world.aws.elastiCache.middlewareStack.remove('counting');
    });

    test('no password is in what is seen of a user', async () => {
      const world = open();
      const self = world.identity('elasticache.user/app');
      const spec = { userId: cacheName(world, 'app'), userName: 'app', engine: 'valkey', accessString: 'off' } as const;
      const live = await converge(world.aws, CacheUser, self, { ...spec, ...(await anySecret(world)) });
      const seen = await find(world.aws, CacheUser, self);
      const ResourceName = live.attributes.arn;
      const tags = await world.aws.elastiCache.send(new ListTagsForResourceCommand({ ResourceName }));
      expect(seen).toBeDefined();
      expect(JSON.stringify([seen, tags])).not.toContain(SECRET);
    });
  },
});
