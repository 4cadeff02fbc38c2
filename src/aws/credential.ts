/**
 * The user name and password that a secret of AWS Secrets Manager holds, as RDS and we ourselves write them: JSON with the two
 * fields. What is read here must get into no message, log or status: also not as part of an error.
 */
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import type { Aws } from './driver.ts';

/** A name and a password. */
export interface Credential {
  readonly username: string;
  readonly password: string;
  /** The version of the secret that holds them. */
  readonly version: string;
}

/** Which secret, and which version of it; without a version, the current one. */
export interface CredentialPlace {
  readonly secretArn: string;
  readonly versionId?: string;
}

/** Thrown when a secret holds something else than a credential. */
export class InvalidSecretValue extends Error {
  override readonly name = 'InvalidSecretValue';
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    // What a parser says quotes the text.
    return {};
  }
}

/** Reads a credential. */
export async function readCredential(
  { secretsManager }: Pick<Aws, 'secretsManager'>,
  { secretArn, versionId }: CredentialPlace,
): Promise<Credential> {
  const { SecretString = '', VersionId: version = '' } = await secretsManager.send(
    new GetSecretValueCommand({ SecretId: secretArn, ...(versionId === undefined ? {} : { VersionId: versionId }) }),
  );
  const { username, password } = fieldsOf(SecretString);
  if (typeof username === 'string' && typeof password === 'string') return { username, password, version };
  throw new InvalidSecretValue(`${secretArn} holds no JSON text with "username" and "password"`);
}
