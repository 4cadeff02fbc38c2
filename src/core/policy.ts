/** What a plan may do: the user's policies and the memory that they need, as plain data and pure questions. */
import type { Approval } from './approval.ts';
import type { NodeId } from './ref.ts';

/** The user's policies for one plan. */
export interface Policy {
  readonly drift: 'Correct' | 'Report' | 'Off';
  readonly ignore: readonly { readonly role: string; readonly fields: readonly string[] }[];
  /** A person confirmed, by name, that data may be lost. */
  readonly acceptDataLoss: boolean;
  /** The tags that a node's resource must carry. */
  readonly tagsOf: (node: NodeId, incarnation: number) => Readonly<Record<string, string>>;
  /** Keys of tags that we set earlier and that nobody wants any more. */
  readonly obsoleteTags: readonly string[];
  /** Whether this incarnation of a node, or a later one, was announced so recently that AWS's reads may not show it yet. */
  readonly searching: (node: NodeId, incarnation: number) => boolean;
  /** All nodes of which something was announced so recently. */
  readonly sought: readonly NodeId[];
  /** Whether a resource, or without an id any of this node, was left in AWS already: not all of them can be marked so. */
  readonly left: (node: NodeId, id?: string) => boolean;
  /** What waits for a person. Without it: only what a kind insists on. */
  readonly approval?: Approval;
  /** Until the end of this node's time nothing is done that restarts or replaces something. */
  readonly still?: NodeId;
  /** What goes with a move that is taken back: until then it stays as it is, whatever the spec says meanwhile. */
  readonly passing?: ReadonlySet<NodeId>;
  /** Whether a deviation was seen before, long enough ago to be more than AWS's own lag. */
  readonly confirmed: (node: NodeId, field: string) => boolean;
}

/** Whether the user asked to leave a field of a node alone. */
export function isIgnored(policy: Policy, node: NodeId, path: string): boolean {
  return policy.ignore.some(
    ({ role, fields }) => role === node && fields.some((field) => path === field || path.startsWith(`${field}.`)),
  );
}
