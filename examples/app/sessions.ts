/** Who is logged in: a file for each session, so that a restart logs nobody out. It must not let a name become a path. */
import { randomBytes } from 'node:crypto';
import { readWhole, writeWhole } from './files.ts';

/** All sessions. */
export interface Sessions {
  /** Begins one; answers with its id, which is all that a browser needs to know. */
  begin(user: string): Promise<string>;
  /** Whose it is; nothing when there is none. */
  userOf(id: string): Promise<string | undefined>;
}

const ID = /^[0-9a-f]{32}$/;

/** Sessions in a folder. */
export function createSessions(folder: string): Sessions {
  return {
    async begin(user) {
      const id = randomBytes(16).toString('hex');
      await writeWhole(folder, id, user);
      return id;
    },
    async userOf(id) {
      return ID.test(id) ? (await readWhole(folder, id))?.toString() : undefined;
    },
  };
}
