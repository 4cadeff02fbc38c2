/**
 * A password that is made here and known to Secrets Manager alone: no spec, tag, attribute, log or status ever holds it. Its
 * versions are named after who it is and how often it was rotated, so that the password of a rotation is made once. AWS's list of
 * secrets may be five minutes late; whatever is decided on is read from the secret itself.
 */
import { createHash } from 'node:crypto';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { type Aws, type Created, type Identity, resource } from '../../aws/driver.ts';
import { claimOf } from '../../aws/ownership.ts';
import { gone } from '../ec2/tagging.ts';
import { inScope } from '../scope.ts';
import { fieldsChanged, tagList } from '../tag-changes.ts';
import { unlessTaken } from '../taken.ts';
import { makePassword } from './password.ts';
import {
  currentVersion,
  describe,
  describedIn,
  ownedOf,
  RECOVERY_TAG,
  ROTATION_TAG,
  type SecretAttributes,
  type SecretDescription,
  type SecretSpec,
  tagsOf,
} from './secret-reading.ts';
import { retag } from './tagging.ts';

export type { SecretAttributes, SecretSpec } from './secret-reading.ts';

const PASSWORD_LENGTH = 32;

/** The version that a rotation makes: AWS refuses another value under the same token. */
const versionOf = ({ token }: Identity, { rotation }: SecretSpec): string =>
  createHash('sha256').update(`${token}/${rotation}`).digest('hex');

const secretString = ({ username, passwordLength = PASSWORD_LENGTH }: SecretSpec): string =>
  JSON.stringify({ username, password: makePassword(passwordLength) });

/** What lists must tell that AWS does not keep of a secret. */
const memoriesOf = ({ rotation, recoveryWindowInDays }: SecretSpec): Readonly<Record<string, string>> => ({
  [ROTATION_TAG]: String(rotation),
  [RECOVERY_TAG]: String(recoveryWindowInDays),
});

/** Puts the password of the rotation into force, unless that was done before. */
async function rotate(aws: Aws, self: Identity, spec: SecretSpec, secret: SecretDescription): Promise<string> {
  const version = versionOf(self, spec);
  const current = currentVersion(secret) ?? version;
  if (version in secret.versions) return current;
  const put = aws.secretsManager.send(
    new PutSecretValueCommand({ SecretId: secret.arn, ClientRequestToken: version, SecretString: secretString(spec) }),
  );
  // Versions that others have pushed out of force are listed no more, and their tokens are still taken.
  return unlessTaken(
    put.then(() => version),
    () => Promise.resolve(current),
  );
}

/**
 * The secret of that name, if it is this node's: made by an earlier try, or by an earlier life and waiting for its end, from which
 * it is called back with another password.
 */
async function ownOfThatName(
  aws: Aws,
  self: Identity,
  spec: SecretSpec,
): Promise<Created<SecretAttributes> | undefined> {
  const secret = await describe(aws, spec.name);
  if (!secret) return undefined;
  const { arn: secretArn, name } = secret;
  const { owner, node, incarnation } = claimOf(tagsOf(secret));
  const isSameNode =
    node === self.node &&
    owner?.cluster === self.owner.cluster &&
    owner.namespace === self.owner.namespace &&
    owner.name === self.owner.name;
  if (!isSameNode) return undefined;
  if (!secret.deleted) {
    const isOwn = owner.uid === self.owner.uid && incarnation === self.incarnation;
    const versionId = currentVersion(secret) ?? '';
    return isOwn ? { id: secretArn, attributes: { secretArn, name, versionId } } : undefined;
  }
  await aws.secretsManager.send(new RestoreSecretCommand({ SecretId: secretArn }));
  await retag(aws, secretArn, [], { ...self.tags, ...memoriesOf(spec) });
  return { id: secretArn, attributes: { secretArn, name, versionId: await rotate(aws, self, spec, secret) } };
}

export const Secret = resource<SecretSpec, SecretAttributes>({
  type: 'secretsmanager.secret',
  rules: { name: 'replace', username: 'ignore', passwordLength: 'ignore' },
  settle: 0,
  cost: () => [{ rate: 'secretsmanager/secret-month', quantity: 1 }],

  async *observe(aws, scope) {
    for await (const page of describedIn(aws, scope)) {
      yield page.flatMap(ownedOf).filter(({ owner }) => inScope(scope, owner));
    }
  },

  create(aws, self, spec) {
    const versionId = versionOf(self, spec);
    const creation = aws.secretsManager.send(
      new CreateSecretCommand({
        Name: spec.name,
        ClientRequestToken: versionId,
        Description: spec.description,
        KmsKeyId: spec.kmsKeyId,
        SecretString: secretString(spec),
        Tags: tagList({ ...self.tags, ...memoriesOf(spec) }),
      }),
    );
    const made = creation.then(({ ARN: secretArn = '', Name: name = spec.name }) => ({
      id: secretArn,
      attributes: { secretArn, name, versionId },
    }));
    return unlessTaken(made, () => ownOfThatName(aws, self, spec));
  },

  async update(aws, live, spec, changes) {
    const fields = fieldsChanged(changes);
    if (fields.has('rotation')) {
      const secret = await describe(aws, live.id);
      if (secret) await rotate(aws, live.self, spec, secret);
    }
    if (fields.has('description') || fields.has('kmsKeyId')) {
      const { description: Description, kmsKeyId: KmsKeyId } = spec;
      await aws.secretsManager.send(new UpdateSecretCommand({ SecretId: live.id, Description, KmsKeyId }));
    }
    const remembers = fields.has('rotation') || fields.has('recoveryWindowInDays');
    await retag(aws, live.id, changes, remembers ? memoriesOf(spec) : {});
  },

  async delete(aws, live) {
    const secret = await describe(aws, live.id);
    if (!secret || secret.deleted) return;
    const RecoveryWindowInDays = ownedOf(secret)[0]?.spec.recoveryWindowInDays ?? undefined;
    await gone(aws.secretsManager.send(new DeleteSecretCommand({ SecretId: live.id, RecoveryWindowInDays })));
  },
});
