/**
 * `spec.transition`: how an application moves from one stage to the next. What a move needs to know of the application stands
 * here, because nothing in AWS says it.
 */
import { z } from 'zod';
import { ATOMIC_LIST, text, whole } from '../fields.ts';
import { type Rule, withRules } from '../rules.ts';

const dataMigration = z.object({
  method: z
    .enum(['DumpRestore', 'LogicalReplication'])
    .default('DumpRestore')
    .describe(
      'How the database gets to RDS. DumpRestore: it is copied while the application is kept from it, which takes the longer the larger it is. LogicalReplication: it is copied while the application works, and kept from it only for what was written last; the server has to be prepared for that, and the schema must stay as it is meanwhile. The way back to the server is always DumpRestore.',
    ),
  maxWriteDowntimeSeconds: whole(1, 86_400)
    .default(1800)
    .describe(
      'For how long the application may be kept from its database at most. With DumpRestore a rehearsal measures it before anything is interrupted, and ends the move when one and a half times what it took is longer. With LogicalReplication it is how long a replication that does not get on is waited for.',
    ),
  rollbackWindowHours: whole(0, 720)
    .default(72)
    .describe(
      'For how many hours after the switch the old database stays on the server as it was, closed to the application.',
    ),
});

const uploads = z.object({
  directory: text(512, /^\/[^\0\r\n]*[^\0\r\n/]$/).describe(
    'Absolute path, on the server, of the directory with what users have uploaded. On the way to LoadBalanced it is copied to the bucket.',
  ),
});

const HOST_NAME = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** `spec.transition.traffic`. */
export const traffic = z.object({
  hostNames: withRules(z.array(text(253, HOST_NAME)).min(1).max(10), [], ATOMIC_LIST)
    .optional()
    .describe(
      'Names by which people reach the application. The way to LoadBalanced waits until all of them lead to the load balancer. Absent: nobody looks.',
    ),
  keepServerHours: whole(0, 720)
    .default(24)
    .describe(
      'For how many hours the old server still answers after that, for those who know nothing but its address; then it goes.',
    ),
});

/** `spec.transition`. */
export const transition = z
  .object({
    endpointFromParameter: z
      .boolean()
      .default(false)
      .describe(
        'Says that the application reads where its database is from the SSM parameters of the tier (db/writer, db/port, db/epoch), at its start and when it is reloaded. A move of the database needs it.',
      ),
    reloadCommand: text(1024, /^[^\0\r\n]+$/)
      .optional()
      .describe(
        'Shell command, run as root on the server when what the application reads has changed, that has it read its parameters anew: systemctl restart app. Absent: the application looks by itself.',
      ),
    allowDowngrade: z
      .boolean()
      .default(false)
      .describe(
        'Says that the tier may move to a lower stage: what only the higher one has goes then, as deletionPolicy says.',
      ),
    dataMigration: dataMigration.prefault({}).describe('How the data moves.'),
    uploads: uploads
      .optional()
      .describe('Where the application keeps what users upload. Absent: it keeps nothing on the server.'),
    traffic: traffic.optional().describe('How requests come to the load balancer. Absent: nobody looks at names.'),
  })
  .prefault({})
  .describe('How the application moves from one stage to the next.');

/** What the rule looks at. */
interface Replicated {
  readonly network: { readonly mode: string };
  readonly transition: { readonly dataMigration: { readonly method: string } };
}

/** Rules about how an application moves. */
export const transitionRules: readonly Rule<Replicated>[] = [
  {
    rule: "self.network.mode == 'Create' || self.transition.dataMigration.method != 'LogicalReplication'",
    message:
      'spec.transition.dataMigration.method LogicalReplication needs network.mode Create: RDS connects to the server, which lets it in by the addresses of a network of its own; choose DumpRestore',
    fieldPath: '.transition.dataMigration.method',
    reason: 'FieldValueForbidden',
    holds: ({ network, transition: { dataMigration: migration } }) =>
      network.mode === 'Create' || migration.method !== 'LogicalReplication',
  },
];
