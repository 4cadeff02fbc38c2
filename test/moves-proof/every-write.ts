/**
 * Kills the operator at its writes to AWS until the move is over: at each third, so that a process comes further than the one before
 * it, and three runs that begin one write apart come to all of them. It must not judge how the move ends.
 */
import { keepAlive } from '../sandbox/keep-alive.ts';
import type { Entry } from '../sandbox/proxy/client.ts';
import { isThere, isTidy, type UnderWay } from './under-way.ts';

/**
 * Writes from one death to the next. What was not done is the next process's first write. Fewer would never come any further: a
 * command is sent, and then written down.
 */
const APART = { before: 4, after: 3 } as const;

/** How far a record is that is written. */
function standingOf(value: unknown): string {
  if (typeof value !== 'string' || !value.startsWith('{')) return '';
  const { state, commandId } = JSON.parse(value) as { readonly state?: string; readonly commandId?: string };
  return [state, state === 'sent' && commandId ? 'noted' : undefined].filter(Boolean).join(', ');
}

/** What a write is about, in words that are the same in another run: a step's record, a command, a parameter, or an operation. */
function labelOf({ operation, params }: Entry, prefix: string): string {
  const { Name, Comment, Value } = params;
  const subject = typeof Name === 'string' && Name.startsWith(prefix) ? Name.slice(prefix.length) : Comment;
  return [operation, subject, standingOf(Value)].filter((part) => typeof part === 'string' && part !== '').join(' ');
}

/** Kills the operator so until the move is over, and tells what was written, and where it died. */
export async function killAtWrites(
  { scene, tier, run, tell }: UnderWay,
  { when, first }: { readonly when: 'before' | 'after'; readonly first: number },
): Promise<void> {
  const { account, proxy, namespace } = scene;
  const owner = `${namespace}/${tier}`;
  const since = await proxy.latest();
  const put = async (nth: number): Promise<string> => {
    const [id = ''] = await proxy.addFaults({
      match: { account: account.id, tier: owner, write: true, nth },
      effect: { kind: 'kill', when, pid: scene.operator().pid },
      count: 1,
    });
    return id;
  };
  let rule = await put(first);
  const alive = keepAlive(scene, async () => {
    await proxy.removeFault(rule);
    rule = await put(APART[when]);
  });
  await scene.until(tier, 'it is there', (now) => isThere(now, run) && isTidy(now), run.patienceSeconds);
  await proxy.removeFault(rule);
  // Whoever answers now is one that nothing ends any more.
  await scene.lookNow(tier, run.patienceSeconds);
  alive.release();
  const isOperator = ({ write, caller, tier: whose }: Entry): boolean =>
    write && whose === owner && caller.userAgent.includes('scalingtier-operator');
  const writes = (await proxy.journal({ account: account.id, since })).filter(isOperator);
  const label = (entry: Entry): string => labelOf(entry, `/scaling-tier/${owner}/`);
  const at = writes.filter(({ fault }) => fault !== undefined).map(label);
  if (alive.deaths() * 2 * APART[when] < new Set(writes.map(label)).size)
    throw new Error(`killing the operator at its writes: it died only ${alive.deaths()} times`);
  tell({ when, made: [...new Set(writes.map(label))], at: [...new Set(at)] });
}
