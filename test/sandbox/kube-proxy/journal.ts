/**
 * Every request to the API server in the order in which they came, and the answers to reads, so that they can be given
 * again. Promises are asserted on it: what the server saw, never what a client says. It must not change a call.
 */
import type { KubeAnswer } from './answer.ts';
import type { KubeCall } from './call.ts';

/** What became of one request. */
export interface KubeEntry extends KubeCall {
  readonly seq: number;
  readonly time: number;
  status: number;
  /**
   * `ok`, `refused` by the server or by a rule, `pending` while it is under way, `lost` when the server did it and the answer
   * never left, `reset` when the server never heard of it, `abandoned` when the client hung up first.
   */
  outcome: 'ok' | 'refused' | 'pending' | 'lost' | 'reset' | 'abandoned';
  /** The rule that struck. */
  fault?: string;
}

/** The journal. */
export interface KubeJournal {
  open(call: KubeCall): KubeEntry;
  entries(since: number): readonly KubeEntry[];
  latest(): number;
  /** Remembers the answer to a read. */
  keep(seq: number, answer: KubeAnswer): void;
  /** The answer to an earlier read. */
  kept(seq: number): KubeAnswer;
}

/** Entries and answers kept; older ones go, so that a long run cannot fill the memory. */
const ENTRIES = 50_000;
const ANSWERS = 500;

/** An empty journal. */
export function createKubeJournal(): KubeJournal {
  let entries: KubeEntry[] = [];
  const answers = new Map<number, KubeAnswer>();
  let seq = 0;
  return {
    open(call) {
      seq += 1;
      const entry: KubeEntry = { ...call, seq, time: Date.now(), status: 0, outcome: 'pending' };
      entries.push(entry);
      if (entries.length > ENTRIES) entries = entries.slice(ENTRIES / 10);
      return entry;
    },
    entries: (since) => entries.filter((entry) => entry.seq > since),
    latest: () => seq,
    keep(number, answer) {
      answers.set(number, answer);
      const oldest = answers.size > ANSWERS ? answers.keys().next().value : undefined;
      if (oldest !== undefined) answers.delete(oldest);
    },
    kept(number) {
      const answer = answers.get(number);
      if (answer === undefined) throw new Error(`replay of request ${number}: it was no read, or is too long ago`);
      return answer;
    },
  };
}
