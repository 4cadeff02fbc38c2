/**
 * As whom the app comes to its database: with the role of its own, which moves along with its password, or, where nobody says which
 * that is, as the user of the secret that the tier publishes. It must not keep a password longer than the secret says.
 */
import type { Login } from './database.ts';
import type { Published } from './published.ts';
import type { Secrets } from './secrets.ts';

/** Names below the tier's prefix that are the app's: a person writes them, the operator never does. */
const [USER, PASSWORD] = ['notes/user', 'notes/password'] as const;

function ofItsOwn(published: Published): Login | undefined {
  const [user, password] = [USER, PASSWORD].map((name) => published.get(name));
  return user && password ? { user, password } : undefined;
}

/** Answers with a function that finds the login for what is published. */
export function loginFinder(secrets: Secrets, given: Login | undefined): (published: Published) => Promise<Login> {
  return async (published) => {
    const own = given ?? ofItsOwn(published);
    if (own) return own;
    const secret = published.get('db/secret-arn');
    if (!secret)
      throw new Error(
        `finding a login: neither DATABASE_USER and DATABASE_PASSWORD, nor ${USER} and ${PASSWORD}, nor db/secret-arn`,
      );
    const { username: user, password } = await secrets(secret);
    return { user, password };
  };
}
