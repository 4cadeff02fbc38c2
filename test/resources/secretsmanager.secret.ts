/** How the contract suite tries a secret. */
import { randomUUID } from 'node:crypto';
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-secrets-manager';
import { classify } from '../../src/aws/errors.ts';
import { identify } from '../../src/aws/ownership.ts';
import { Secret, type SecretSpec } from '../../src/resources/secretsmanager/secret.ts';
import { nameOf } from './database-ground.ts';
import { fixture } from './fixture.ts';
import { converge, deleteFully, find, observeTier, type World } from './world.ts';

const specOf = (world: World): SecretSpec => ({
  name: nameOf(world, 'db/master'),
  description: 'user name and password of the database',
  username: 'appadmin',
  recoveryWindowInDays: 7,
  rotation: 0,
});

async function passwordOf({ aws }: World, SecretId: string): Promise<{ username: string; password: string }> {
  const { SecretString = '' } = await aws.secretsManager.send(new GetSecretValueCommand({ SecretId }));
  return JSON.parse(SecretString) as { username: string; password: string };
}

export default fixture({
  resource: Secret,
  missing: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:scaling-tier/shop/web/nothing-AbCdEf',
  prepare: async (world) => ({ spec: specOf(world), named: (suffix: string) => nameOf(world, suffix) }),
  initial: ({ spec }) => spec,
  changed: [
    { name: 'description', change: () => ({ description: 'the master password' }), expect: 'update' },
    { name: 'recovery window', change: () => ({ recoveryWindowInDays: 30 }), expect: 'update' },
    { name: 'number of its rotation', change: () => ({ rotation: 1 }), expect: 'update' },
    { name: 'name', change: ({ named }) => ({ name: named('db/other') }), expect: 'replace' },
  ],
  stranger: ({ named }, index) => ({ name: named(`db/stranger-${index}`) }),
  strip: async (world, SecretId) => {
    const own = ['rotation', 'recovery-window-days'].map((name) => `scalingtier.dev/${name}`);
    const TagKeys = [...Object.keys(world.identity('secretsmanager.secret/any').tags), ...own];
    await world.aws.secretsManager.send(new UntagResourceCommand({ SecretId, TagKeys }));
  },
  extra(open) {
    test('its password is one that RDS takes, and nothing that is seen of it holds it', async () => {
      const world = open();
      const live = await world.build(Secret, 'master', specOf(world));
      const { username, password } = await passwordOf(world, live.id);
      expect(username).toBe('appadmin');
      expect(password).toMatch(/^[A-Za-z0-9!#$%^*()_+=-]{32}$/);
      expect(JSON.stringify([live, await observeTier(world.aws, Secret, world.owner)])).not.toContain(password);
    });

    test('a rotation makes another password, once', async () => {
      const world = open();
      const live = await world.build(Secret, 'master', specOf(world));
      const before = await passwordOf(world, live.id);
      const rotated = await world.build(Secret, 'master', { ...specOf(world), rotation: 1 });
      const after = await passwordOf(world, live.id);
      expect(after.password).not.toBe(before.password);
      expect(rotated.attributes.versionId).not.toBe(live.attributes.versionId);
      const change = { path: 'rotation', from: 0, to: 1, impact: 'online' } as const;
      await Secret.update(world.aws, rotated, { ...specOf(world), rotation: 1 }, [change]);
      expect(await passwordOf(world, live.id)).toEqual(after);
    });

    test('a password that a person set is left so, and its version is the one in force', async () => {
      const world = open();
      const live = await world.build(Secret, 'master', specOf(world));
      const SecretString = JSON.stringify({ username: 'appadmin', password: 'by hand' });
      const { VersionId } = await world.aws.secretsManager.send(
        new PutSecretValueCommand({ SecretId: live.id, SecretString }),
      );
      const seen = await converge(world.aws, Secret, live.self, specOf(world));
      expect(seen.attributes.versionId).toBe(VersionId);
      expect(await passwordOf(world, live.id)).toEqual({ username: 'appadmin', password: 'by hand' });
    });

    test('its end leaves it restorable for as many days as were asked for', async () => {
      const world = open();
      const live = await world.build(Secret, 'master', specOf(world));
      await deleteFully(world.aws, Secret, live);
      const { DeletedDate } = await world.aws.secretsManager.send(new DescribeSecretCommand({ SecretId: live.id }));
      const days = ((DeletedDate?.getTime() ?? 0) - Date.now()) / 86_400_000;
      expect(Math.round(days)).toBe(7);
      expect(await find(world.aws, Secret, live.self)).toBeUndefined();
    });

    test('a secret of the same name that waits for its end is called back, with another password', async () => {
      const world = open();
      const live = await world.build(Secret, 'master', specOf(world));
      const before = await passwordOf(world, live.id);
      await deleteFully(world.aws, Secret, live);
      const later = identify({ ...world.owner, uid: randomUUID() }, live.self.node, 1);
      const made = await Secret.create(world.aws, later, specOf(world));
      expect(made.id).toBe(live.id);
      const [seen] = await observeTier(world.aws, Secret, later.owner);
      expect(seen).toMatchObject({ id: live.id, owner: { uid: later.owner.uid }, attributes: made.attributes });
      expect((await passwordOf(world, live.id)).password).not.toBe(before.password);
    });

    test("a stranger's secret of the same name that waits for its end stays his", async () => {
      const world = open();
      const stranger = identify({ ...world.owner, cluster: 'elsewhere' }, 'secretsmanager.secret/master', 1);
      const { id, attributes } = await Secret.create(world.aws, stranger, specOf(world));
      const theirs = { ...NOBODY, id, attributes, self: stranger };
      await Secret.delete(world.aws, theirs);
      const creation = Secret.create(world.aws, world.identity('secretsmanager.secret/master'), specOf(world));
      expect(await creation.catch((error: unknown) => classify(error).class)).toBe('exists');
      const { DeletedDate } = await world.aws.secretsManager.send(new DescribeSecretCommand({ SecretId: id }));
      expect(DeletedDate).toBeDefined();
    });
  },
});

const NOBODY = {
  owner: undefined,
  node: undefined,
  incarnation: 1,
  spec: {},
  health: { state: 'active', phase: 'ready' },
} as const;
