/**
 * The real engine in this process, towards whatever stands at an endpoint instead of AWS, and one tier's passes by hand. It
 * stands for no part of the product: everything that decides is the product's own.
 */
import { ANNOTATIONS } from '../../src/api/well-known.ts';
import { type Observer, observer } from '../../src/aws/observer.ts';
import { type Sessions, sessions } from '../../src/aws/session.ts';
import type { References, Tier, Verdict } from '../../src/core/tier.ts';
import type { Engine, Patience } from '../../src/engine/engine.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import { moves } from '../../src/moves/index.ts';
import { kinds } from '../../src/operations/index.ts';
import { createLog } from '../../src/ops/log.ts';
import { stages } from '../../src/stages/index.ts';
import { CLUSTER, type ReferenceTier } from './recording.ts';

/** An engine and what it stands on. */
export interface OpenEngine {
  readonly engine: Engine;
  close(): void;
}

/** What can be set about an engine. */
export interface EngineOptions {
  readonly endpoint: string;
  readonly patience?: Partial<Patience>;
  readonly ratePercent?: number;
  readonly now?: () => Date;
  readonly observing?: Observer;
}

const PATIENCE: Patience = {
  sweepSeconds: 0,
  driftConfirmationSeconds: 0,
  absenceGraceSeconds: 5,
  deepLookSeconds: 604_800,
};

/** Sessions read their endpoint and credentials from the environment, as in a pod. */
function openSessions(endpoint: string, ratePercent: number): Sessions {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: 'sandbox',
    AWS_SECRET_ACCESS_KEY: 'sandbox',
    AWS_EC2_METADATA_DISABLED: 'true',
  });
  return sessions({ assertLeading: () => {}, onCall: () => {} }, ratePercent);
}

/** Opens an engine. */
export function openEngine({ endpoint, patience, ratePercent = 1000, now, observing }: EngineOptions): OpenEngine {
  const opened = openSessions(endpoint, ratePercent);
  const engine: Engine = {
    cluster: CLUSTER,
    sessions: opened,
    observer: observing ?? observer(),
    resources: kinds,
    stages,
    moves,
    patience: { ...PATIENCE, ...patience },
    log: createLog({ level: process.env.BENCH_LOG ?? 'error' }),
    onDeed: () => {},
    memory: new Map(),
    now: now ?? (() => new Date()),
  };
  return { engine, close: () => opened.close() };
}

/** What a tier's spec names in its namespace; nothing in the bench. */
const NOTHING_NAMED: References = { problems: [] };

/** One pass over a reference tier; answers with the verdict and leaves the tier as it was. */
export function passOver(
  engine: Engine,
  { owner, spec, status }: ReferenceTier,
  { generation = 1, request }: { readonly generation?: number; readonly request?: string } = {},
): Promise<Verdict> {
  const tier: Tier = {
    metadata: {
      namespace: owner.namespace,
      name: owner.name,
      uid: owner.uid,
      generation,
      resourceVersion: '1',
      annotations: request === undefined ? {} : { [ANNOTATIONS.reconcileRequestedAt]: request },
      finalizers: [],
    },
    spec,
    status,
    references: NOTHING_NAMED,
  };
  return reconcile(engine, tier, { signal: new AbortController().signal, record: async () => {} });
}
