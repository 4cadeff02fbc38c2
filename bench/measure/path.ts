/**
 * Where the time of a creation goes. Somebody who looks at AWS all the time notes when each node of the graph was made and when
 * it could be stood upon; walked back from the end, always along what was waited for longest, that is the path on which the
 * tier came to be, and what passed on it between two steps of AWS is the operator's. It knows no kind.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { AnyResource, Aws } from '../../src/aws/driver.ts';
import { allOf } from '../../src/aws/pages.ts';
import type { Graph, Node } from '../../src/core/graph.ts';
import type { Health, Owned, Owner } from '../../src/core/kind.ts';
import type { NodeId } from '../../src/core/ref.ts';

/** When something was there, could be stood upon, and served; milliseconds since 1970. */
export interface Moments {
  readonly made: number;
  readonly usable: number;
  readonly serving: number;
}

/** One edge of the path: what was made when what it waited for was done, and how long AWS took for it afterwards. */
export interface Step {
  readonly node: NodeId;
  /** From what it waited for to its making. */
  readonly from: number;
  readonly to: number;
}

/** A path: its edges in the order of time, and milliseconds of AWS between them. */
export interface Path {
  readonly steps: readonly Step[];
  readonly waiting: number;
}

const isUsable = ({ phase }: Health): boolean => phase === 'ready' || phase === 'warming';

/** Milliseconds between looks, so that who is watched gets a turn. */
const BREATH = 100;

/** What is known of a node so far: each at most once, and each by when it was not so at the latest. */
type Notes = { -readonly [K in keyof Moments]?: number } & { looked?: number };

function note(notes: Notes, { health, node, id }: Owned, { began, ended }: { began: number; ended: number }): void {
  if (health.phase === 'failed') throw new Error(`watch ${node}: ${id} failed: ${health.reason ?? health.state}`);
  // Both to the operator's disadvantage: made at the end of the look that shows it, done at the start of the last that did not.
  notes.made ??= ended;
  const since = notes.looked ?? notes.made;
  if (isUsable(health)) notes.usable ??= since;
  if (health.phase === 'ready') notes.serving ??= since;
  notes.looked = began;
}

/** What a look is at, and whose. */
export interface Watched {
  readonly aws: Aws;
  readonly graph: Graph;
  readonly owner: Owner;
  readonly resources: readonly AnyResource[];
}

/** Nodes that may come to be, or to serve, at any moment: what they stand on is there. */
const dueIn = (graph: Graph, notes: ReadonlyMap<NodeId, Notes>): readonly Node[] =>
  [...graph.values()].filter(
    ({ id, needs }) =>
      notes.get(id)?.serving === undefined && needs.every((need) => notes.get(need)?.usable !== undefined),
  );

async function look({ aws, graph, owner, resources }: Watched, notes: Map<NodeId, Notes>): Promise<void> {
  const due = dueIn(graph, notes);
  const types = new Set(due.map(({ kind }) => kind.type));
  const pending = new Set(due.map(({ id }) => id));
  const kinds = resources.filter(({ type }) => types.has(type));
  await Promise.all(
    kinds.map(async (kind) => {
      const began = Date.now();
      const found = await allOf(kind.observe(aws, { by: 'tiers', owners: [owner] }));
      const ended = Date.now();
      for (const owned of found) {
        if (!owned.node || !pending.has(owned.node)) continue;
        const noted = notes.get(owned.node) ?? {};
        notes.set(owned.node, noted);
        note(noted, owned, { began, ended });
      }
    }),
  );
}

/** Looks until the end; answers with the moments of every node that came to serve. */
export async function watch(watched: Watched, isOver: () => boolean): Promise<ReadonlyMap<NodeId, Moments>> {
  const notes = new Map<NodeId, Notes>();
  while (!isOver()) {
    await look(watched, notes);
    await delay(BREATH);
  }
  return new Map(
    [...notes].flatMap(([id, { made, usable, serving }]) =>
      made === undefined || usable === undefined || serving === undefined ? [] : [[id, { made, usable, serving }]],
    ),
  );
}

/** The one of these whose moment is the latest. */
function latest<T>(items: readonly T[], moment: (item: T) => number): T | undefined {
  return items.reduce<T | undefined>(
    (last, item) => (last === undefined || moment(item) > moment(last) ? item : last),
    undefined,
  );
}

/** What made a node serve that had to wait for others: whatever was made last of it and of what stands on it. */
function trigger(graph: Graph, moments: ReadonlyMap<NodeId, Moments>, id: NodeId): NodeId {
  const { serving = 0 } = moments.get(id) ?? {};
  const made = (node: NodeId): number => moments.get(node)?.made ?? 0;
  const dependents = [...graph.values()].filter(({ needs }) => needs.includes(id)).map((node) => node.id);
  return (
    latest(
      [id, ...dependents].filter((node) => made(node) < serving),
      made,
    ) ?? id
  );
}

/** The path from `began` to `ended`, walked back from what served last. */
export function pathOf(
  graph: Graph,
  moments: ReadonlyMap<NodeId, Moments>,
  { began, ended }: { readonly began: number; readonly ended: number },
): Path {
  const last = latest([...moments.keys()], (id) => moments.get(id)?.serving ?? 0);
  if (last === undefined) throw new Error('walk the path of a creation: nothing was seen to be made');
  const done = moments.get(last)?.serving ?? ended;
  const steps: Step[] = [{ node: last, from: done, to: Math.max(done, ended) }];
  let waiting = 0;
  let [node, until]: [NodeId | undefined, number] = [trigger(graph, moments, last), done];
  while (node !== undefined) {
    const made: number = moments.get(node)?.made ?? began;
    waiting += Math.max(0, until - made);
    const needs: readonly NodeId[] = graph.get(node)?.needs ?? [];
    const awaited: NodeId | undefined = latest(needs, (need) => moments.get(need)?.usable ?? 0);
    const from: number = (awaited && moments.get(awaited)?.usable) ?? began;
    steps.unshift({ node, from: Math.min(from, made), to: made });
    [node, until] = [awaited, from];
  }
  return { steps, waiting };
}
