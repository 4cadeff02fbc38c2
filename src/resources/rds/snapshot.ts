/**
 * A copy of a database, made before its end or before a change that cannot be taken back. It has nothing that would keep its own
 * data, so it is never deleted but retained. Its name comes from who it is, not from the time: asked for twice, there is one.
 */
import {
  CreateDBSnapshotCommand,
  DeleteDBSnapshotCommand,
  type DBSnapshot as Description,
  paginateDescribeDBSnapshots,
} from '@aws-sdk/client-rds';
import { type Aws, type Created, type Identity, resource, type Scope } from '../../aws/driver.ts';
import { classify } from '../../aws/errors.ts';
import { allOf } from '../../aws/pages.ts';
import type { Health, Owned } from '../../core/kind.ts';
import { claimed, gone, isOfKind } from '../ec2/tagging.ts';
import { readExisting } from '../existing.ts';
import { inScope } from '../scope.ts';
import { tagList } from '../tag-changes.ts';
import { healthOf } from './instance-health.ts';
import { describe } from './instance-reading.ts';
import { PAGE, retag } from './tagging.ts';

export interface DBSnapshotSpec {
  readonly instanceIdentifier: string;
  /** Of that very database: another one of the same name has another. */
  readonly resourceId: string;
}

export interface DBSnapshotAttributes {
  readonly identifier: string;
  readonly arn: string;
}

const TYPE = 'rds.snapshot';

const PHASES: Readonly<Record<string, Health['phase']>> = {
  available: 'ready',
  failed: 'failed',
  'incompatible-network': 'failed',
  'incompatible-restore': 'failed',
  deleting: 'deleting',
};

type Observed = Owned<DBSnapshotSpec, DBSnapshotAttributes>;

/** Of a database's own daily snapshots, which carry its tags, nothing: they stand for another kind. */
function ownedOf(snapshot: Description): readonly Observed[] {
  const { DBSnapshotIdentifier: identifier = '', DBSnapshotArn: arn = '', Status: state = 'creating' } = snapshot;
  const claim = claimed(snapshot.TagList);
  if (!isOfKind(TYPE, claim)) return [];
  return [
    {
      ...claim,
      id: identifier,
      spec: {
        instanceIdentifier: snapshot.DBInstanceIdentifier ?? null,
        resourceId: snapshot.DbiResourceId ?? null,
      },
      attributes: { identifier, arn },
      health: { state, phase: PHASES[state] ?? 'settling' },
    },
  ];
}

async function* pages(aws: Aws, ids?: string[]): AsyncIterable<readonly Description[]> {
  const Filters = ids ? [{ Name: 'db-snapshot-id', Values: ids }] : undefined;
  const found = paginateDescribeDBSnapshots({ client: aws.rds, pageSize: PAGE }, { SnapshotType: 'manual', Filters });
  for await (const { DBSnapshots = [] } of found) yield DBSnapshots;
}

async function* read(aws: Aws, scope: Scope): AsyncIterable<readonly Description[]> {
  if (scope.by === 'ids') yield await readExisting(scope.ids, PAGE, (ids) => allOf(pages(aws, ids)));
  else yield* pages(aws);
}

/** Eight digits of the token tell apart copies of earlier lives of the same node. */
const nameOf = ({ token }: Identity, { instanceIdentifier }: DBSnapshotSpec): string =>
  `${instanceIdentifier}-snapshot-${token.slice(0, 8)}`;

/** A copy that an earlier try of this very node asked for: while RDS makes it, the database is busy with nothing else. */
async function madeBefore(aws: Aws, self: Identity, name: string): Promise<Created<DBSnapshotAttributes> | undefined> {
  const [found] = (await allOf(read(aws, { by: 'ids', ids: [name] }))).flatMap(ownedOf);
  const isOwn =
    found?.owner?.uid === self.owner.uid && found.node === self.node && found.incarnation === self.incarnation;
  return isOwn ? { id: found.id, attributes: found.attributes } : undefined;
}

/** Why RDS does not take a snapshot now: only of a database that serves can one be made, and some never will again. */
async function whyNot(aws: Aws, identifier: string, error: unknown): Promise<unknown> {
  const now = await describe(aws, identifier);
  const health = now && healthOf(now, {});
  if (health?.phase !== 'failed') return error;
  const message = `copy ${identifier}: RDS makes no snapshot of a database that is ${health.state} (${health.reason}); mend it in AWS, or give its data up in spec.deletionPolicy`;
  return Object.assign(new Error(message), { name: 'InvalidSnapshotSource' });
}

export const DBSnapshot = resource<DBSnapshotSpec, DBSnapshotAttributes>({
  type: TYPE,
  rules: { instanceIdentifier: 'replace', resourceId: 'replace' },
  stateful: true,
  settle: 15,

  async *observe(aws, scope) {
    for await (const page of read(aws, scope)) {
      yield page.flatMap(ownedOf).filter(({ owner }) => inScope(scope, owner));
    }
  },

  async create(aws, self, spec) {
    const DBSnapshotIdentifier = nameOf(self, spec);
    const { instanceIdentifier: DBInstanceIdentifier } = spec;
    try {
      const { DBSnapshot: made } = await aws.rds.send(
        new CreateDBSnapshotCommand({ DBSnapshotIdentifier, DBInstanceIdentifier, Tags: tagList(self.tags) }),
      );
      const { DBSnapshotIdentifier: identifier = '', DBSnapshotArn: arn = '' } = made ?? {};
      return { id: identifier, attributes: { identifier, arn } };
    } catch (error) {
      const refusal = classify(error).class;
      if (refusal !== 'exists' && refusal !== 'busy') throw error;
      const before = await madeBefore(aws, self, DBSnapshotIdentifier);
      if (before) return before;
      throw refusal === 'busy' ? await whyNot(aws, DBInstanceIdentifier, error) : error;
    }
  },

  async update(aws, live, _spec, changes) {
    await retag(aws, live.attributes.arn, changes);
  },

  async delete(aws, live) {
    await gone(aws.rds.send(new DeleteDBSnapshotCommand({ DBSnapshotIdentifier: live.id })));
  },
});
