/**
 * As whom the app comes to its database: with the role of its own, which moves along with its password, or, where it has none, as
 * the user of the secret that the tier publishes. It must not keep a password longer than the secret says.
 */
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Login } from './database.ts';
import type { Published } from './published.ts';

/** Answers with a function that finds the login for what is published. */
export function loginFinder(
  client: SecretsManagerClient,
  own: Login | undefined,
): (published: Published) => Promise<Login> {
  return async (published) => {
    if (own) return own;
    const SecretId = published.get('db/secret-arn');
    if (!SecretId)
      throw new Error('finding a login: PGUSER and PGPASSWORD are not set, and db/secret-arn is not published');
    const { SecretString = '{}' } = await client.send(new GetSecretValueCommand({ SecretId }));
    const { username, password } = JSON.parse(SecretString) as { readonly username: string; readonly password: string };
    return { user: username, password };
  };
}
