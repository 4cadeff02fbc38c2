/** The last act of the demo: the second tier's one server becomes a fleet behind a load balancer while people use the app. */
import type { TransitionStep } from '../../src/api/types.ts';
import { audit } from '../moves-proof/audit.ts';
import { BEHIND_BALANCER } from '../moves-proof/fleet-runs.ts';
import { type Book, longestGapSeconds, sendUsers } from '../moves-proof/users.ts';
import type { SandboxState } from '../sandbox/sandbox.ts';
import type { Person } from './aws.ts';
import type { AppInUse } from './database.ts';
import { insist, say, show, until } from './stage.ts';
import { inDemo, type Tier } from './tier.ts';

/** Servers that the fleet has at least. */
const SERVERS = 2;
/** Notes that people write before the move, and after it. */
const SOME = 20;

/** What people know that they have, before and now. */
const together = (before: Book, now: Book): Book => ({
  ...now,
  notes: new Map([...before.notes, ...now.notes]),
  doubtful: new Set([...before.doubtful, ...now.doubtful]),
  uploads: new Map([...before.uploads, ...now.uploads]),
  sessions: [...before.sessions, ...now.sessions],
});

/** Tells each step once, when it is done. */
export function stepTeller(tier: Tier, first: () => Promise<void> = async () => {}): () => Promise<void> {
  const told = new Set<string>();
  return async () => {
    const steps = JSON.parse((await tier.get('.status.transition.steps')) || '[]') as readonly TransitionStep[];
    for (const { id, does, state: reached, result } of steps) {
      if (reached !== 'Done' || told.has(id)) continue;
      if (told.size === 0) await first();
      told.add(id);
      show(`${id.padEnd(4)}${does}${result === undefined ? '' : `: ${result}`}`);
    }
  };
}

/** Moves the app behind a load balancer; `before` is what people wrote in the acts before. */
export async function moveToFleet(
  state: SandboxState,
  tier: Tier,
  aws: Person,
  { app, local }: AppInUse,
  before: Book,
): Promise<void> {
  say(`One server is not enough for ${tier.name}: stage LoadBalanced, while people log in, write, read and upload.`);
  const users = sendUsers(app, `${tier.name}-later`);
  try {
    await until('people have written notes', 30, async () => users.count() >= SOME);
    const began = Date.now();
    await tier.patch({ stage: 'LoadBalanced', approval: null, ...BEHIND_BALANCER });
    const tell = stepTeller(tier);
    await until('the fleet serves alone', 240, async () => {
      await tell();
      return (await tier.get('.status.stage')) === 'LoadBalanced';
    });
    await tier.settled('the tier is as asked', 90);
    const count = users.count();
    await until('people write notes to the fleet', 30, async () => users.count() >= count + SOME);
    const book = await users.stop();
    const failed = book.failed.filter(({ at }) => at >= began);
    insist(failed.length === 0, `no request has failed (${failed.length}: ${failed[0]?.what})`);
    insist(book.uploads.size > 0, 'files were uploaded');
    insist(book.loggedOut.length === 0, `nobody was logged out (${book.loggedOut.length})`);
    const { lost, duplicated } = await audit(app, local, together(before, book));
    insist(lost.length === 0, `nothing is lost (${lost.slice(0, 3).join(', ')})`);
    insist(duplicated.length === 0, `nothing is there twice (${duplicated.slice(0, 3).join(', ')})`);
    const serving = (await aws.servers()).filter(({ serves }) => serves).length;
    insist(serving === SERVERS, `${SERVERS} servers serve (${serving})`);
    const counted = `${book.notes.size} notes, ${book.uploads.size} files and ${book.reads} reads`;
    const longest = longestGapSeconds(book, began).toFixed(1);
    say(
      `Moved: ${SERVERS} servers serve behind ${await tier.get('.status.endpoints.loadBalancerDNS')}. Of ${counted} no request failed, and nobody was logged out; what was acknowledged is all there, uploads in the bucket. The longest time between two notes was ${longest} s.`,
    );
    show(await inDemo(state, ['get', 'scalingtiers']));
  } finally {
    await users.stop();
  }
}
