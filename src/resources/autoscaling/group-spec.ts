/**
 * What an Auto Scaling group is asked to be, to and from AWS's words. It must not call AWS. How many instances there are right
 * now is AWS's own affair: nothing here writes a capacity back that was only observed.
 */
import type {
  DeletionProtection,
  AutoScalingGroup as Description,
  InstanceMaintenancePolicy,
  Tag,
  TagDescription,
  UpdateAutoScalingGroupType,
} from '@aws-sdk/client-auto-scaling';
import type { Identity } from '../../aws/driver.ts';
import { TAG } from '../../aws/ownership.ts';
import type { Owned } from '../../core/kind.ts';

/** How far a group may leave its wanted size while instances are replaced, in percent. */
export interface MaintenancePolicy {
  readonly minHealthyPercentage: number;
  readonly maxHealthyPercentage: number;
}

export interface AutoScalingGroupSpec {
  readonly name: string;
  readonly minSize: number;
  readonly maxSize: number;
  /**
   * Only when a person asks for a number. It is asked of AWS once, when it changes: afterwards policies move it as they
   * find right.
   */
  readonly desiredCapacity?: number;
  readonly subnetIds: readonly string[];
  /** Template and version that the group begins with; from then on the instance refresh brings it to later ones. */
  readonly launchTemplateId: string;
  /** A number, as text. */
  readonly launchTemplateVersion: string;
  readonly healthCheckType: 'EC2' | 'ELB';
  /** Seconds after a launch for which health does not count. AWS's own default kills whatever boots slowly. */
  readonly healthCheckGracePeriod: number;
  /** Seconds. */
  readonly defaultInstanceWarmup: number;
  readonly targetGroupArns: readonly string[];
  readonly instanceMaintenancePolicy: MaintenancePolicy;
  /** Names of group metrics, collected every minute. */
  readonly metrics: readonly string[];
  readonly deletionProtection?: DeletionProtection;
  /** Tags of its instances. A key that the group carries too has the group's value. */
  readonly instanceTags: Readonly<Record<string, string>>;
  /** For the bill only. */
  readonly instanceType?: string;
}

/** What was asked last of a capacity that AWS moves by itself. */
export const CAPACITY_TAG = 'scalingtier.dev/desired-capacity';

/** A group names its version by number: AWS cannot roll back from, or to, a version that moves. */
export function numbered(version: string): string {
  if (/^\d+$/.test(version)) return version;
  const message = `use launch template version ${version}: only a number can be rolled back to`;
  throw Object.assign(new Error(message), { name: 'InvalidLaunchTemplateVersion' });
}

const OWNERSHIP: ReadonlySet<string> = new Set(Object.values(TAG));

/**
 * Whether instances get a tag of the group. Who owns the group is never among them: instances would be taken for resources
 * of the tier that nobody asked for.
 */
const reachesInstances = (
  key: string,
  { instanceTags }: Partial<Pick<AutoScalingGroupSpec, 'instanceTags'>>,
): boolean => key in (instanceTags ?? {}) && !OWNERSHIP.has(key);

/** One tag of a group as AWS takes it. */
export function groupTag(
  name: string,
  [key, value]: readonly [string, string],
  spec: Partial<Pick<AutoScalingGroupSpec, 'instanceTags'>>,
): Tag {
  return {
    ResourceId: name,
    ResourceType: 'auto-scaling-group',
    Key: key,
    Value: value,
    PropagateAtLaunch: reachesInstances(key, spec),
  };
}

/** All tags that a group is made with. */
export function groupTags(self: Identity, spec: AutoScalingGroupSpec): Tag[] {
  const capacity = spec.desiredCapacity === undefined ? {} : { [CAPACITY_TAG]: String(spec.desiredCapacity) };
  const tags = { ...spec.instanceTags, ...capacity, ...self.tags };
  return Object.entries(tags).map((tag) => groupTag(spec.name, tag, spec));
}

/** Tags as a record, without AWS's own. */
export function tagsOf(tags: readonly TagDescription[] = []): Readonly<Record<string, string>> {
  return Object.fromEntries(
    tags.flatMap(({ Key, Value }) => (Key && !Key.startsWith('aws:') ? [[Key, Value ?? '']] : [])),
  );
}

type Settings = Omit<UpdateAutoScalingGroupType, 'AutoScalingGroupName'>;

const policyInput = (policy: MaintenancePolicy): InstanceMaintenancePolicy => ({
  MinHealthyPercentage: policy.minHealthyPercentage,
  MaxHealthyPercentage: policy.maxHealthyPercentage,
});

/** What each field is in a call that creates or updates a group. */
const SETTINGS: { readonly [K in keyof AutoScalingGroupSpec]?: (spec: AutoScalingGroupSpec) => Settings } = {
  minSize: ({ minSize }) => ({ MinSize: minSize }),
  maxSize: ({ maxSize }) => ({ MaxSize: maxSize }),
  desiredCapacity: ({ desiredCapacity }) => ({ DesiredCapacity: desiredCapacity }),
  subnetIds: ({ subnetIds }) => ({ VPCZoneIdentifier: subnetIds.join(',') }),
  healthCheckType: ({ healthCheckType }) => ({ HealthCheckType: healthCheckType }),
  healthCheckGracePeriod: ({ healthCheckGracePeriod }) => ({ HealthCheckGracePeriod: healthCheckGracePeriod }),
  defaultInstanceWarmup: ({ defaultInstanceWarmup }) => ({ DefaultInstanceWarmup: defaultInstanceWarmup }),
  instanceMaintenancePolicy: ({ instanceMaintenancePolicy: policy }) => ({
    InstanceMaintenancePolicy: policyInput(policy),
  }),
  deletionProtection: ({ deletionProtection }) => ({ DeletionProtection: deletionProtection }),
};

/** The settings of these fields, or of all; empty when none of them is a setting. */
export function settingsOf(spec: AutoScalingGroupSpec, fields?: ReadonlySet<string>): Settings {
  const isChosen = (field: string): boolean =>
    spec[field as keyof AutoScalingGroupSpec] !== undefined && (fields?.has(field) ?? true);
  const chosen = Object.entries(SETTINGS).filter(([field]) => isChosen(field));
  return Object.assign({}, ...chosen.map(([, write]) => write(spec)));
}

const listOf = (text = ''): readonly string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** AWS writes -1 for a bound that is not set. */
function policyOf(policy: InstanceMaintenancePolicy | undefined): MaintenancePolicy | null {
  const { MinHealthyPercentage: least = -1, MaxHealthyPercentage: most = -1 } = policy ?? {};
  return least < 0 || most < 0 ? null : { minHealthyPercentage: least, maxHealthyPercentage: most };
}

function capacityOf(tags: Readonly<Record<string, string>>): number | null {
  const asked = tags[CAPACITY_TAG];
  return asked === undefined ? null : Number(asked);
}

/** A group as read, in the shape of the spec. */
export function specOf(group: Description): Owned<AutoScalingGroupSpec>['spec'] {
  const { Tags = [], LaunchTemplate: template } = group;
  return {
    name: group.AutoScalingGroupName ?? null,
    minSize: group.MinSize ?? null,
    maxSize: group.MaxSize ?? null,
    desiredCapacity: capacityOf(tagsOf(Tags)),
    subnetIds: listOf(group.VPCZoneIdentifier),
    launchTemplateId: template?.LaunchTemplateId ?? null,
    launchTemplateVersion: template?.Version ?? null,
    // AWS may name every check that counts; the instance's own always does.
    healthCheckType: listOf(group.HealthCheckType).includes('ELB') ? 'ELB' : 'EC2',
    healthCheckGracePeriod: group.HealthCheckGracePeriod ?? 0,
    defaultInstanceWarmup: group.DefaultInstanceWarmup ?? null,
    targetGroupArns: group.TargetGroupARNs ?? [],
    instanceMaintenancePolicy: policyOf(group.InstanceMaintenancePolicy),
    metrics: (group.EnabledMetrics ?? []).flatMap(({ Metric }) => Metric ?? []),
    deletionProtection: group.DeletionProtection ?? 'none',
    instanceTags: tagsOf(Tags.filter(({ PropagateAtLaunch }) => PropagateAtLaunch)),
  };
}
