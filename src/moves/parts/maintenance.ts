/**
 * What an app may tell people while its database is closed. It only says why: whether the app can write is for the database to say,
 * and nothing waits for this.
 */
import type { Blueprint } from '../../core/facts.ts';
import type { GraphBuilder } from '../../core/graph.ts';
import { type Attempt, lineThat, type RunbookLine } from '../../core/move.ts';
import { parameters } from '../../stages/parts/parameters.ts';

/** From the step that closes the database until the app is told to go on. */
function isClosed(runbook: readonly RunbookLine[], { steps, begun }: Attempt): boolean {
  const there = runbook.filter(({ node }) => steps && begun(node));
  return lineThat(there, 'begins') !== undefined && lineThat(there, 'ends') === undefined;
}

/** The graph of a move with the parameter `app/maintenance` for as long as its database is closed; whatever else stays, that goes. */
export function withMaintenance(
  g: GraphBuilder,
  prefix: string,
  { runbook, attempt }: { readonly runbook: readonly RunbookLine[]; readonly attempt: Attempt },
): Pick<Blueprint, 'graph' | 'reference'> {
  const open = new Map(g.build());
  parameters(g, prefix, { 'app/maintenance': 'true' }, { end: 'Delete' });
  const closed = g.build();
  return { graph: isClosed(runbook, attempt) ? closed : open, reference: closed };
}
