/**
 * What tags said of resources whose lists return neither tags nor anything else that names an owner. A sweep asks for the
 * tags of each such resource once and not again; fresh readings correct it. Losing it costs some reads. It holds no tags but
 * the claim in them, and must not decide whose a resource is.
 */
import { type Claim, claimOf, NO_CLAIM } from '../aws/ownership.ts';

type Tags = Readonly<Record<string, string>>;

/** The claims that are known of one kind, apart for each client: names are unique within an account and a region only. */
export interface ClaimMemory {
  /** Keeps what the tags of a resource say; of one without tags, that it claims nothing. */
  learn(client: object, id: string, tags: Tags): Claim;
  /** What is known; nothing when its tags have not been read. */
  recall(client: object, id: string): Claim | undefined;
  /** What is known, else what its tags say; when there is no such resource any more, nothing. */
  ask(client: object, id: string, read: () => Promise<Tags | undefined>): Promise<Claim>;
  /** Every id that claims something. */
  claiming(client: object): ReadonlyMap<string, Claim>;
  /** To be called with every write that may change its tags. */
  forget(client: object, id: string): void;
  /** Forgets all but these. */
  keepOnly(client: object, ids: ReadonlySet<string>): void;
}

/** Remembers nothing yet. */
export function claimMemory(): ClaimMemory {
  const places = new WeakMap<object, Map<string, Claim>>();

  const of = (client: object): Map<string, Claim> => {
    const known = places.get(client) ?? new Map<string, Claim>();
    places.set(client, known);
    return known;
  };

  const learn: ClaimMemory['learn'] = (client, id, tags) => {
    const claim = claimOf(tags);
    of(client).set(id, claim);
    return claim;
  };

  return {
    learn,
    recall: (client, id) => of(client).get(id),
    async ask(client, id, read) {
      const known = of(client).get(id);
      if (known) return known;
      const tags = await read();
      return tags ? learn(client, id, tags) : NO_CLAIM;
    },
    claiming: (client) => new Map([...of(client)].filter(([, { owner }]) => owner !== undefined)),
    forget: (client, id) => {
      of(client).delete(id);
    },
    keepOnly: (client, ids) => {
      for (const id of of(client).keys()) if (!ids.has(id)) of(client).delete(id);
    },
  };
}
