/** The runs to a fleet behind a load balancer, and back to one server. A new kind of move adds rows here and nothing else. */
import { APP_PORT, signalApp, UPLOADS } from './app.ts';
import { deathsAtWrites } from './deaths-at-writes.ts';
import type { MoveRun } from './move.ts';

/** What a tier of the app asks for behind a load balancer: without spares, so that it is quick to build. */
export const BEHIND_BALANCER = {
  compute: { statelessAcknowledged: true, appPort: APP_PORT, healthPath: '/health' },
  cache: { replicas: 0, multiAZ: false, snapshotRetentionDays: 0 },
  loadBalancer: { allowPlaintext: true, listeners: [{ port: 80, protocol: 'HTTP' }] },
  transition: {
    ...{ endpointFromParameter: true, reloadCommand: signalApp('HUP'), dataMigration: { rollbackWindowHours: 0 } },
    uploads: { directory: UPLOADS },
    traffic: { keepServerHours: 0 },
    // As many minutes longer, and some more until the last of them is told of.
    observation: { durationMinutes: 0 },
  },
} as const satisfies MoveRun['spec'];

/** Takes out what only a stage behind a load balancer has. */
const NOT_BALANCED = {
  compute: null,
  cache: null,
  loadBalancer: null,
  transition: { uploads: null, traffic: null, observation: null },
};

/** The same with people's requests looked at for so long. */
const observed = (durationMinutes: number) => ({
  ...BEHIND_BALANCER.transition,
  observation: { durationMinutes },
});

/** All of them. `plain` is what most runs have in common. */
export function fleetRuns(plain: Omit<MoveRun, 'name'>): readonly MoveRun[] {
  const spec = { database: { rds: { multiAZ: false } }, ...BEHIND_BALANCER };
  const over = { ...plain, to: 'LoadBalanced', spec, patienceSeconds: 600 } as const;
  const up = { ...over, by: 'SeparateDatabase', ending: { as: 'moved', interrupted: false } } as const;
  // Who has logged in to the cache is not known to the files.
  const calledOff = { as: 'called off', interrupted: false, loggedOut: true } as const;
  const down = {
    ...over,
    by: 'LoadBalanced',
    to: 'SeparateDatabase',
    spec: { ...spec, transition: { ...spec.transition, allowDowngrade: true } },
    ending: { as: 'moved', interrupted: false, loggedOut: true },
  } as const;
  return [
    {
      ...over,
      name: 'behind a load balancer, over two stages in one go',
      // Its database moves on the way; from then on nothing is interrupted.
      ending: { as: 'moved', interrupted: { until: 'SeparateDatabase' } },
      sample: true,
    },
    {
      ...up,
      name: 'behind a load balancer; the operator dies in every step',
      disturbance: { sort: 'operator dies', during: 'every step' },
    },
    {
      ...up,
      name: 'behind a load balancer, with a minute in which it is observed',
      spec: { ...spec, transition: observed(1) },
    },
    {
      ...up,
      name: 'second thoughts while the fleet starts',
      disturbance: { sort: 'second thoughts', during: 'E7', without: NOT_BALANCED },
      ending: calledOff,
      // Each upload of the last minutes is looked at by itself, twice.
      patienceSeconds: 1200,
    },
    {
      ...up,
      name: 'second thoughts while the fleet is observed',
      spec: { ...spec, transition: observed(15) },
      disturbance: { sort: 'second thoughts', during: 'E10', afterSeconds: 15, without: NOT_BALANCED },
      ending: calledOff,
      patienceSeconds: 1200,
    },
    { ...down, name: 'back from the fleet' },
    {
      ...down,
      name: 'back from the fleet; the operator dies in every step',
      disturbance: { sort: 'operator dies', during: 'every step' },
    },
    ...deathsAtWrites(up, 'behind a load balancer', 1800),
    ...deathsAtWrites(down, 'back from the fleet', 1800),
  ];
}
