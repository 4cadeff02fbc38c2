/**
 * The step that brings a group's running instances to a version of its launch template: a new version changes nothing by
 * itself. It is started once for each version, AWS does it, and every pass says how far it is. A version that AWS rolled
 * back is not tried again until another one is asked for: that is noted in the mark, because AWS forgets it.
 */
import {
  CancelInstanceRefreshCommand,
  CreateOrUpdateTagsCommand,
  DeleteTagsCommand,
  DescribeInstanceRefreshesCommand,
  type AutoScalingGroup as Description,
  type InstanceRefresh as Refresh,
  StartInstanceRefreshCommand,
} from '@aws-sdk/client-auto-scaling';
import { type Aws, type Identity, resource } from '../../aws/driver.ts';
import { classify } from '../../aws/errors.ts';
import { claimOf, identify } from '../../aws/ownership.ts';
import type { Owned, Owner } from '../../core/kind.ts';
import { gone } from '../ec2/tagging.ts';
import { ifExists } from '../existing.ts';
import { inScope } from '../scope.ts';
import { fieldsChanged } from '../tag-changes.ts';
import { groupNamed, groupsIn } from './group-reading.ts';
import { numbered, tagsOf } from './group-spec.ts';
import {
  givenUp,
  isActive,
  isRunning,
  isSame,
  MARK_TAG,
  type Mark,
  markOf,
  markText,
  otherVersion,
  runningVersion,
  standingOf,
  targetOf,
} from './refresh-standing.ts';

export interface InstanceRefreshSpec {
  readonly groupName: string;
  readonly launchTemplateId: string;
  /** A number, as text. */
  readonly launchTemplateVersion: string;
  /** How many of the wanted instances must serve meanwhile, in percent; 100: new ones before old ones go. */
  readonly minHealthyPercentage: number;
  readonly maxHealthyPercentage: number;
  /** Seconds before a new instance counts; without it, the group's own. */
  readonly instanceWarmup?: number;
  /** Seconds for which AWS watches at the end before it calls it done. */
  readonly bakeTime?: number;
  /** CloudWatch alarms that end and roll back a refresh. */
  readonly alarms?: readonly string[];
}

export interface InstanceRefreshAttributes {
  readonly groupName: string;
  /** The version that all instances run; while they change, that of those which stay behind. */
  readonly runningVersion?: string;
}

type Observed = Owned<InstanceRefreshSpec, InstanceRefreshAttributes>;

const TYPE = 'autoscaling.refresh';

/** AWS keeps six weeks; what matters is among the newest. */
const HISTORY = 20;

const SUFFIX = '/refresh';

/** A group has one, so that its name is all that an id needs. */
const idOf = (groupName: string): string => `${groupName}${SUFFIX}`;
const nameOf = (id: string): string => id.slice(0, -SUFFIX.length);

/** Newest first. */
async function historyOf(aws: Aws, AutoScalingGroupName: string): Promise<readonly Refresh[]> {
  const call = new DescribeInstanceRefreshesCommand({ AutoScalingGroupName, MaxRecords: HISTORY });
  return (await ifExists(aws.autoScaling.send(call)))?.InstanceRefreshes ?? [];
}

const proofOf = ({ owner, node, incarnation }: Pick<Identity, 'owner' | 'node' | 'incarnation'>): string =>
  identify(owner, node, incarnation).token.slice(0, 16);

/** The owner of the group, when it was the owner who asked. */
function askerOf({ node, incarnation, proof }: Mark, owner: Owner | undefined): Owner | undefined {
  if (!owner?.uid) return undefined;
  return proofOf({ owner: { ...owner, uid: owner.uid }, node, incarnation }) === proof ? owner : undefined;
}

/** Nothing of a group that was never brought to any version. */
async function ownedOf(aws: Aws, group: Description): Promise<readonly Observed[]> {
  const { AutoScalingGroupName: groupName = '' } = group;
  const { [MARK_TAG]: text, ...tags } = tagsOf(group.Tags);
  const mark = markOf(text);
  if (!mark) return [];
  const owner = askerOf(mark, claimOf(tags).owner);
  const history = otherVersion(group, mark) ? await historyOf(aws, groupName) : [];
  const { version, health } = standingOf(group, mark, history);
  return [
    {
      owner,
      node: owner && mark.node,
      incarnation: mark.incarnation,
      id: idOf(groupName),
      spec: { groupName, ...version },
      attributes: { groupName, runningVersion: runningVersion(group).launchTemplateVersion },
      health,
    },
  ];
}

async function mark(aws: Aws, self: Identity, spec: InstanceRefreshSpec, ended?: string): Promise<void> {
  const { node, incarnation } = self;
  const Value = markText({ ...spec, node, incarnation, proof: proofOf(self), ...(ended ? { ended } : {}) });
  const tag = { ResourceId: spec.groupName, ResourceType: 'auto-scaling-group', Key: MARK_TAG, Value };
  await aws.autoScaling.send(new CreateOrUpdateTagsCommand({ Tags: [{ ...tag, PropagateAtLaunch: false }] }));
}

async function begin(aws: Aws, spec: InstanceRefreshSpec): Promise<void> {
  const { alarms = [] } = spec;
  await aws.autoScaling.send(
    new StartInstanceRefreshCommand({
      AutoScalingGroupName: spec.groupName,
      Strategy: 'Rolling',
      // Without it AWS would not know what to roll back from.
      DesiredConfiguration: {
        LaunchTemplate: { LaunchTemplateId: spec.launchTemplateId, Version: numbered(spec.launchTemplateVersion) },
      },
      Preferences: {
        SkipMatching: true,
        AutoRollback: true,
        MinHealthyPercentage: spec.minHealthyPercentage,
        MaxHealthyPercentage: spec.maxHealthyPercentage,
        ...(spec.instanceWarmup === undefined ? {} : { InstanceWarmup: spec.instanceWarmup }),
        ...(spec.bakeTime === undefined ? {} : { BakeTime: spec.bakeTime }),
        ...(alarms.length === 0 ? {} : { AlarmSpecification: { Alarms: [...alarms] } }),
      },
    }),
  );
}

/** Calls off what is under way; nothing under way, or already on its way back, is success. */
async function callOff(aws: Aws, AutoScalingGroupName: string): Promise<void> {
  try {
    await gone(aws.autoScaling.send(new CancelInstanceRefreshCommand({ AutoScalingGroupName })));
  } catch (error) {
    if (classify(error).class !== 'busy') throw error;
  }
}

/** How AWS gave up what was asked last, where the same is asked again. */
function endOf(group: Description, self: Identity, spec: InstanceRefreshSpec, history: readonly Refresh[]) {
  const last = markOf(tagsOf(group.Tags)[MARK_TAG]);
  const isAgain = last !== undefined && last.proof === proofOf(self) && isSame(last, spec);
  return isAgain && otherVersion(group, spec) ? givenUp(spec, history) : undefined;
}

/**
 * Asks for a version, or notes that AWS gave it up. The mark comes first, so that a lost answer is looked up and not repeated.
 */
async function ask(aws: Aws, self: Identity, spec: InstanceRefreshSpec): Promise<void> {
  numbered(spec.launchTemplateVersion);
  const group = await groupNamed(aws, spec.groupName);
  if (!group) throw Object.assign(new Error(`refresh ${spec.groupName}: no such group`), { name: 'GroupNotFound' });
  const history = await historyOf(aws, spec.groupName);
  const ended = endOf(group, self, spec, history);
  if (ended !== undefined) return mark(aws, self, spec, ended);
  const active = history.find(isActive);
  const isAsked = active !== undefined && isSame(targetOf(active), spec);
  // One at a time: what an earlier version began is called off, and the next look goes on.
  if (active && !isAsked && isRunning(active) && targetOf(active).launchTemplateId !== '') {
    await callOff(aws, spec.groupName);
    return;
  }
  await mark(aws, self, spec);
  if (!isAsked && otherVersion(group, spec)) await begin(aws, spec);
}

export const InstanceRefresh = resource<InstanceRefreshSpec, InstanceRefreshAttributes>({
  type: TYPE,
  rules: {
    groupName: 'replace',
    minHealthyPercentage: 'ignore',
    maxHealthyPercentage: 'ignore',
    instanceWarmup: 'ignore',
    bakeTime: 'ignore',
    alarms: 'ignore',
  },
  operation: true,
  settle: 3,

  async *observe(aws, scope) {
    for await (const page of groupsIn(aws, scope, nameOf)) {
      const found = (await Promise.all(page.map((group) => ownedOf(aws, group)))).flat();
      yield found.filter(({ owner }) => inScope(scope, owner));
    }
  },

  async create(aws, self, spec) {
    await ask(aws, self, spec);
    return { id: idOf(spec.groupName), attributes: { groupName: spec.groupName } };
  },

  async update(aws, live, spec, changes) {
    if (fieldsChanged(changes).size > 0) await ask(aws, live.self, spec);
  },

  async delete(aws, live) {
    const groupName = nameOf(live.id);
    if (!(await groupNamed(aws, groupName))) return;
    if ((await historyOf(aws, groupName)).some(isRunning)) await callOff(aws, groupName);
    const Tags = [{ ResourceId: groupName, ResourceType: 'auto-scaling-group', Key: MARK_TAG }];
    await gone(aws.autoScaling.send(new DeleteTagsCommand({ Tags })));
  },
});
