/**
 * What the proxy must know of one AWS service. One file under a folder of the service's name declares it, and the list
 * in `services.ts` names it; nothing else changes when a service is added.
 */
import type { Params, Step } from './call.ts';
import type { Incoming } from './decode.ts';
import type { Protocol } from './protocol.ts';
import type { Limits } from './throttle.ts';
import type { World } from './world.ts';

/** One AWS service. */
export interface Service {
  /** As the journal names it. */
  readonly name: string;
  /** As signatures name it (`monitoring` for CloudWatch). */
  readonly signingName: string;
  readonly protocol: Protocol;
  /** One for all regions of an account, as IAM is. */
  readonly global?: boolean;
  /** `Version` of the form protocols, prefix of `X-Amz-Target` of the JSON ones: for questions of the proxy's own. */
  readonly api: string;
  /** Operation and parameters of a request, where the protocol does not name them. */
  readonly read?: (incoming: Incoming) => { readonly operation: string; readonly params: Params };
  /** Whether an operation changes something. */
  readonly writes: (operation: string) => boolean;
  readonly limits: Limits;
  /** The ids that a successful call made. */
  readonly created?: (operation: string, body: string) => readonly string[];
  /** The steps of its calls, outermost first; the last one's `next` is the stand-in. */
  readonly steps: (world: World) => readonly Step[];
}

const READS = /^(Describe|Get|List|Head|BatchGet|Search|Lookup|Simulate|Decode|AssumeRole)/;

/** AWS's naming: what is not a read changes something. */
export function writesByName(operation: string): boolean {
  return !READS.test(operation);
}

/** A service of which nothing is known but its name: its calls pass through unchanged. */
export function plainService(signingName: string, protocol: Protocol): Service {
  const limits: Limits = { throttled: 'ThrottlingException', status: 400, rows: [] };
  return { name: signingName, signingName, protocol, api: '', writes: writesByName, limits, steps: () => [] };
}
