/**
 * `spec.transition`: how an application moves from one stage to the next. What a move needs to know of the application stands
 * here, because nothing in AWS says it.
 */
import { z } from 'zod';
import { ATOMIC_LIST, hostName, text, whole } from '../fields.ts';
import { type Rule, withRules } from '../rules.ts';
import { WEEKLY, weeklyWindowRule } from './windows.ts';

const dataMigration = z.object({
  method: z
    .enum(['DumpRestore', 'LogicalReplication', 'External'])
    .default('DumpRestore')
    .describe(
      'How the database gets to RDS. DumpRestore: it is copied while the application is kept from it, which takes the longer the larger it is. LogicalReplication: it is copied while the application works, and kept from it only for what was written last; the server has to be prepared for that, and the schema must stay as it is meanwhile. External: somebody else copies it, roles and schema included; the operator says where to, closes the old database when the plan is approved, waits until the next plan is approved, which says that all is copied, and compares. The way back to the server is always DumpRestore.',
    ),
  maxWriteDowntimeSeconds: whole(1, 86_400)
    .default(1800)
    .describe(
      'For how long the application may be kept from its database at most. With DumpRestore a rehearsal measures copy and comparison before anything is interrupted, and ends the move when one and a half times what they took, with what the steps take by themselves, is longer. With LogicalReplication it is how long a replication that does not get on is waited for. With External it is how long it is waited for the word that all is copied; after that the old database is opened.',
    ),
  rollbackWindowHours: whole(0, 720)
    .default(72)
    .describe(
      'For how many hours after the switch the old database stays on the server as it was, closed to the application.',
    ),
});

const uploads = z.object({
  directory: text(512, /^\/[^\0\r\n]*[^\0\r\n/]$/).describe(
    'Absolute path, on the server, of the directory with what users have uploaded. On the way to LoadBalanced it is copied to the bucket, and on the way back from there.',
  ),
});

/** `spec.transition.traffic`. */
export const traffic = z.object({
  hostNames: withRules(z.array(hostName()).min(1).max(10), [], ATOMIC_LIST)
    .optional()
    .describe(
      'Names by which people reach the application. The way to LoadBalanced waits until all of them lead to the load balancer, the way back until they lead to the server. Absent: nobody looks.',
    ),
  keepServerHours: whole(0, 720)
    .default(24)
    .describe(
      'For how many hours those that served before still answer after that, for whoever knows no other way; then they go.',
    ),
});

/** `spec.transition.observation`. */
export const observation = z.object({
  durationMinutes: whole(0, 1440)
    .default(15)
    .describe(
      'For how many minutes requests are looked at, from the first that comes through the load balancer. 0: not at all, and the move goes on at once.',
    ),
  maxErrorPercent: whole(0, 100)
    .default(1)
    .describe(
      'How many of a hundred requests may be answered with a 5xx code, by a server or by the load balancer. More than that ends the attempt, sooner than the time is over where it cannot come to less any more.',
    ),
  maxLatencyMilliseconds: whole(1, 3_600_000)
    .optional()
    .describe(
      'Within how many milliseconds 95 of a hundred requests must be answered by a server: the p95 of each minute, weighted by its requests. Absent: how long answers take is said and not judged.',
    ),
});

const moving = withRules(
  z.object({
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
    onFailure: z
      .enum(['Pause', 'Rollback'])
      .default('Pause')
      .describe(
        'What becomes of a move of which a step fails before its switch; its steps are taken back in any case, and the old stage serves. Pause: what was built for it stays, for the next attempt. Rollback: that goes as well, as when the stage is set back, what holds data as deletionPolicy says. Any change of the spec tries again.',
      ),
    maintenanceWindow: text(19, WEEKLY)
      .optional()
      .describe(
        'When a move may begin to interrupt the application, weekly, UTC, at least 30 minutes, for example sun:02:00-sun:04:00. Nothing else waits for it, and what has begun is not ended with it. Absent: at any time.',
      ),
    dataMigration: dataMigration.prefault({}).describe('How the data moves.'),
    uploads: uploads
      .optional()
      .describe('Where the application keeps what users upload. Absent: it keeps nothing on the server.'),
    traffic: traffic.optional().describe('How requests come to the load balancer. Absent: nobody looks at names.'),
    observation: observation
      .optional()
      .describe(
        'What requests must be like once people are sent to the load balancer, while all can still be called off. One that is worse ends the attempt, and the server serves alone again. Absent: 15 minutes, with at most 1 percent of errors.',
      ),
  }),
  [weeklyWindowRule('spec.transition', 30)],
);

/** `spec.transition`. */
export const transition = moving.prefault({}).describe('How the application moves from one stage to the next.');

/** What the rules look at. */
interface Ruled {
  readonly network: { readonly mode: string };
  readonly dns?: { readonly names: readonly string[] } | undefined;
  readonly transition: {
    readonly dataMigration: { readonly method: string };
    readonly traffic?: { readonly hostNames?: readonly string[] | undefined } | undefined;
  };
}

/** Rules about how an application moves. */
export const transitionRules: readonly Rule<Ruled>[] = [
  {
    rule: "self.network.mode == 'Create' || self.transition.dataMigration.method != 'LogicalReplication'",
    message:
      'spec.transition.dataMigration.method LogicalReplication needs network.mode Create: RDS connects to the server, which lets it in by the addresses of a network of its own; choose DumpRestore',
    fieldPath: '.transition.dataMigration.method',
    reason: 'FieldValueForbidden',
    holds: ({ network, transition: { dataMigration: migration } }) =>
      network.mode === 'Create' || migration.method !== 'LogicalReplication',
  },
  {
    rule: '!has(self.dns) || !has(self.transition.traffic) || !has(self.transition.traffic.hostNames) || !self.transition.traffic.hostNames.exists(name, name in self.dns.names)',
    message:
      'spec.transition.traffic.hostNames must not have names of spec.dns.names: those are led by the operator, and nobody has to be waited for; take them out of hostNames',
    fieldPath: '.transition.traffic.hostNames',
    holds: ({ dns, transition: { traffic: { hostNames = [] } = {} } }) =>
      !hostNames.some((name) => dns?.names.includes(name)),
  },
];
