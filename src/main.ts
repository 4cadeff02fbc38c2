/**
 * The operator's process: wires the layers, and is the only file that knows both Kubernetes and AWS. It decides nothing but
 * the order of beginning and end.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Command } from 'commander';
import { type Call, LeadershipLost } from './aws/gate.ts';
import { type Observer, observer } from './aws/observer.ts';
import { type Sessions, sessions } from './aws/session.ts';
import { addConfigOptions, type Config, parseConfig } from './config.ts';
import type { Deed, Engine } from './engine/engine.ts';
import { reconcile } from './engine/reconcile.ts';
import { createKubeApi, type KubeApi } from './kube/api.ts';
import { systemClock } from './kube/clock.ts';
import { type Controller, createController } from './kube/controller.ts';
import { createEventRecorder, type EventRecorder } from './kube/events.ts';
import { type Fence, soleFence } from './kube/fence.ts';
import { loadTarget } from './kube/kubeconfig.ts';
import { readReferences } from './kube/references.ts';
import { createShards, type Shards } from './kube/shards.ts';
import { moves } from './moves/index.ts';
import { kinds } from './operations/index.ts';
import { type OpsServer, startOpsServer } from './ops/http.ts';
import { createLog, type Log } from './ops/log.ts';
import { createMetrics, type Metrics } from './ops/metrics.ts';
import { letHelpersGiveWay } from './ops/threads.ts';
import { stages } from './stages/index.ts';
import { VERSION } from './version.ts';

/** Kubernetes kills a pod after its grace period; all of the end together stays well below 10 seconds. */
const PASSES_MILLISECONDS = 7_000;
const EVENTS_MILLISECONDS = 1_000;

/** The parts of a running operator, in the order in which they begin. */
interface Parts {
  readonly config: Config;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly api: KubeApi;
  readonly sessions: Sessions;
  readonly events: EventRecorder;
  readonly controller: Controller;
  /** Nothing when this process is known to be alone. */
  readonly shards: Shards | undefined;
  readonly server: OpsServer;
}

function countCall({ aws }: Metrics): (call: Call) => void {
  return ({ service, operation, outcome, seconds }) => {
    aws.calls.inc({ service, operation, outcome });
    aws.seconds.observe({ service }, seconds);
    if (outcome === 'throttled') aws.throttles.inc({ service, operation });
    if (outcome === 'ambiguous') aws.ambiguous.inc({ service, operation });
  };
}

function showSweeps({ aws, onScrape }: Metrics, watching: Observer): void {
  onScrape(() => {
    aws.sweepAge.reset();
    for (const { region, seconds } of watching.ages()) aws.sweepAge.set({ region }, seconds);
  });
}

interface EngineParts extends Pick<Parts, 'log' | 'metrics'> {
  readonly opened: Sessions;
  onChange(tier: string): void;
}

function engineOf(config: Config, { log, metrics, opened, onChange }: EngineParts): Engine {
  const watching = observer({ onChange });
  showSweeps(metrics, watching);
  return {
    cluster: config.clusterID,
    sessions: opened,
    observer: watching,
    resources: kinds,
    stages,
    moves,
    patience: config,
    log,
    onDeed: ({ kind, action, result }: Deed) => metrics.tier.actions.inc({ kind, action, outcome: result }),
    memory: new Map(),
    now: () => new Date(),
  };
}

function shardsOf(
  config: Config,
  {
    api,
    log,
    metrics,
    identity,
    controller,
  }: Pick<Parts, 'api' | 'log' | 'metrics' | 'controller'> & {
    readonly identity: string;
  },
): Shards | undefined {
  if (!config.leaderElect) return undefined;
  return createShards({
    api,
    log,
    metrics,
    identity,
    shards: config.shards,
    namespace: config.leaseNamespace,
    name: config.leaseName,
    leaseDuration: config.leaseDurationSeconds * 1000,
    renewDeadline: config.renewDeadlineSeconds * 1000,
    retryPeriod: config.retryPeriodSeconds * 1000,
    onGained: controller.lead,
    drain: controller.giveUp,
  });
}

async function assemble(config: Config): Promise<Parts> {
  const log = createLog({ level: config.logLevel });
  const metrics = createMetrics();
  metrics.tier.information.set({ version: VERSION, cluster: config.clusterID }, 1);
  const api = createKubeApi({ target: loadTarget(process.env), metrics });
  const identity = `${hostname()}_${randomUUID()}`;
  // Clients are shared by tiers of different shards: the pass that makes a write, not its client, knows the fence.
  const fences = new AsyncLocalStorage<Fence>();
  const assertLeading = (): void => {
    if (!fences.getStore()?.held()) throw new LeadershipLost('write to AWS: this process does not lead');
  };
  const opened = sessions({ assertLeading, onCall: countCall(metrics) }, config.awsRatePercent);
  // Sweeps and passes each set off the other: neither can be made last.
  const engine = engineOf(config, { log, metrics, opened, onChange: (tier) => controller.changed(tier) });
  const events = createEventRecorder({ api, instance: identity, log, metrics });
  const controller: Controller = createController({
    api,
    log,
    metrics,
    workers: config.workers,
    resyncSeconds: config.resyncSeconds,
    namespaces: config.watchNamespaces,
    shards: config.shards,
    reconcile: (tier, pass, fence) => fences.run(fence, () => reconcile(engine, tier, pass)),
    readReferences: ({ metadata, spec }) => readReferences(api, metadata.namespace, spec),
    emit: (tier, event) => events.record(tier, event),
  });
  const server = await startOpsServer({ address: config.metricsAddress, scrape: metrics.scrape, ...controller.checks });
  const shards = shardsOf(config, { api, log, metrics, identity, controller });
  return { config, log, metrics, api, sessions: opened, events, controller, shards, server };
}

/** Stops taking work, lets the current writes end, hands over the leases: in this order. */
async function end({ controller, events, shards, server, sessions: opened, api, log }: Parts): Promise<void> {
  const drained = await controller.stop(PASSES_MILLISECONDS);
  if (!drained) log.warn('a pass did not end in time; its creates are found again by their intents');
  await events.stop(EVENTS_MILLISECONDS);
  await shards?.stop();
  await server.close();
  opened.close();
  api.close();
}

function signalled(): Promise<'signal'> {
  return new Promise((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => resolve('signal'));
  });
}

async function lead({ controller, shards, config }: Parts): Promise<'lost'> {
  controller.watch();
  shards?.start();
  if (shards === undefined) {
    const fence = soleFence(systemClock);
    for (let shard = 0; shard < config.shards; shard++) controller.lead(shard, fence);
  }
  return (shards?.lost ?? new Promise<void>(() => {})).then(() => 'lost');
}

async function run(config: Config): Promise<void> {
  letHelpersGiveWay();
  const parts = await assemble(config);
  const { log, server } = parts;
  log.info({ version: VERSION, cluster: config.clusterID, port: server.port }, 'starting');
  const ending = signalled();
  const why = await Promise.race([ending, lead(parts)]);
  log.info({ why }, 'stopping');
  await end(parts);
  log.info('stopped');
  // A process that lost a lease must not linger: whatever it still holds is out of date.
  process.exit(why === 'lost' ? 1 : 0);
}

const program = new Command('scalingtier-operator')
  .description('Takes an application on AWS from one server to a million users')
  .version(VERSION);

addConfigOptions(program.command('run').description('Watch ScalingTiers and make AWS equal to them')).action(
  async (flags) => {
    await run(parseConfig(flags, process.env));
  },
);

program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`scalingtier-operator: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
