/**
 * Creates by a name of which AWS's lists learn late: a name that is taken by the very node that asks was taken by an earlier
 * try of its own, and that is success. A stranger's name stays an error.
 */
import { classify } from '../aws/errors.ts';

/** What a create answers; when its name is taken, what `own` makes of that, or the refusal when it makes nothing of it. */
export async function unlessTaken<T>(creation: Promise<T>, own: () => Promise<T | undefined>): Promise<T> {
  try {
    return await creation;
  } catch (error) {
    if (classify(error).class !== 'exists') throw error;
    const found = await own();
    if (found === undefined) throw error;
    return found;
  }
}
