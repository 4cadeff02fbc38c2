/**
 * One server that a group sends requests to, beside those that an Auto Scaling group registers by itself. A registration carries
 * no tags, so a tag of its group says whose it is: that is written first and taken off last. It must not touch other targets.
 */
import {
  AddTagsCommand,
  DeregisterTargetsCommand,
  paginateDescribeTargetGroups,
  RegisterTargetsCommand,
  RemoveTagsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { type Aws, resource, type Scope } from '../../aws/driver.ts';
import { type Claim, claimOfPath, claimPath, NO_CLAIM } from '../../aws/ownership.ts';
import type { Health, Owned } from '../../core/kind.ts';
import { gone } from '../ec2/tagging.ts';
import { inScope } from '../scope.ts';
import { fieldsChanged } from '../tag-changes.ts';
import { each, mayBeIn, PAGE, tagsOf } from './tagging.ts';
import { drainingOf, type Target as Seen, targetsOf } from './target-health.ts';

export interface TargetSpec {
  readonly targetGroupArn: string;
  readonly instanceId: string;
  /** Always asked to be true; absent in AWS when somebody took it off. */
  readonly registered: true;
}

export interface TargetAttributes {
  readonly instanceId: string;
}

type Observed = Owned<TargetSpec, TargetAttributes>;

const TYPE = 'elb.target';

/** Followed by the server's id; its value says whose the registration is. */
const TAG_START = 'scalingtier.dev/target-';

/** An ARN ends in an id without a slash. */
const idOf = (targetGroupArn: string, instanceId: string): string => `${targetGroupArn}/${instanceId}`;
const placeOf = (id: string): Pick<TargetSpec, 'targetGroupArn' | 'instanceId'> => {
  const cut = id.lastIndexOf('/');
  return { targetGroupArn: id.slice(0, cut), instanceId: id.slice(cut + 1) };
};

/** What one group says of one of its targets. */
interface Entry {
  readonly id: string;
  readonly claim: Claim;
}

/** The registrations that the tags of groups speak of. */
async function claimed(aws: Aws, arns: readonly string[]): Promise<readonly Entry[]> {
  const tagged = await tagsOf(aws, arns);
  return [...tagged].flatMap(([arn, { tags }]) =>
    Object.entries(tags)
      .filter(([key]) => key.startsWith(TAG_START))
      .map(([key, value]) => ({ id: idOf(arn, key.slice(TAG_START.length)), claim: claimOfPath(value, TYPE) })),
  );
}

function healthOf(target: Seen | undefined): Health {
  if (!target) return { state: 'unregistered', phase: 'ready' };
  const { state, reason, description } = target;
  if (drainingOf([target]).length > 0) return { state, phase: 'deleting' };
  // Nothing sends requests to an unused one, and so nobody checks it.
  if (state === 'healthy' || state === 'unused') return { state, phase: 'ready' };
  const why = [reason, description].filter((text) => text !== undefined).join(': ');
  return { state, phase: 'settling', ...(why ? { reason: `AWS says ${state} (${why})` } : {}) };
}

function ownedOf({ id, claim }: Entry, target: Seen | undefined): Observed {
  const { targetGroupArn, instanceId } = placeOf(id);
  const isOn = target !== undefined && drainingOf([target]).length === 0;
  return {
    ...claim,
    id,
    spec: { targetGroupArn, instanceId, registered: isOn ? true : null },
    attributes: { instanceId },
    health: healthOf(target),
  };
}

/** Looks at the targets of each group that holds one of these. */
async function observed(aws: Aws, entries: readonly Entry[]): Promise<readonly (readonly [Entry, Seen | undefined])[]> {
  const arns = [...new Set(entries.map(({ id }) => placeOf(id).targetGroupArn))];
  const seen = new Map(await each(arns, async (arn) => [arn, await targetsOf(aws, arn)] as const));
  return entries.map((entry) => {
    const { targetGroupArn, instanceId } = placeOf(entry.id);
    return [entry, seen.get(targetGroupArn)?.find(({ id }) => id === instanceId)];
  });
}

/** Those of these ids that are registered, or are said to be. */
async function byIds(aws: Aws, ids: readonly string[]): Promise<readonly Observed[]> {
  const arns = [...new Set(ids.map((id) => placeOf(id).targetGroupArn))];
  const said = new Map((await claimed(aws, arns)).map((entry) => [entry.id, entry]));
  const wanted = ids.map((id) => said.get(id) ?? { id, claim: NO_CLAIM });
  const found = await observed(aws, wanted);
  return found.flatMap(([entry, target]) => (target || said.has(entry.id) ? [ownedOf(entry, target)] : []));
}

async function* described(aws: Aws, scope: Scope): AsyncIterable<readonly Observed[]> {
  if (scope.by === 'ids') {
    yield await byIds(aws, scope.ids);
    return;
  }
  for await (const { TargetGroups = [] } of paginateDescribeTargetGroups({ client: aws.elb, pageSize: PAGE }, {})) {
    const likely = TargetGroups.filter(({ TargetGroupName = '' }) => mayBeIn(scope, TargetGroupName));
    const entries = await claimed(
      aws,
      likely.flatMap(({ TargetGroupArn: arn }) => arn ?? []),
    );
    const ours = entries.filter(({ claim }) => inScope(scope, claim.owner));
    yield (await observed(aws, ours)).map(([entry, target]) => ownedOf(entry, target));
  }
}

const register = async (aws: Aws, { targetGroupArn: TargetGroupArn, instanceId: Id }: TargetSpec): Promise<void> => {
  await aws.elb.send(new RegisterTargetsCommand({ TargetGroupArn, Targets: [{ Id }] }));
};

/** No longer sent to; what it answers right now it may finish, and is shown until then. */
async function deregister(aws: Aws, id: string): Promise<'left' | 'leaves'> {
  const { targetGroupArn: TargetGroupArn, instanceId: Id } = placeOf(id);
  const target = (await targetsOf(aws, TargetGroupArn)).find((one) => one.id === Id);
  if (!target) return 'left';
  if (drainingOf([target]).length === 0)
    await gone(aws.elb.send(new DeregisterTargetsCommand({ TargetGroupArn, Targets: [{ Id }] })));
  return 'leaves';
}

export const Target = resource<TargetSpec, TargetAttributes>({
  type: TYPE,
  rules: { targetGroupArn: 'replace', instanceId: 'replace' },

  async *observe(aws, scope) {
    yield* described(aws, scope);
  },

  async create(aws, self, spec) {
    const { targetGroupArn, instanceId } = spec;
    const Tags = [{ Key: `${TAG_START}${instanceId}`, Value: claimPath(self) }];
    await aws.elb.send(new AddTagsCommand({ ResourceArns: [targetGroupArn], Tags }));
    await register(aws, spec);
    return { id: idOf(targetGroupArn, instanceId), attributes: { instanceId } };
  },

  async update(aws, _live, spec, changes) {
    if (fieldsChanged(changes).has('registered')) await register(aws, spec);
  },

  async delete(aws, { id }) {
    if ((await deregister(aws, id)) === 'leaves') return;
    const { targetGroupArn, instanceId } = placeOf(id);
    const TagKeys = [`${TAG_START}${instanceId}`];
    await gone(aws.elb.send(new RemoveTagsCommand({ ResourceArns: [targetGroupArn], TagKeys })));
  },
});
