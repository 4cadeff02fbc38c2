/**
 * ListSecrets and DescribeSecret as Secrets Manager answers them (API reference): pages of 1 to 100, versions without a
 * staging label left out, and reads that lag behind writes.
 */
import { forgetBirth, isHidden } from '../births.ts';
import { type Call, isParams, type Params, Refusal, type Step, succeeded, text, type Value } from '../call.ts';
import { now } from '../clock.ts';
import { jsonAnswer, paramsOfJson } from '../protocol.ts';
import type { World } from '../world.ts';
import { type Scene, secretOf, secretsLike } from './secrets.ts';

interface Former {
  readonly tags: Value;
  readonly until: number;
}

const formerTags = ({ world, call }: Scene): Map<string, Former> => world.memory(call).store<Former>('secret tags');

const arnIn = (secret: Params): string => text(secret, 'ARN') ?? '';

/** Version ids of their stages; a version without a stage is deprecated, and not listed. */
function labelled(versions: Params): Params {
  return Object.fromEntries(
    Object.entries(versions).filter(([, stages]) => Array.isArray(stages) && stages.length > 0),
  );
}

/** Fields that a secret does not have are left out; the two calls name its versions differently. */
function shown(scene: Scene, secret: Params, versions: 'VersionIdsToStages' | 'SecretVersionsToStages'): Params {
  const { VersionIdsToStages: described, SecretVersionsToStages: _listed, ...fields } = secret;
  const former = formerTags(scene).get(arnIn(secret));
  return {
    ...Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)),
    ...(isParams(described) ? { [versions]: labelled(described) } : {}),
    ...(former && now() < former.until ? { Tags: former.tags } : {}),
  };
}

function isNew({ world, call }: Scene, secret: Params): boolean {
  return isHidden(world, call, arnIn(secret));
}

function sizeOf({ world, call }: Scene): number {
  const asked = Number(text(call.params, 'MaxResults') ?? 100);
  if (!(asked >= 1 && asked <= 100)) {
    throw new Refusal('InvalidParameterException', 'MaxResults must be between 1 and 100.');
  }
  const cap = world.settings.of(call.account).pageSize;
  return cap > 0 ? Math.min(cap, asked) : asked;
}

function startOf({ call }: Scene): string | undefined {
  const token = text(call.params, 'NextToken');
  if (token === undefined) return undefined;
  const name = Buffer.from(token, 'base64url').toString();
  if (name !== '') return name;
  throw new Refusal('InvalidNextTokenException', 'The NextToken value is invalid.');
}

const byArn = (a: Params, b: Params): number => (arnIn(a) < arnIn(b) ? -1 : 1);

/** A token names the last secret of the page before, so that none is skipped when others come and go. */
async function list(scene: Scene): Promise<Params> {
  const { NextToken: _token, MaxResults: _size, ...asked } = scene.call.params;
  const [start, size] = [startOf(scene), sizeOf(scene)];
  const all = (await secretsLike(scene, asked)).filter((secret) => !isNew(scene, secret)).sort(byArn);
  const left = start === undefined ? all : all.filter((secret) => arnIn(secret) > start);
  const page = left.slice(0, size);
  const last = page.at(-1);
  return {
    SecretList: page.map((secret) => shown(scene, secret, 'SecretVersionsToStages')),
    ...(last && left.length > size ? { NextToken: Buffer.from(arnIn(last)).toString('base64url') } : {}),
  };
}

async function refuseNew(scene: Scene): Promise<void> {
  const { call, world } = scene;
  const id = text(call.params, 'SecretId');
  if (id === undefined || (call.write && !world.settings.of(call.account).lagWrites)) return;
  const secret = await secretOf(scene, id);
  if (!secret || !isNew(scene, secret)) return;
  throw new Refusal('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
}

/** Remembers the tags that lagging reads go on showing, and what is gone. */
async function after(scene: Scene): Promise<(() => void) | undefined> {
  const { operation, params, account } = scene.call;
  const secret = /^(Tag|Untag)Resource$|^DeleteSecret$/.test(operation)
    ? await secretOf(scene, text(params, 'SecretId'))
    : undefined;
  if (!secret) return undefined;
  if (operation === 'DeleteSecret') {
    return text(params, 'ForceDeleteWithoutRecovery') === 'true' ? () => forget(scene, secret) : undefined;
  }
  const until = now() + scene.world.settings.of(account).lagSeconds * 1000;
  return () => void formerTags(scene).set(arnIn(secret), { tags: secret.Tags ?? [], until });
}

function forget({ world, call }: Scene, secret: Params): void {
  for (const id of [arnIn(secret), text(secret, 'Name') ?? '']) forgetBirth(world, call, id);
}

/** Answers for secrets as Secrets Manager does. */
export function secrets(world: World): Step {
  return async (call: Call, next) => {
    const scene: Scene = { world, call };
    if (call.operation === 'ListSecrets') return jsonAnswer(200, await list(scene));
    await refuseNew(scene);
    const done = await after(scene);
    const answer = await next(call);
    if (!succeeded(answer)) return answer;
    done?.();
    if (call.operation !== 'DescribeSecret') return answer;
    return jsonAnswer(200, shown(scene, paramsOfJson(answer.body.toString()), 'VersionIdsToStages'));
  };
}
