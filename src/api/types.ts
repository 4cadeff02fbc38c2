/** The types of the API, derived from the schema. Types only: importing this file loads nothing. */
import type { z } from 'zod';
import type { scalingTier } from './schema.ts';
import type { spec } from './spec.ts';
import type { status } from './status.ts';

/** Read-only at every depth; an optional field is absent, never `undefined`. */
type Exact<T> = T extends readonly (infer U)[]
  ? readonly Exact<U>[]
  : T extends object
    ? { readonly [K in keyof T]: Exact<Exclude<T[K], undefined>> }
    : T;

/** With fields that are always there. */
type Complete<T, K extends keyof T> = Omit<T, K> & { readonly [key in K]-?: Exclude<T[key], undefined> };

/** `spec` as a user may write it: defaulted fields may be left out. */
export type TierSpecInput = Exact<z.input<typeof spec>>;

/** `spec` as the API server stores it: every defaulted field is there. */
export type TierSpec = Exact<z.output<typeof spec>>;

/** `status`. */
export type TierStatus = Exact<z.output<typeof status>>;

/** A ScalingTier as a user may write it. */
export type ScalingTierManifest = Exact<z.input<typeof scalingTier>>;

/** `spec.database.rds`. */
export type RDSSpec = NonNullable<TierSpec['database']['rds']>;

/** `spec.loadBalancer`. */
export type LoadBalancerSpec = NonNullable<TierSpec['loadBalancer']>;

/** `spec.transition.traffic`, complete. */
export type TrafficSpec = NonNullable<TierSpec['transition']['traffic']>;

/** `spec.transition.observation`, complete. */
export type ObservationSpec = NonNullable<TierSpec['transition']['observation']>;

/** One entry of `spec.loadBalancer.listeners`. */
export type ListenerSpec = LoadBalancerSpec['listeners'][number];

/** One entry of `spec.loadBalancer.rules`. */
export type ListenerRuleSpec = NonNullable<LoadBalancerSpec['rules']>[number];

type TargetGroup = NonNullable<LoadBalancerSpec['targetGroups']>[number];

/** One entry of `spec.loadBalancer.targetGroups`, with what stands for absent fields. */
export type TargetGroupSpec = Complete<Omit<TargetGroup, 'healthCheck'>, 'port'> & {
  readonly healthCheck: Required<TargetGroup['healthCheck']>;
};

type AutoScaling = NonNullable<TierSpec['compute']['autoScaling']>;

/** `spec.compute.autoScaling`, with what stands for absent policies. */
export type AutoScalingSpec = Complete<AutoScaling, 'policies'>;

/** One entry of `spec.compute.autoScaling.policies`. */
export type AutoScalingPolicySpec = AutoScalingSpec['policies'][number];

/** `spec.cache`, with what stands for absent fields; what Node alone has is there with Serverless too. */
export type CacheSpec = Complete<NonNullable<TierSpec['cache']>, 'engineVersion' | 'nodeType' | 'replicas' | 'multiAZ'>;

/** `spec.storage`. */
export type StorageSpec = NonNullable<TierSpec['storage']>;

/** `spec.network.byo`. */
export type BringYourOwn = NonNullable<TierSpec['network']['byo']>;

/** A stage that works. */
export type StageName = TierSpec['stage'];

/** One entry of a list of the status. */
type Entry<K extends keyof TierStatus> = NonNullable<TierStatus[K]> extends readonly (infer U)[] ? U : never;

/** `metav1.Condition`. */
export type Condition = Entry<'conditions'>;

/** An anonymous create that was announced before the call to AWS. */
export type Intent = Entry<'intents'>;

/** One AWS resource of the tier. */
export type ResourceStatus = Entry<'resources'>;

/** One difference that someone else made. */
export type Drift = Entry<'drift'>;

/** A resource that was left in AWS on purpose. */
export type Retained = Entry<'retained'>;

/** Look-ups that must not move by themselves. */
export type Facts = NonNullable<TierStatus['facts']>;

/** Where things are reached. */
export type Endpoints = NonNullable<TierStatus['endpoints']>;

/** `status.plan`. */
export type PlanStatus = NonNullable<TierStatus['plan']>;

/** One step of `status.plan`. */
export type PlanStep = NonNullable<PlanStatus['steps']>[number];

/** `status.transition`. */
export type TransitionStatus = NonNullable<TierStatus['transition']>;

/** One line of a move's runbook, as the status shows it. */
export type TransitionStep = NonNullable<TransitionStatus['steps']>[number];

/** `status.cost`. */
export type CostStatus = NonNullable<TierStatus['cost']>;

/** Newest copy of the data. */
export type DataProtection = NonNullable<TierStatus['dataProtection']>;
