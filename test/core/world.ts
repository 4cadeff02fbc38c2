/**
 * One tier in a world of its own: an API server that keeps its object, a cloud in memory, and an engine that runs passes over
 * both. Tests say what is wanted and what goes wrong; the loop of plan, apply and status is the real one.
 */
import { isDeepStrictEqual } from 'node:util';
import { EC2Client } from '@aws-sdk/client-ec2';
import { withDefaults } from '../../src/api/defaults.ts';
import { status as statusSchema } from '../../src/api/status.ts';
import type { TierSpec, TierSpecInput, TierStatus } from '../../src/api/types.ts';
import type { AnyResource, Aws } from '../../src/aws/driver.ts';
import { observer } from '../../src/aws/observer.ts';
import type { Blueprint } from '../../src/core/facts.ts';
import { EMPTY_GRAPH, type Graph } from '../../src/core/graph.ts';
import type { Tier, TierEvent, Verdict } from '../../src/core/tier.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import { createLog } from '../../src/ops/log.ts';
import { type ToyCloud, toyCloud } from './toy-cloud.ts';

/** Seconds since the epoch at the cloud's clock 0. */
const EPOCH = Date.UTC(2026, 10, 24) / 1000;

const REGION = 'us-east-1';

const LOOKUPS: Readonly<Record<string, object>> = {
  DescribeInstanceTypesCommand: {
    InstanceTypes: [{ ProcessorInfo: { SupportedArchitectures: ['arm64'] }, BurstablePerformanceSupported: true }],
  },
  DescribeImagesCommand: { Images: [{ Architecture: 'arm64', RootDeviceName: '/dev/xvda' }] },
  DescribeAvailabilityZonesCommand: {
    AvailabilityZones: [
      { ZoneId: 'use1-az1', ZoneName: 'us-east-1a' },
      { ZoneId: 'use1-az2', ZoneName: 'us-east-1b' },
    ],
  },
  DescribeInstanceTypeOfferingsCommand: {
    InstanceTypeOfferings: [{ Location: 'us-east-1a' }, { Location: 'us-east-1b' }],
  },
  GetParameterCommand: { Parameter: { Value: 'ami-0123456789abcdef0' } },
};

const answer = async (command: object): Promise<object> => LOOKUPS[command.constructor.name] ?? {};
// A real client, because the SDK's paginators look at its class; no call leaves the process.
const client = Object.assign(
  new EC2Client({ region: REGION, credentials: { accessKeyId: 'toy', secretAccessKey: 'toy' } }),
  { send: answer },
);
const AWS = { region: REGION, accountID: '123456789012', partition: 'aws', ec2: client, ssm: client } as unknown as Aws;

/** How a world begins. */
export interface WorldOptions {
  readonly kinds: (cloud: ToyCloud) => readonly AnyResource[];
  readonly graph: Graph;
  readonly spec?: Partial<TierSpecInput>;
  readonly lag?: number;
  /** Stages that are not what `graph` says, and the moves between them. */
  readonly stages?: Partial<Engine['stages']>;
  readonly moves?: Engine['moves'];
}

/** What befalls one pass. */
export interface PassFate {
  /** The process dies at the n-th write of this pass, counted from 0, before or after the cloud does it. */
  readonly crash?: { readonly at: number; readonly when: 'before' | 'after' };
  /** The process dies before the status of the pass is written. */
  readonly loseStatus?: boolean;
  /** The API server refuses records in mid-pass. */
  readonly refuseRecords?: boolean;
}

/** One tier, its cloud and its engine. */
export interface World {
  readonly cloud: ToyCloud;
  readonly engine: Engine;
  readonly tier: Tier;
  readonly events: TierEvent[];
  /** How often a status was written. */
  readonly statusWrites: () => number;
  want(graph: Graph, outputs?: Blueprint['outputs']): void;
  respec(change: Partial<TierSpecInput>): void;
  annotate(annotations: Readonly<Record<string, string>>): void;
  beginDeletion(): void;
  /** The object of a later life: other uid, no status. */
  reborn(uid: string): void;
  /** One pass; `undefined` when the process died in it. Time does not move. */
  pass(fate?: PassFate): Promise<Verdict | undefined>;
  /** Passes at the engine's own pace until it rests or is gone; fails when it never does. */
  settle(most?: number): Promise<Verdict>;
}

const NO_OUTPUTS: Blueprint['outputs'] = { endpoints: {}, dataCopies: [] };
const OWNER = { namespace: 'shop', name: 'web' };

const specOf = (change: Partial<TierSpecInput>): TierSpec =>
  withDefaults({ stage: 'SingleServer', aws: { region: REGION }, ...change });

/** Whether a verdict says that nothing is left to do. */
export function isAtRest({ status, gone }: Verdict): boolean {
  const upToDate = status.conditions?.find(({ type }) => type === 'UpToDate')?.status === 'True';
  const ready = status.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
  return gone || (upToDate && ready);
}

/** Starts a world. */
export function world({ kinds, graph, spec = {}, lag = 0, stages = {}, moves = [] }: WorldOptions): World {
  const cloud = toyCloud({ lag });
  let blueprint: Blueprint = { graph, outputs: NO_OUTPUTS };
  let input = spec;
  let statusWrites = 0;
  let dead = false;
  const events: TierEvent[] = [];
  const engine: Engine = {
    cluster: 'toys',
    sessions: { open: async () => AWS, close: () => undefined },
    observer: observer({ gather: 0 }),
    resources: kinds(cloud),
    stages: {
      SingleServer: () => blueprint,
      SeparateDatabase: () => blueprint,
      LoadBalanced: () => blueprint,
      ...stages,
    },
    moves,
    patience: { sweepSeconds: 0, driftConfirmationSeconds: 30, absenceGraceSeconds: 120, deepLookSeconds: 1_000_000 },
    log: createLog({ level: 'silent' }),
    onDeed: () => undefined,
    memory: new Map(),
    now: () => new Date((EPOCH + cloud.clock) * 1000),
  };
  let tier: Tier = {
    metadata: {
      ...OWNER,
      uid: 'uid-1',
      generation: 1,
      resourceVersion: '1',
      annotations: {},
      finalizers: ['scalingtier.dev/cleanup'],
    },
    spec: specOf(spec),
    status: { observedGeneration: -1 },
    references: { problems: [] },
  };

  const store = (status: TierStatus): void => {
    const read = JSON.parse(JSON.stringify(status)) as TierStatus;
    const judged = statusSchema.safeParse(read);
    if (!judged.success) throw new Error(`store the status: the API server would refuse it: ${judged.error.message}`);
    if (isDeepStrictEqual(read, tier.status)) return;
    statusWrites += 1;
    tier = { ...tier, status: read, metadata: { ...tier.metadata, resourceVersion: String(statusWrites) } };
  };
  const metadata = (change: Partial<Tier['metadata']>): void => {
    tier = { ...tier, metadata: { ...tier.metadata, ...change } };
  };

  /** Counts the writes of a pass and ends the process at the chosen one. */
  const dieAt = (crash: PassFate['crash']): (() => void) => {
    const { fault } = cloud;
    let count = 0;
    cloud.fault = (call) => {
      if (dead) return { refuse: 'ECONNREFUSED' };
      if (call.verb === 'observe') return fault(call);
      dead = crash !== undefined && count++ === crash.at;
      if (!dead) return fault(call);
      return crash?.when === 'before' ? { refuse: 'ECONNREFUSED' } : 'lost';
    };
    return () => {
      cloud.fault = fault;
    };
  };

  const run = async ({ crash, loseStatus = false, refuseRecords = false }: PassFate): Promise<Verdict | undefined> => {
    const revive = dieAt(crash);
    const record = async (status: TierStatus): Promise<void> => {
      if (dead || refuseRecords) throw new Error('record: the object has moved on');
      store(status);
    };
    try {
      const verdict = await reconcile(engine, tier, { signal: new AbortController().signal, record });
      if (dead || loseStatus) return undefined;
      store(verdict.status);
      events.push(...verdict.events);
      return verdict;
    } catch (error) {
      if (dead || refuseRecords) return undefined;
      throw error;
    } finally {
      revive();
      if (dead || loseStatus) engine.memory.clear();
      dead = false;
    }
  };

  return {
    cloud,
    engine,
    get tier() {
      return tier;
    },
    events,
    statusWrites: () => statusWrites,
    want(wanted, outputs = NO_OUTPUTS) {
      blueprint = { graph: wanted, outputs };
      metadata({ generation: tier.metadata.generation + 1 });
    },
    respec(change) {
      input = { ...input, ...change };
      tier = { ...tier, spec: specOf(input) };
      metadata({ generation: tier.metadata.generation + 1 });
    },
    annotate: (annotations) => metadata({ annotations }),
    beginDeletion: () => metadata({ deletionTimestamp: '2026-11-24T00:00:00Z' }),
    reborn(uid) {
      const { deletionTimestamp: _, ...kept } = tier.metadata;
      tier = { ...tier, metadata: { ...kept, uid, generation: 1 }, status: { observedGeneration: -1 } };
      engine.memory.clear();
    },
    pass: (fate = {}) => run(fate),
    async settle(most = 300) {
      let last: Verdict | undefined;
      for (let count = 0; count < most; count += 1) {
        last = await run({});
        if (last && isAtRest(last)) return last;
        cloud.clock += last?.requeueAfter ?? 1;
      }
      throw new Error(`settle: not at rest after ${most} passes: ${last?.status.message} ${last?.status.plan?.text}`);
    },
  };
}

/** The graph that wants nothing. */
export const NOTHING = EMPTY_GRAPH;
