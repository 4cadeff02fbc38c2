/**
 * Kills the operator at each of its writes to AWS until the move is over: once at each, so that the next process comes one write
 * further. It must not judge how the move ends.
 */
import { keepAlive } from '../sandbox/keep-alive.ts';
import type { Entry } from '../sandbox/proxy/client.ts';
import { wordsOf } from '../sandbox/proxy/words.ts';
import { isThere, isTidy, type UnderWay } from './under-way.ts';

/** Kills the operator so until the move is over, and tells what was written, and where it died. */
export async function killAtWrites(
  { scene, tier, run, tell }: UnderWay,
  { when }: { readonly when: 'before' | 'after' },
): Promise<void> {
  const { account, proxy, namespace } = scene;
  const owner = `${namespace}/${tier}`;
  const match = { account: account.id, tier: owner, write: true, userAgent: 'scalingtier-operator' };
  const since = await proxy.latest();
  const died = new Set<string>();
  const put = async (): Promise<string> => {
    const effect = { kind: 'kill', when, pid: scene.operator().pid } as const;
    const [id = ''] = await proxy.addFaults({ match: { ...match, except: [...died] }, effect });
    return id;
  };
  let [rule, seen] = [await put(), since];
  const rules = new Set<string | undefined>([rule]);
  // Before it is ready the next process writes nothing.
  const alive = keepAlive(scene, async () => {
    await proxy.removeFault(rule);
    const entries = await proxy.journal({ account: account.id, since: seen });
    for (const entry of entries) if (rules.has(entry.fault)) died.add(wordsOf(entry));
    // Of what is under way still it is told later that it was struck.
    const next = entries.find(({ outcome }) => outcome === 'pending') ?? entries.at(-1);
    seen = next === undefined ? seen : next.seq - 1;
    rule = await put();
    rules.add(rule);
  });
  await Promise.race([
    scene.until(tier, 'it is there', (now) => isThere(now, run) && isTidy(now), run.patienceSeconds),
    alive.ended,
  ]);
  const until = await proxy.latest();
  await proxy.removeFault(rule);
  // Whoever answers now is one that nothing ends any more.
  await scene.lookNow(tier, run.patienceSeconds);
  alive.release();
  const isOperator = ({ seq, write, caller, tier: whose }: Entry): boolean =>
    seq <= until && write && whose === owner && caller.userAgent.includes(match.userAgent);
  const writes = (await proxy.journal({ account: account.id, since })).filter(isOperator);
  const missed = new Set(writes.map(wordsOf)).difference(died);
  if (missed.size > 0)
    throw new Error(`killing the operator at its writes: it did not die at ${[...missed].join('; ')}`);
  tell({ when, writes: died.size, deaths: alive.deaths() });
}
