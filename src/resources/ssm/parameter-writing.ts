/** How parameters of the Parameter Store are written. A value is never a secret: the type is always `String`. */
import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  PutParameterCommand,
  RemoveTagsFromResourceCommand,
} from '@aws-sdk/client-ssm';
import type { Aws, Identity } from '../../aws/driver.ts';
import { classify } from '../../aws/errors.ts';
import { describeClaim } from '../../aws/ownership.ts';
import type { Change } from '../../core/kind.ts';
import { typeOf } from '../../core/snapshot.ts';
import { gone } from '../ec2/tagging.ts';
import { tagChanges, tagList } from '../tag-changes.ts';
import { type Listed, listed, ResourceType } from './parameter-reading.ts';

/** What is written of a parameter. */
export interface Written {
  /** The full path. */
  readonly name: string;
  /** At most 4 KB: the standard tier's limit. */
  readonly value: string;
  readonly description: string;
}

const inputOf = (self: Identity, { name, value, description }: Written) =>
  ({ Name: name, Type: 'String', Value: value, Description: describeClaim(self, description) }) as const;

/** Makes a parameter with its tags; fails with `ParameterAlreadyExists` when there is one. */
export async function make(aws: Aws, self: Identity, parameter: Written): Promise<void> {
  // Overwriting and tags exclude each other; without overwriting, a stranger's value is safe too.
  const Tags = tagList(self.tags);
  await aws.ssm.send(new PutParameterCommand({ ...inputOf(self, parameter), Overwrite: false, Tags }));
}

/** Makes a parameter of a node, and answers whether it did: a lost answer may have made it already. Fails where it is somebody else's. */
export async function makeOnce(aws: Aws, self: Identity, parameter: Written): Promise<boolean> {
  try {
    await make(aws, self, parameter);
    return true;
  } catch (error) {
    const found: Listed[] = [];
    for await (const page of listed(aws, { by: 'ids', ids: [parameter.name] }, typeOf(self.node))) found.push(...page);
    const isOurs = found[0]?.owner?.uid === self.owner.uid && found[0].node === self.node;
    if (classify(error).class !== 'exists' || !isOurs) throw error;
    return false;
  }
}

/** Writes over a parameter that is ours. */
export async function overwrite(aws: Aws, self: Identity, parameter: Written): Promise<void> {
  await aws.ssm.send(new PutParameterCommand({ ...inputOf(self, parameter), Overwrite: true }));
}

/** Carries out the changes of tags. */
export async function retag(aws: Aws, ResourceId: string, changes: readonly Change[]): Promise<void> {
  const { set, unset } = tagChanges(changes);
  if (set.length > 0) await aws.ssm.send(new AddTagsToResourceCommand({ ResourceType, ResourceId, Tags: set }));
  if (unset.length > 0)
    await aws.ssm.send(new RemoveTagsFromResourceCommand({ ResourceType, ResourceId, TagKeys: unset }));
}

/** Deletes a parameter; one that is gone is success. */
export async function remove(aws: Aws, Name: string): Promise<void> {
  await gone(aws.ssm.send(new DeleteParameterCommand({ Name })));
}
