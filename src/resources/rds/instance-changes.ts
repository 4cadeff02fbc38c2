/**
 * How a database that exists is brought to its spec: everything in one call, and a reboot only when nothing else is to be done. What
 * is pending and was not asked for here is never set off by asking for something else at once. It must not wait.
 */
import {
  DeleteDBInstanceCommand,
  type DeleteDBInstanceMessage,
  type DBInstance as Description,
  ModifyDBInstanceCommand,
  RebootDBInstanceCommand,
} from '@aws-sdk/client-rds';
import { readCredential } from '../../aws/credential.ts';
import type { Aws, Live } from '../../aws/driver.ts';
import type { Change } from '../../core/kind.ts';
import { gone, tagRecord } from '../ec2/tagging.ts';
import { fieldsChanged } from '../tag-changes.ts';
import { describe, specOf } from './instance-reading.ts';
import { APPLYING_TAG, type DBInstanceSpec, ENGINE_TAG, PASSWORD_TAG } from './instance-spec.ts';
import { type Modification, modificationOf } from './modification.ts';
import { pendingOf, rememberAsked } from './pending.ts';
import { retag } from './tagging.ts';

type Spec = Partial<DBInstanceSpec>;
type Subject = Pick<Live<object, { readonly identifier: string; readonly arn: string }>, 'attributes'>;

const refusal = (name: string, message: string): Error => Object.assign(new Error(message), { name });

/** What is set of a password, and what is to be remembered of it. */
interface Credentials {
  readonly modification: Modification;
  readonly remembered: Readonly<Record<string, string>>;
}

const NO_CREDENTIALS: Credentials = { modification: {}, remembered: {} };

async function credentialsOf(
  aws: Aws,
  tags: Readonly<Record<string, string>>,
  spec: Spec,
  fields: ReadonlySet<string>,
): Promise<Credentials> {
  if (!fields.has('masterSecretVersion') && !fields.has('manageMasterUserPassword')) return NO_CREDENTIALS;
  if (spec.manageMasterUserPassword)
    return { modification: { ManageMasterUserPassword: true }, remembered: { [PASSWORD_TAG]: 'RDS' } };
  if (spec.masterSecretArn === undefined) return NO_CREDENTIALS;
  const { password, version } = await readCredential(aws, { secretArn: spec.masterSecretArn });
  const isManaged = fields.has('manageMasterUserPassword');
  if (!isManaged && version === tags[PASSWORD_TAG]) {
    // An old reading of the secret asked for a version that is not current any more.
    throw refusal('ConcurrentModification', `set password of the database: the version in force is the current one`);
  }
  return {
    modification: { MasterUserPassword: password, ...(isManaged ? { ManageMasterUserPassword: false } : {}) },
    remembered: { [PASSWORD_TAG]: version },
  };
}

/** Whether what differs may be done at once: not when that would also do what nobody here asked for. */
function mayBeAtOnce(now: Description, spec: Spec, fields: ReadonlySet<string>): boolean {
  if (spec.applyImmediately === false) return false;
  return pendingOf(now).every(({ name }) => fields.has(name));
}

async function send(
  aws: Aws,
  now: Description,
  { spec, fields, modification }: { spec: Spec; fields: ReadonlySet<string>; modification: Modification },
): Promise<void> {
  const atOnce = mayBeAtOnce(now, spec, fields);
  const applying = rememberAsked(spec, atOnce ? fields : []);
  // Before the call: from the moment of its answer the wishes may be seen pending.
  if (applying !== (tagRecord(now.TagList)[APPLYING_TAG] ?? rememberAsked({}, [])))
    await retag(aws, now.DBInstanceArn ?? '', [], { [APPLYING_TAG]: applying });
  await aws.rds.send(
    new ModifyDBInstanceCommand({
      ...modification,
      DBInstanceIdentifier: now.DBInstanceIdentifier,
      ApplyImmediately: atOnce,
    }),
  );
}

/** Brings a database to its spec, as far as one call can. */
export async function change(aws: Aws, { attributes }: Subject, spec: Spec, changes: readonly Change[]): Promise<void> {
  const { identifier, arn } = attributes;
  const now = await describe(aws, identifier);
  if (!now) throw refusal('DBInstanceNotFound', `change ${identifier}: it is not there`);
  const tags = tagRecord(now.TagList);
  // Taken off together with the others; nothing else remembers what was asked for.
  const engine = spec.engineVersion === undefined ? {} : { [ENGINE_TAG]: spec.engineVersion };
  await retag(aws, arn, changes, tags[ENGINE_TAG] === undefined ? engine : {});

  const fields = fieldsChanged(changes);
  const { modification: secret, remembered } = await credentialsOf(aws, tags, spec, fields);
  const modification = { ...modificationOf({ now, spec, fields }), ...secret };
  const asksNothing = Object.keys(modification).length === 0;
  if (!asksNothing) await send(aws, now, { spec, fields, modification });
  const memories = { ...remembered, ...(fields.has('engineVersion') ? engine : {}) };
  await retag(aws, arn, [], memories);
  if (!asksNothing) return;
  if (fields.has('parameterApplyStatus')) {
    // The plan may be older than the last reboot: nobody is interrupted twice for the same parameters.
    if (specOf(now, tags).parameterApplyStatus === spec.parameterApplyStatus) return;
    await aws.rds.send(new RebootDBInstanceCommand({ DBInstanceIdentifier: identifier }));
  } else if (fields.has('preferredMaintenanceWindow')) {
    const message = `change maintenance window of ${identifier}: the new one is open or opens within half an hour, and RDS would do at once whatever is pending`;
    throw refusal('InvalidDBInstanceState', message);
  }
}

/** Ends a database, protection first. `options` say what becomes of its backups. */
export async function end(aws: Aws, now: Description, options: Partial<DeleteDBInstanceMessage>): Promise<void> {
  const { DBInstanceIdentifier } = now;
  // Not at once: that would set off what is pending. Protection is off at once anyway.
  if (now.DeletionProtection)
    await aws.rds.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier, DeletionProtection: false }));
  await gone(aws.rds.send(new DeleteDBInstanceCommand({ ...options, DBInstanceIdentifier, SkipFinalSnapshot: true })));
}
