/** Secrets as the stand-in has them, and the proxy's own questions about them. It must not know any rule. */
import { type Call, type Params, structures, succeeded, text } from '../call.ts';
import { paramsOfJson } from '../protocol.ts';
import type { World } from '../world.ts';

/** A call and what all steps share. */
export interface Scene {
  readonly world: World;
  readonly call: Call;
}

async function ask({ world, call }: Scene, operation: string, params: Params): Promise<Params | undefined> {
  const answer = await world.ask(call, operation, params, 'secretsmanager');
  return succeeded(answer) ? paramsOfJson(answer.body.toString()) : undefined;
}

/** A secret by name or ARN, one that is scheduled for deletion too. */
export function secretOf(scene: Scene, nameOrArn: string | undefined): Promise<Params | undefined> {
  return nameOrArn === undefined || nameOrArn === ''
    ? Promise.resolve(undefined)
    : ask(scene, 'DescribeSecret', { SecretId: nameOrArn });
}

/** Every secret that fits the filters of a call. */
export async function secretsLike(scene: Scene, params: Params): Promise<readonly Params[]> {
  const found: Params[] = [];
  let next: string | undefined;
  do {
    const page = await ask(scene, 'ListSecrets', { ...params, MaxResults: 100, NextToken: next });
    found.push(...structures(page ?? {}, 'SecretList'));
    next = text(page ?? {}, 'NextToken');
  } while (next !== undefined && next !== '');
  return found;
}

/** Whether a secret waits for its end. */
export const isScheduled = (secret: Params | undefined): boolean =>
  secret?.DeletedDate !== undefined && secret.DeletedDate !== null;
