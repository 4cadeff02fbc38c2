/**
 * A target-tracking policy of an Auto Scaling group. Policies carry no tags, so its name says whose it is. Writing one replaces
 * whatever has its name, and the alarms that AWS makes for it are never touched.
 */
import {
  DeletePolicyCommand,
  DescribePoliciesCommand,
  type ScalingPolicy as Description,
  PutScalingPolicyCommand,
  paginateDescribePolicies,
} from '@aws-sdk/client-auto-scaling';
import { type Aws, resource, type Scope } from '../../aws/driver.ts';
import { claimOfPath, claimPath } from '../../aws/ownership.ts';
import { allOf } from '../../aws/pages.ts';
import type { Owned } from '../../core/kind.ts';
import { gone } from '../ec2/tagging.ts';
import { ifExists } from '../existing.ts';
import { inScope } from '../scope.ts';
import { fieldsChanged } from '../tag-changes.ts';
import { groupsIn } from './group-reading.ts';
import { type ScalingPolicySpec, specOf, trackingOf } from './policy-spec.ts';

export type { ScalingMetric, ScalingPolicySpec } from './policy-spec.ts';

export interface ScalingPolicyAttributes {
  readonly policyArn: string;
  readonly policyName: string;
}

type Observed = Owned<ScalingPolicySpec, ScalingPolicyAttributes>;

const TYPE = 'autoscaling.policy';

const PAGE = 100;

/** The group's name holds no slash, the policy's does. */
const idOf = (groupName: string, policyName: string): string => `${groupName}/${policyName}`;
const groupOf = (id: string): string => id.slice(0, id.indexOf('/'));

function ownedOf(policy: Description): Observed {
  const { AutoScalingGroupName: groupName = '', PolicyName: policyName = '', PolicyARN: policyArn = '' } = policy;
  return {
    ...claimOfPath(policyName, TYPE),
    id: idOf(groupName, policyName),
    spec: specOf(policy),
    attributes: { policyArn, policyName },
    health: { state: 'active', phase: 'ready' },
  };
}

/** All policies of one group; none when the group is gone. */
async function policiesOf(aws: Aws, AutoScalingGroupName: string): Promise<readonly Description[]> {
  const found: Description[] = [];
  let NextToken: string | undefined;
  do {
    const call = new DescribePoliciesCommand({ AutoScalingGroupName, MaxRecords: PAGE, NextToken });
    const answer = await ifExists(aws.autoScaling.send(call));
    found.push(...(answer?.ScalingPolicies ?? []));
    NextToken = answer?.NextToken;
  } while (NextToken);
  return found;
}

/** The sweep reads every policy of the account in few calls, however many groups there are. */
async function* sweep(aws: Aws): AsyncIterable<readonly Observed[]> {
  const pages = paginateDescribePolicies({ client: aws.autoScaling, pageSize: PAGE }, {});
  for await (const { ScalingPolicies = [] } of pages) yield ScalingPolicies.map(ownedOf);
}

async function* policiesIn(aws: Aws, scope: Scope): AsyncIterable<readonly Observed[]> {
  if (scope.by === 'cluster') {
    yield* sweep(aws);
    return;
  }
  const groups = await allOf(groupsIn(aws, scope, groupOf));
  const found = await Promise.all(groups.map(({ AutoScalingGroupName = '' }) => policiesOf(aws, AutoScalingGroupName)));
  const all = found.flat().map(ownedOf);
  yield scope.by === 'ids' ? all.filter(({ id }) => scope.ids.includes(id)) : all;
}

async function put(aws: Aws, PolicyName: string, spec: ScalingPolicySpec): Promise<string> {
  const { PolicyARN = '' } = await aws.autoScaling.send(
    new PutScalingPolicyCommand({
      AutoScalingGroupName: spec.groupName,
      PolicyName,
      PolicyType: 'TargetTrackingScaling',
      TargetTrackingConfiguration: trackingOf(spec),
    }),
  );
  return PolicyARN;
}

export const ScalingPolicy = resource<ScalingPolicySpec, ScalingPolicyAttributes>({
  type: TYPE,
  rules: { groupName: 'replace' },
  settle: 1,
  cost: () => [{ rate: 'cloudwatch/alarm-month', quantity: 2 }],

  async *observe(aws, scope) {
    for await (const page of policiesIn(aws, scope)) yield page.filter(({ owner }) => inScope(scope, owner));
  },

  async create(aws, self, spec) {
    const policyName = claimPath(self);
    const policyArn = await put(aws, policyName, spec);
    return { id: idOf(spec.groupName, policyName), attributes: { policyArn, policyName } };
  },

  async update(aws, live, spec, changes) {
    if (fieldsChanged(changes).size > 0) await put(aws, live.attributes.policyName, spec);
  },

  async delete(aws, live) {
    const { policyName: PolicyName } = live.attributes;
    const AutoScalingGroupName = groupOf(live.id);
    await gone(aws.autoScaling.send(new DeletePolicyCommand({ AutoScalingGroupName, PolicyName })));
  },
});
