/**
 * The password of a database, from its secret to RDS and nowhere else. Secrets Manager's lists learn late of a new version, so
 * what is asked for may be an older one: then the current one is in force already or is set.
 */
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import type { Aws } from '../../aws/driver.ts';

/** A password with the version of the secret that holds it. */
export interface MasterPassword {
  readonly password: string;
  readonly version: string;
}

function passwordIn(text: string | undefined): string | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '');
    const { password } = value as { readonly password?: unknown };
    return typeof password === 'string' ? password : undefined;
  } catch {
    // What could not be read is a password, maybe: no error may quote it.
    return undefined;
  }
}

/** The password that is current now. */
export async function currentPassword(aws: Aws, SecretId: string): Promise<MasterPassword> {
  const answer = await aws.secretsManager.send(new GetSecretValueCommand({ SecretId }));
  const password = passwordIn(answer.SecretString);
  if (password !== undefined) return { password, version: answer.VersionId ?? '' };
  throw Object.assign(new Error(`read password from ${SecretId}: its value is not JSON with a "password"`), {
    name: 'InvalidSecretValue',
  });
}
