/** The schema offline: the same defaults and the same judgement as the API server, for manifests that no server has seen. */
import type { z } from 'zod';
import { scalingTier } from './schema.ts';
import { autoScaling, POLICIES_DEFAULT } from './spec/auto-scaling.ts';
import { CACHE_VERSIONS, cache, NODE_DEFAULTS } from './spec/cache.ts';
import { loadBalancer } from './spec/load-balancer.ts';
import { rds } from './spec/rds.ts';
import { storage } from './spec/storage.ts';
import { APP_PORT, HEALTH_PATH, IMPLIED_TARGET_GROUP, targetGroup } from './spec/target-group.ts';
import { observation, traffic } from './spec/transition.ts';
import { spec } from './spec.ts';
import type {
  AutoScalingSpec,
  CacheSpec,
  LoadBalancerSpec,
  ObservationSpec,
  RDSSpec,
  StorageSpec,
  TargetGroupSpec,
  TierSpec,
  TierSpecInput,
  TrafficSpec,
} from './types.ts';
import { unknownFields } from './unknown-fields.ts';

export { APP_PORT, HEALTH_PATH } from './spec/target-group.ts';

/** A complete spec; throws with one line for each fault. */
export function withDefaults(input: TierSpecInput): TierSpec {
  const result = spec.safeParse(input, { reportInput: true });
  if (!result.success) throw new Error(`spec is not valid: ${sentences(result.error, ['spec']).join('; ')}`);
  return result.data as TierSpec;
}

/** What an absent `spec.database.rds` stands for, where a stage has a database of its own. */
export const RDS_DEFAULTS: RDSSpec = rds.parse({}) as RDSSpec;

/** What an absent `spec.storage` stands for. */
export const STORAGE_DEFAULTS: StorageSpec = storage.parse({}) as StorageSpec;

/** What stands for `spec.loadBalancer` where it was taken out, and only how things end is asked. */
export const BALANCER_DEFAULTS: LoadBalancerSpec = loadBalancer.parse({
  allowPlaintext: true,
  listeners: [{ port: 80, protocol: 'HTTP' }],
}) as LoadBalancerSpec;

/** What an absent `spec.transition.traffic` stands for. */
export const TRAFFIC_DEFAULTS: TrafficSpec = traffic.parse({}) as TrafficSpec;

/** What an absent `spec.transition.observation` stands for. */
export const OBSERVATION_DEFAULTS: ObservationSpec = observation.parse({}) as ObservationSpec;

/** What an absent `spec.compute.autoScaling` stands for. */
export const AUTO_SCALING_DEFAULTS: AutoScalingSpec = {
  ...(autoScaling.parse({}) as TierSpec['compute']['autoScaling'] & object),
  policies: POLICIES_DEFAULT as AutoScalingSpec['policies'],
};

/** `spec.compute.autoScaling` with what stands for what is absent. */
export function autoScalingOf({ compute }: Pick<TierSpec, 'compute'>): AutoScalingSpec {
  return { ...AUTO_SCALING_DEFAULTS, ...compute.autoScaling };
}

/** `spec.cache` with what stands for what is absent. */
export function cacheOf({ cache: given = CACHE_EMPTY }: Pick<TierSpec, 'cache'>): CacheSpec {
  const { engineVersion = CACHE_VERSIONS[given.engine], replicas = NODE_DEFAULTS.replicas } = given;
  return { ...NODE_DEFAULTS, multiAZ: replicas > 0, ...given, engineVersion, replicas };
}

const CACHE_EMPTY = cache.parse({}) as NonNullable<TierSpec['cache']>;

/** What an absent `spec.cache` stands for. */
export const CACHE_DEFAULTS: CacheSpec = cacheOf({});

/** `spec.loadBalancer.targetGroups` with what stands for what is absent: ports, paths, or one group altogether. */
export function targetGroupsOf({
  compute,
  loadBalancer,
}: Pick<TierSpec, 'compute' | 'loadBalancer'>): readonly TargetGroupSpec[] {
  const { appPort = APP_PORT, healthPath = HEALTH_PATH } = compute;
  return (loadBalancer?.targetGroups ?? [IMPLIED]).map(({ port = appPort, healthCheck, ...group }) => ({
    ...group,
    port,
    healthCheck: { ...healthCheck, path: healthCheck.path ?? healthPath },
  }));
}

const IMPLIED = targetGroup.parse({ name: IMPLIED_TARGET_GROUP, isDefault: true }) as NonNullable<
  NonNullable<TierSpec['loadBalancer']>['targetGroups']
>[number];

/** What is wrong with a manifest, one sentence for each fault, in the order of the schema; empty when it would be accepted. */
export function faultsOf(manifest: unknown): readonly string[] {
  const result = scalingTier.safeParse(manifest, { reportInput: true });
  const strange = unknownFields(manifest).map((path) => `${path}: unknown field`);
  return result.success ? strange : [...strange, ...sentences(result.error, [])];
}

function sentences(error: z.ZodError, at: readonly string[]): readonly string[] {
  return error.issues.map((issue) => {
    if (issue.code === 'custom') return issue.message;
    const path = [...at, ...issue.path].map(String).join('.');
    return `${path === '' ? 'manifest' : path}: ${sentence(issue)}`;
  });
}

function sentence(issue: z.core.$ZodIssue): string {
  if ('input' in issue && issue.input === undefined) return 'is required';
  if (issue.code === 'invalid_format' && 'pattern' in issue) return `must match ${String(issue.pattern)}`;
  const text = issue.message;
  return text.charAt(0).toLowerCase() + text.slice(1);
}
