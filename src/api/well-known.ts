/**
 * The words that users, GitOps tools and the operator agree on: names of the API, annotations, conditions and reasons.
 * Constants only; what they mean in action is decided elsewhere.
 */

/** API group of the custom resource, and prefix of every annotation, label and tag key of ours. */
export const GROUP = 'scalingtier.dev';

/** Served and stored version. */
export const VERSION = 'v1alpha1';

/** `apiVersion` of every object of ours. */
export const API_VERSION = `${GROUP}/${VERSION}`;

/** `kind` of the custom resource. */
export const KIND = 'ScalingTier';

/** Resource name in URLs and RBAC rules. */
export const PLURAL = 'scalingtiers';

/** Name of the CustomResourceDefinition. */
export const CRD_NAME = `${PLURAL}.${GROUP}`;

/** Keeps the object until AWS holds nothing of ours any more. */
export const FINALIZER = `${GROUP}/cleanup`;

/** Field manager of everything that the operator writes to Kubernetes. */
export const FIELD_MANAGER = 'scalingtier-operator';

/** Requests that a person or a tool makes by annotation. */
export const ANNOTATIONS = {
  /** `"true"`: observe and report only; deletion still works. */
  paused: `${GROUP}/paused`,
  /** A new token: look now; echoed in `status.lastHandledReconcileAt`. */
  reconcileRequestedAt: `${GROUP}/reconcile-requested-at`,
  /** Flux's own request, handled the same way. */
  fluxReconcileRequestedAt: 'reconcile.fluxcd.io/requestedAt',
  /** The hash of a plan: approves exactly that plan. */
  approvePlan: `${GROUP}/approve-plan`,
  /** `"true"`: take over resources that carry our tags of an earlier object. */
  adopt: `${GROUP}/adopt`,
  /** `"true"`: let a deletion end although AWS still holds something. */
  forceOrphan: `${GROUP}/force-orphan`,
} as const;

/** Types of `status.conditions`. `Reconciling`, `Stalled` and `Transitioning` are present only while true. */
export const CONDITIONS = {
  ready: 'Ready',
  reconciling: 'Reconciling',
  stalled: 'Stalled',
  synced: 'Synced',
  upToDate: 'UpToDate',
  transitioning: 'Transitioning',
  dataSafe: 'DataSafe',
  recommended: 'Recommended',
} as const;

/** A condition type. */
export type ConditionType = (typeof CONDITIONS)[keyof typeof CONDITIONS];

/** Reasons of conditions, by type; the first of each list is the reason of the healthy status. */
export const CONDITION_REASONS = {
  Ready: ['Available', 'Creating', 'Transitioning', 'Deleting', 'Unavailable', 'Degraded', 'Invalid'],
  Reconciling: ['Progressing', 'Creating', 'Updating', 'Replacing', 'Deleting', 'Transitioning'],
  Stalled: [
    'Invalid',
    'AccessDenied',
    'QuotaExceeded',
    'OwnershipConflict',
    'ReconcileLoop',
    'BudgetExceeded',
    'DataLossRefused',
    'TransitionFailed',
  ],
  Synced: ['ReconcileSuccess', 'ReconcileError', 'Throttled', 'CredentialsInvalid', 'Paused'],
  UpToDate: ['InSync', 'Progressing', 'DriftDetected', 'AwaitingApproval', 'AwaitingWindow', 'UpdateRestricted'],
  Transitioning: ['Settled', 'StepRunning', 'RollingBack', 'Waiting'],
  DataSafe: ['RecentCopy', 'NoBackup', 'BackupTooOld'],
  Recommended: ['Sufficient', 'NoMetrics', 'Outgrown'],
} as const satisfies Record<ConditionType, readonly string[]>;

/** A reason that a condition of type `T` may carry. */
export type ConditionReason<T extends ConditionType = ConditionType> = (typeof CONDITION_REASONS)[T][number];

/** Reasons of events: one when something happens, none when nothing does. */
export const EVENT_REASONS = [
  'Creating',
  'Created',
  'Updating',
  'Updated',
  'Replacing',
  'Deleting',
  'Deleted',
  'Retained',
  'DriftDetected',
  'DriftCorrected',
  'PlanReady',
  'PlanApproved',
  'TransitionStarted',
  'StepCompleted',
  'TransitionCompleted',
  'TransitionRolledBack',
  'TransitionFailed',
  'FailoverObserved',
  'Throttled',
  'AccessDenied',
  'QuotaExceeded',
  'OwnershipConflict',
  'Invalid',
  'DataLossRefused',
  'ReconcileLoop',
  'Recommendation',
] as const;

/** A reason of an event. */
export type EventReason = (typeof EVENT_REASONS)[number];
