/** User names and passwords that the tier keeps in Secrets Manager. It must not keep one: each may change at any time. */
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

/** Who is in the secret of this ARN. */
export type Secrets = (arn: string) => Promise<{ readonly username: string; readonly password: string }>;

/** Reads secrets. */
export function secretReader(client: SecretsManagerClient): Secrets {
  return async (SecretId) => {
    const { SecretString = '{}' } = await client.send(new GetSecretValueCommand({ SecretId }));
    const { username, password } = JSON.parse(SecretString) as { readonly username: string; readonly password: string };
    return { username, password };
  };
}
