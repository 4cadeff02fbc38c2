/**
 * How secrets are read: their names, tags and versions, never their values. Lists are for sweeps, because they may be minutes late;
 * a fresh reading asks each secret itself, and what it said is not taken back by a list. One that waits for its end is not there. It must not write.
 */
import {
  DescribeSecretCommand,
  type DescribeSecretResponse,
  type Filter,
  paginateListSecrets,
  type SecretListEntry,
  type Tag,
} from '@aws-sdk/client-secrets-manager';
import type { Aws, Scope } from '../../aws/driver.ts';
import { TAG } from '../../aws/ownership.ts';
import type { Owned, Owner } from '../../core/kind.ts';
import { claimed, tagRecord } from '../ec2/tagging.ts';
import { ifExists } from '../existing.ts';
import { inScope } from '../scope.ts';

export interface SecretSpec {
  /** Must not end in a hyphen and six characters: AWS's own suffix looks so. */
  readonly name: string;
  readonly description: string;
  /** Of its creation. */
  readonly username: string;
  /** Characters; default 32. Of its creation and of every rotation. */
  readonly passwordLength?: number;
  /** Without it: AWS's own key for secrets. */
  readonly kmsKeyId?: string;
  /** Days, 7 to 30, for which it can be restored after its end. */
  readonly recoveryWindowInDays: number;
  /** Raised to have another password made. */
  readonly rotation: number;
}

export interface SecretAttributes {
  readonly secretArn: string;
  readonly name: string;
  /** The version in force. */
  readonly versionId: string;
}

/** Tags that keep of a spec what AWS does not. */
export const ROTATION_TAG = 'scalingtier.dev/rotation';
export const RECOVERY_TAG = 'scalingtier.dev/recovery-window-days';

const PAGE = 100;

/** What lists and secrets themselves both say. */
export interface SecretDescription {
  readonly arn: string;
  readonly name: string;
  readonly description: string;
  readonly kmsKeyId: string | undefined;
  readonly tags: readonly Tag[];
  /** The labels of each version. */
  readonly versions: Readonly<Record<string, readonly string[]>>;
  readonly deleted: boolean;
  /** When it was last changed in any way, in milliseconds. */
  readonly changed: number;
}

function descriptionOf(
  secret: SecretListEntry | DescribeSecretResponse,
  versions: SecretDescription['versions'] = {},
): SecretDescription {
  return {
    arn: secret.ARN ?? '',
    name: secret.Name ?? '',
    description: secret.Description ?? '',
    kmsKeyId: secret.KmsKeyId,
    tags: secret.Tags ?? [],
    versions,
    deleted: secret.DeletedDate !== undefined,
    changed: secret.LastChangedDate?.getTime() ?? 0,
  };
}

/** For how long a list may be late (API reference, ListSecrets), and as long again. */
const LATE_MILLISECONDS = 600_000;

/** What secrets themselves said, by client and ARN, for as long as a list may know less. Losing it costs some late sights. */
const said = new WeakMap<object, Map<string, SecretDescription>>();

function saidTo({ secretsManager }: Aws): Map<string, SecretDescription> {
  const known = said.get(secretsManager) ?? new Map<string, SecretDescription>();
  said.set(secretsManager, known);
  return known;
}

function forgetOld(known: Map<string, SecretDescription>): void {
  for (const [arn, { changed }] of known) if (Date.now() - changed > LATE_MILLISECONDS) known.delete(arn);
}

/** One secret, by ARN or name, as it is now. */
export async function describe(aws: Aws, SecretId: string): Promise<SecretDescription | undefined> {
  const answer = await ifExists(aws.secretsManager.send(new DescribeSecretCommand({ SecretId })));
  if (!answer) return undefined;
  const secret = descriptionOf(answer, answer.VersionIdsToStages);
  saidTo(aws).set(secret.arn, secret);
  return secret;
}

/** Its tags as a record. */
export const tagsOf = ({ tags }: SecretDescription): Readonly<Record<string, string>> => tagRecord(tags);

/** The version in force. */
export function currentVersion({ versions }: SecretDescription): string | undefined {
  return Object.entries(versions).find(([, labels]) => labels.includes('AWSCURRENT'))?.[0];
}

async function* listed(aws: Aws, Filters: Filter[]): AsyncIterable<readonly SecretDescription[]> {
  const pages = paginateListSecrets({ client: aws.secretsManager, pageSize: PAGE }, { Filters });
  for await (const { SecretList = [] } of pages)
    yield SecretList.map((entry) => descriptionOf(entry, entry.SecretVersionsToStages));
}

const tagFilters = (value: string): Filter[] => [
  { Key: 'tag-key', Values: [TAG.cluster] },
  { Key: 'tag-value', Values: [value] },
];

async function allNow(aws: Aws, ids: readonly string[]): Promise<readonly SecretDescription[]> {
  const found = await Promise.all(ids.map((id) => describe(aws, id)));
  return found.flatMap((secret) => secret ?? []);
}

/** AWS's filters match starts of any tag's value: enough to keep the account's other secrets out. */
async function* ofOwner(aws: Aws, owner: Owner): AsyncIterable<readonly SecretDescription[]> {
  for await (const page of listed(aws, tagFilters(owner.name))) {
    const ours = page.filter(({ tags }) => inScope({ by: 'tiers', owners: [owner] }, claimed(tags).owner));
    yield await allNow(
      aws,
      ours.map(({ arn }) => arn),
    );
  }
}

/** Nothing that is older than what a secret itself has said. */
async function* ofCluster(aws: Aws, cluster: string): AsyncIterable<readonly SecretDescription[]> {
  const known = saidTo(aws);
  forgetOld(known);
  for await (const page of listed(aws, tagFilters(cluster))) {
    yield page.map((entry) => {
      const later = known.get(entry.arn);
      return later && later.changed > entry.changed ? later : entry;
    });
  }
}

/** Everything in a scope and more: whose it is has to be looked at still. */
export async function* describedIn(aws: Aws, scope: Scope): AsyncIterable<readonly SecretDescription[]> {
  if (scope.by === 'cluster') yield* ofCluster(aws, scope.cluster);
  else if (scope.by === 'ids') yield await allNow(aws, scope.ids);
  else for (const owner of scope.owners) yield* ofOwner(aws, owner);
}

const numberOf = (text: string | undefined): number | null => (text === undefined ? null : Number(text));

/** Whose a secret is and what it was asked to be; nothing of one that waits for its end. */
export function ownedOf(secret: SecretDescription): readonly Owned<SecretSpec, SecretAttributes>[] {
  if (secret.deleted) return [];
  const { arn: secretArn, name, description, kmsKeyId = null } = secret;
  const claim = claimed(secret.tags);
  return [
    {
      ...claim,
      id: secretArn,
      spec: {
        name,
        description,
        kmsKeyId,
        recoveryWindowInDays: numberOf(claim.tags[RECOVERY_TAG]),
        rotation: numberOf(claim.tags[ROTATION_TAG]),
      },
      attributes: { secretArn, name, versionId: currentVersion(secret) ?? '' },
      health: { state: 'active', phase: 'ready' },
    },
  ];
}
