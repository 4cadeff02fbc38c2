/**
 * What Secrets Manager refuses (API reference of each action; User Guide, "Delete a secret", "Secrets managed by other AWS
 * services") and the stand-in lets pass or says otherwise.
 */
import { type Call, type Params, Refusal, type Step, structures, succeeded, text } from '../call.ts';
import { begin, progress, type Stage } from '../lifecycle.ts';
import type { World } from '../world.ts';
import { isScheduled, type Scene, secretOf } from './secrets.ts';

/** A secret deleted for good goes a moment later: until then its name is not free. */
const GOING: Stage = { state: 'going', seconds: [2, 15] };
const courseOf = (name: string): string => `secret-${name}/end`;

function invalid(message: string): Refusal {
  return new Refusal('InvalidRequestException', message);
}

async function checkName(scene: Scene, params: Params): Promise<void> {
  const name = text(params, 'Name') ?? '';
  const going = progress(scene.world, scene.call, courseOf(name));
  if (!going && !isScheduled(await secretOf(scene, name))) return;
  throw invalid("You can't create this secret because a secret with this name is already scheduled for deletion.");
}

async function checkAlive(scene: Scene, params: Params): Promise<void> {
  if (!isScheduled(await secretOf(scene, text(params, 'SecretId')))) return;
  throw invalid("You can't perform this operation on the secret because it was marked for deletion.");
}

async function checkOwner(scene: Scene, params: Params): Promise<void> {
  const service = text((await secretOf(scene, text(params, 'SecretId'))) ?? {}, 'OwningService');
  if (service !== undefined)
    throw invalid(`You can't perform this operation on a secret that is managed by ${service}.`);
}

function checkTags(_scene: Scene, params: Params): void {
  if (!structures(params, 'Tags').some((tag) => text(tag, 'Key')?.startsWith('aws:'))) return;
  throw new Refusal('InvalidParameterException', "Tag keys can't start with 'aws:'.");
}

/** A window of 7 to 30 days, or none at all. */
function checkWindow(_scene: Scene, params: Params): void {
  const days = text(params, 'RecoveryWindowInDays');
  if (days === undefined) return;
  if (text(params, 'ForceDeleteWithoutRecovery') === 'true') {
    throw new Refusal(
      'InvalidParameterException',
      "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
    );
  }
  if (Number(days) < 7 || Number(days) > 30) {
    throw new Refusal(
      'InvalidParameterException',
      'The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).',
    );
  }
}

type Check = (scene: Scene, params: Params) => Promise<void> | void;

const CHANGES = [
  'PutSecretValue',
  'UpdateSecret',
  'TagResource',
  'UntagResource',
  'RotateSecret',
  'UpdateSecretVersionStage',
];

const RULES: readonly (readonly [operations: readonly string[], check: Check])[] = [
  [['CreateSecret', 'TagResource'], checkTags],
  [['CreateSecret'], checkName],
  [['DeleteSecret'], checkWindow],
  [CHANGES, checkAlive],
  [['DeleteSecret', 'PutSecretValue', 'UpdateSecret'], checkOwner],
];

function deletedForGood(call: Call): boolean {
  return call.operation === 'DeleteSecret' && text(call.params, 'ForceDeleteWithoutRecovery') === 'true';
}

/** Refuses what Secrets Manager refuses. */
export function refusals(world: World): Step {
  return async (call, next) => {
    const scene: Scene = { world, call };
    for (const [operations, check] of RULES) {
      if (operations.includes(call.operation)) await check(scene, call.params);
    }
    const secret = deletedForGood(call) ? await secretOf(scene, text(call.params, 'SecretId')) : undefined;
    const answer = await next(call);
    if (secret && succeeded(answer)) begin(world, call, courseOf(text(secret, 'Name') ?? ''), [GOING]);
    return answer;
  };
}
