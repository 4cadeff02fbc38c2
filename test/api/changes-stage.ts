/** Changes of a tier's stage: which moves there are, and until when they can be called off. */
import type { TierStatus, TransitionStatus } from '../../src/api/types.ts';
import type { Change } from './changes.ts';
import { changed, type Piece } from './manifests.ts';
import { balancedSpec } from './manifests-load-balanced.ts';
import { announced, standing, transition } from './statuses.ts';

const LADDER = 'spec.stage may change once a stage is in force';
const ENDPOINT = 'set spec.transition.endpointFromParameter to true when the application reads where its database is';
const DOWN = 'set spec.transition.allowDowngrade to true';
/** Leaving the fleet. */
const ALONE = 'takes the application from the fleet back to one server';
const fleetStays = (path: string) => `spec.${path} must stay as it is until spec.stage SeparateDatabase is in force`;
const RDS = 'spec.database.rds must stay as it is until spec.stage SingleServer is in force';
const METHOD = 'spec.transition.dataMigration.method cannot change while a move is under way';
const OBSERVATION = 'spec.transition.observation cannot change once the move to LoadBalanced goes forward only';
const BACK = 'spec.stage cannot go back: the move is over its switch';

const single: Piece = { stage: 'SingleServer' };
const separate: Piece = { stage: 'SeparateDatabase' };
/** Out of a tier behind a load balancer. */
const unbalanced: Piece = { cache: null, loadBalancer: null, compute: { statelessAcknowledged: null } };
const ready: Piece = { transition: { endpointFromParameter: true } };
const down: Piece = { transition: { endpointFromParameter: true, allowDowngrade: true } };
const replicated: Piece = { transition: { dataMigration: { method: 'LogicalReplication' } } };
const mysql: Piece = { database: { engine: 'mysql' } };
const key = 'arn:aws:kms:us-east-1:123456789012:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0';

const inForce = (stage: string): Partial<TierStatus> => ({ stage, ...standing });
/** In mid-move, with so much left of the way back. */
const moving = (rollback: TransitionStatus['rollback'], course: TransitionStatus['course'] = 'Forward') => ({
  ...inForce('SingleServer'),
  transition: { ...transition, course, rollback },
});

const climbing = (rollback: TransitionStatus['rollback']) => ({
  ...inForce('SeparateDatabase'),
  transition: { ...transition, from: 'SeparateDatabase', to: 'LoadBalanced', rollback },
});

/** Back from a load balancer. */
const alone = (rollback: TransitionStatus['rollback']) => ({
  ...inForce('LoadBalanced'),
  transition: { ...transition, from: 'LoadBalanced', to: 'SeparateDatabase', rollback },
});

/** A fleet of which everything is said that can be said. */
const wholeFleet: Piece = changed(balancedSpec, {
  cache: { replicas: 0, multiAZ: false },
  storage: { bucketName: 'shop-uploads' },
  compute: { appPort: 8080, healthPath: '/ready', autoScaling: { minSize: 2, maxSize: 8 } },
  network: { create: { natGateways: 'Single' } },
});

const descending = (rollback: TransitionStatus['rollback']) => ({
  ...inForce('SeparateDatabase'),
  transition: { ...transition, from: 'SeparateDatabase', to: 'SingleServer', rollback },
});

/** Changes of what the fleet stands on. */
const FLEET_TOUCHED: readonly (readonly [string, Piece])[] = [
  ['loadBalancer', { loadBalancer: { idleTimeoutSeconds: 90 } }],
  ['cache', { cache: { mode: 'Serverless', replicas: null, multiAZ: null } }],
  ['storage', { storage: { bucketName: 'other-uploads' } }],
  ['compute.autoScaling', { compute: { autoScaling: { maxSize: 9 } } }],
  ['compute.appPort', { compute: { appPort: 8081 } }],
  ['compute.healthPath', { compute: { healthPath: null } }],
  ['network.create.natGateways', { network: { create: { natGateways: null } } }],
];

/** Changes of how the database moves, or of what stands until it is over, that must be refused. */
export const REFUSED_WHILE_MOVING: readonly Change[] = [
  {
    name: 'another method in mid-move',
    before: { ...ready, ...separate },
    after: replicated,
    status: moving('Lossless'),
    says: METHOD,
  },
  {
    name: 'another method over the switch',
    before: { ...ready, ...separate },
    after: replicated,
    status: moving('LossyAfterFirstWrite'),
    says: METHOD,
  },
  {
    name: 'another method after a step failed',
    before: { ...ready, ...separate },
    after: replicated,
    status: moving('Lossless', 'Halted'),
    says: METHOD,
  },
  {
    name: 'another method while a move is taken back',
    before: { ...ready, ...single },
    after: replicated,
    status: moving('Lossless', 'Back'),
    says: METHOD,
  },
  ...(
    [
      ['another observation', { durationMinutes: 5 }, { durationMinutes: 6 }],
      ['an observation that there was not', undefined, { durationMinutes: 6 }],
      ['no observation any more', { durationMinutes: 5 }, null],
    ] as const
  ).map(([name, before, after]) => ({
    name: `${name} once the old server is only kept`,
    before: before ? changed(balancedSpec, { transition: { observation: before } }) : balancedSpec,
    after: { transition: { observation: after } },
    status: climbing('Impossible'),
    says: OBSERVATION,
  })),
  {
    name: 'a lower stage without what the database on RDS is like',
    before: { ...down, ...separate, database: { rds: { storageGiB: 100 } } },
    after: { ...single, database: { rds: null } },
    status: inForce('SeparateDatabase'),
    says: RDS,
  },
  {
    name: 'another database on RDS while its data come back',
    before: { ...down, ...single, database: { rds: { storageGiB: 100 } } },
    after: { database: { rds: { storageGiB: 200 } } },
    status: descending('Lossless'),
    says: RDS,
  },
  {
    name: 'another database on RDS while the app comes back from the fleet to the server with its database',
    before: { ...changed(down, wholeFleet), ...single, database: { rds: { storageGiB: 100 } } },
    after: { database: { rds: { storageGiB: 200 } } },
    status: alone('Lossless'),
    says: RDS,
  },
  ...FLEET_TOUCHED.map(([path, after]) => ({
    name: `another ${path} while the app comes back from the fleet`,
    before: { ...changed(down, wholeFleet), ...separate },
    after,
    status: alone('Lossless'),
    says: fleetStays(path),
  })),
  {
    name: 'one server in place of a fleet, without what the fleet is like',
    before: changed(down, balancedSpec),
    after: { ...separate, loadBalancer: null },
    status: inForce('LoadBalanced'),
    says: fleetStays('loadBalancer'),
  },
  {
    name: 'no load balancer any more while the fleet stands',
    before: { ...changed(down, wholeFleet), ...separate },
    after: { loadBalancer: null },
    status: alone('Impossible'),
    says: fleetStays('loadBalancer'),
  },
];

/** Every change that must be refused. */
export const REFUSED_STAGE_CHANGES: readonly Change[] = [
  {
    name: 'the next stage of an app of which nobody says that it finds its database by itself',
    before: {},
    after: separate,
    status: inForce('SingleServer'),
    says: ENDPOINT,
  },
  {
    name: 'the next stage, and that the app does not find its database by itself after all',
    before: ready,
    after: { ...separate, transition: { endpointFromParameter: false } },
    status: inForce('SingleServer'),
    says: ENDPOINT,
  },
  { name: 'the next stage of a half-built tier', before: ready, after: separate, status: standing, says: LADDER },
  {
    name: 'the next stage of a tier whose first resource is announced',
    before: ready,
    after: separate,
    status: announced,
    says: LADDER,
  },
  {
    name: 'the stage before of a half-built tier',
    before: { ...ready, ...separate },
    after: single,
    status: standing,
    says: LADDER,
  },
  {
    name: 'one server in place of a fleet, of which nobody says that it may be lowered',
    before: balancedSpec,
    after: { ...separate, ...unbalanced },
    status: inForce('LoadBalanced'),
    says: ALONE,
  },
  {
    name: 'the fleet again when the way back to one server is over its switch',
    before: { ...changed(down, balancedSpec), ...separate },
    after: { stage: 'LoadBalanced' },
    status: alone('Impossible'),
    says: BACK,
  },
  {
    name: 'a fleet when the way back to the server is over its switch',
    before: { ...changed(down, balancedSpec), ...single },
    after: { stage: 'LoadBalanced' },
    status: descending('LossyAfterFirstWrite'),
    says: BACK,
  },
  {
    name: 'the stage before when the move is over, of which nobody says that it may be lowered',
    before: { ...ready, ...separate },
    after: single,
    status: inForce('SeparateDatabase'),
    says: DOWN,
  },
  {
    name: 'a lower stage of an app of which nobody says that it finds its database by itself',
    before: { ...separate, transition: { allowDowngrade: true } },
    after: single,
    status: inForce('SeparateDatabase'),
    says: ENDPOINT,
  },
  {
    name: 'two stages less at once of an app of which nobody says that it finds its database by itself',
    before: changed(balancedSpec, { transition: { allowDowngrade: true } }),
    after: single,
    status: inForce('LoadBalanced'),
    says: ENDPOINT,
  },
  {
    name: 'RDS again when the way back to the server is over its switch',
    before: { ...down, ...single },
    after: separate,
    status: descending('LossyAfterFirstWrite'),
    says: BACK,
  },
  ...(['LossyAfterFirstWrite', 'Impossible'] as const).map((rollback) => ({
    name: `the stage before when the way back is ${rollback}`,
    before: { ...ready, ...separate },
    after: single,
    status: moving(rollback),
    says: BACK,
  })),
  {
    name: 'one server when a move to a load balancer is over its switch',
    before: { ...ready, ...balancedSpec },
    after: { ...separate, ...unbalanced },
    status: climbing('Impossible'),
    says: BACK,
  },
  {
    name: 'two stages at once of an app of which nobody says that it finds its database by itself',
    before: {},
    after: balancedSpec,
    status: inForce('SingleServer'),
    says: ENDPOINT,
  },
  {
    name: 'a load balancer before a half-built tier',
    before: separate,
    after: balancedSpec,
    status: standing,
    says: LADDER,
  },
];

const taken = (name: string, before: Piece, after: Piece, status?: Partial<TierStatus>): Change => ({
  name,
  before,
  after,
  ...(status ? { status } : {}),
});

const asked: readonly Change[] = [
  taken('the next stage of an app that finds its database by itself', ready, separate, inForce('SingleServer')),
  taken(
    'the next stage with all that belongs to it',
    {},
    { ...separate, ...ready, database: { connectionSecret: 'shop-db', rds: { engineVersion: '15', kmsKeyARN: key } } },
    inForce('SingleServer'),
  ),
  taken('the next stage again while the last attempt is being taken back', ready, separate, moving('Lossless', 'Back')),
  taken('two stages at once', ready, balancedSpec, inForce('SingleServer')),
  taken(
    'a lower stage with what the database on RDS is like until it goes',
    { ...down, ...separate, database: { rds: { storageGiB: 100 }, connectionSecret: 'shop-db' } },
    single,
    inForce('SeparateDatabase'),
  ),
  taken(
    'RDS again while the way back to the server can be called off',
    { ...down, ...single },
    separate,
    descending('Lossless'),
  ),
  taken('one server in place of a fleet', changed(down, wholeFleet), separate, inForce('LoadBalanced')),
  taken(
    'one server in place of a fleet with mysql, whose database stays where it is',
    changed(changed(balancedSpec, mysql), { transition: { allowDowngrade: true } }),
    separate,
    inForce('LoadBalanced'),
  ),
  taken('two stages less at once', changed(down, wholeFleet), single, inForce('LoadBalanced')),
  taken('a lower stage with mysql', { ...down, ...separate, ...mysql }, single, inForce('SeparateDatabase')),
  taken(
    'two stages less at once with mysql',
    changed(changed(down, wholeFleet), mysql),
    single,
    inForce('LoadBalanced'),
  ),
  taken(
    'a still lower stage when the way back from a fleet is over its switch',
    { ...changed(down, wholeFleet), ...separate },
    single,
    alone('Impossible'),
  ),
  taken(
    'another directory and another time while the app comes back from the fleet',
    { ...changed(down, wholeFleet), ...separate },
    { transition: { uploads: { directory: '/srv/data/uploads' }, traffic: { keepServerHours: 1 } } },
    alone('Lossless'),
  ),
  taken(
    'no load balancer any more once one server is in force',
    { ...changed(down, balancedSpec), ...separate },
    unbalanced,
    inForce('SeparateDatabase'),
  ),
  taken(
    'another observation while all can be called off',
    balancedSpec,
    { transition: { observation: { durationMinutes: 0 } } },
    climbing('Lossless'),
  ),
  taken(
    'another observation of a tier that stands',
    balancedSpec,
    { transition: { observation: {} } },
    {
      ...inForce('LoadBalanced'),
    },
  ),
  taken('another method of a tier that stands', separate, replicated, inForce('SeparateDatabase')),
  taken('a further stage in mid-move', { ...ready, ...separate }, balancedSpec, moving('Lossless')),
  taken('a further stage over the switch', { ...ready, ...separate }, balancedSpec, moving('LossyAfterFirstWrite')),
  taken('a load balancer before a tier that stands', separate, balancedSpec, inForce('SeparateDatabase')),
  taken('the next stage of a tier with mysql', { ...ready, ...mysql }, separate, inForce('SingleServer')),
  taken(
    'the next stage of a tier with mysql, which a person copies',
    changed({ ...ready, ...mysql }, { transition: { dataMigration: { method: 'External' } } }),
    separate,
    inForce('SingleServer'),
  ),
  taken('two stages at once with mysql', { ...ready, ...mysql }, changed(balancedSpec, mysql), inForce('SingleServer')),
  taken('the stage before in mid-move, with mysql', { ...ready, ...separate, ...mysql }, single, moving('Lossless')),
  taken(
    'a load balancer before a tier that stands, with mysql',
    { ...separate, ...mysql },
    changed(balancedSpec, mysql),
    inForce('SeparateDatabase'),
  ),
  taken(
    'a load balancer before a tier that stands, with uploads and names',
    separate,
    changed(balancedSpec, {
      transition: { uploads: { directory: '/data/uploads' }, traffic: { hostNames: ['shop.example.com'] } },
    }),
    inForce('SeparateDatabase'),
  ),
  taken(
    'anything else when the way back is gone',
    { ...ready, ...separate },
    { transition: { reloadCommand: 'systemctl restart shop', dataMigration: { rollbackWindowHours: 1 } } },
    moving('LossyAfterFirstWrite'),
  ),
];

const calledOff: readonly Change[] = [
  taken('the stage before in mid-move', { ...ready, ...separate }, single, moving('Lossless')),
  taken(
    'one server while a move to a load balancer can be called off',
    balancedSpec,
    { ...separate, ...unbalanced },
    climbing('Lossless'),
  ),
  taken(
    'the fleet again while the way back to one server can be called off',
    { ...changed(down, wholeFleet), ...separate },
    { stage: 'LoadBalanced' },
    alone('Lossless'),
  ),
  taken('the stage before after a step failed', { ...ready, ...separate }, single, moving('Lossless', 'Halted')),
  taken('the stage before of a move that has not begun', { ...ready, ...separate }, single, inForce('SingleServer')),
  taken(
    'the stage before, without what belongs to the next and without a word of the endpoint',
    { ...ready, ...separate, database: { rds: { engineVersion: '16' } } },
    { ...single, database: { rds: null }, transition: null },
    moving('Lossless'),
  ),
];

const nothingStands: readonly Change[] = [
  taken('the next stage of a tier of which nothing stands', {}, { ...separate, database: { rds: {} } }),
  taken('the next stage of a tier with mysql of which nothing stands', mysql, separate),
  taken(
    'another stage of a tier of which nothing stands any more',
    balancedSpec,
    { ...single, ...unbalanced },
    { stage: 'LoadBalanced', resources: [], intents: [] },
  ),
  taken(
    'the next stage with an older version and a key, of a tier of which nothing stands',
    {},
    { ...separate, database: { rds: { engineVersion: '15', storageGiB: 20, kmsKeyARN: key } } },
  ),
  taken(
    'the stage before of a tier of which nothing stands',
    { ...separate, database: { rds: { engineVersion: '18', storageGiB: 100 } } },
    { ...single, database: { rds: null } },
  ),
  taken('a load balancer before a tier of which nothing stands', {}, balancedSpec),
  taken(
    'an earlier cache, a bucket and keys of a tier of which nothing stands',
    separate,
    changed(balancedSpec, {
      cache: { engine: 'redis', engineVersion: '7', kmsKeyARN: key },
      storage: { bucketName: 'abc', kmsKeyARN: key },
      loadBalancer: { scheme: 'Internal' },
    }),
  ),
  taken(
    'no load balancer any more before a tier of which nothing stands',
    changed(balancedSpec, { cache: { mode: 'Serverless' } }),
    { ...separate, ...unbalanced },
  ),
];

/** Every kind of change that must go through. */
export const ACCEPTED_STAGE_CHANGES: readonly Change[] = [...asked, ...calledOff, ...nothingStands];
