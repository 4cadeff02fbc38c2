/** Changes of a tier's stage: which moves there are, and until when they can be called off. */
import type { TierStatus, TransitionStatus } from '../../src/api/types.ts';
import type { Change } from './changes.ts';
import { changed, type Piece } from './manifests.ts';
import { balancedSpec } from './manifests-load-balanced.ts';
import { announced, standing, transition } from './statuses.ts';

const LADDER = 'spec.stage may change once a stage is in force, and not from LoadBalanced yet';
const POSTGRES = 'with spec.database.engine mysql where the database moves: only PostgreSQL data is moved yet';
const ENDPOINT = 'set spec.transition.endpointFromParameter to true when the application reads where its database is';
const DOWN = 'set spec.transition.allowDowngrade to true';
const RDS = 'spec.database.rds must stay as it is until spec.stage SingleServer is in force';
const METHOD = 'spec.transition.dataMigration.method cannot change while a move is under way';
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

const descending = (rollback: TransitionStatus['rollback']) => ({
  ...inForce('SeparateDatabase'),
  transition: { ...transition, from: 'SeparateDatabase', to: 'SingleServer', rollback },
});

/** Changes of how the database moves that must be refused. */
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
  {
    name: 'the next stage of a tier with mysql',
    before: { ...ready, ...mysql },
    after: separate,
    status: inForce('SingleServer'),
    says: POSTGRES,
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
    name: 'no load balancer any more before a tier that stands',
    before: balancedSpec,
    after: { ...separate, ...unbalanced },
    status: inForce('LoadBalanced'),
    says: LADDER,
  },
  {
    name: 'the stage before when the move is over, of which nobody says that it may be lowered',
    before: { ...ready, ...separate },
    after: single,
    status: inForce('SeparateDatabase'),
    says: DOWN,
  },
  {
    name: 'a lower stage with mysql',
    before: { ...down, ...separate, ...mysql },
    after: single,
    status: inForce('SeparateDatabase'),
    says: POSTGRES,
  },
  {
    name: 'a lower stage of an app of which nobody says that it finds its database by itself',
    before: { ...separate, transition: { allowDowngrade: true } },
    after: single,
    status: inForce('SeparateDatabase'),
    says: ENDPOINT,
  },
  {
    name: 'two stages less at once',
    before: { ...down, ...balancedSpec },
    after: { ...single, ...unbalanced },
    status: inForce('LoadBalanced'),
    says: LADDER,
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
    name: 'two stages at once with mysql',
    before: { ...ready, ...mysql },
    after: balancedSpec,
    status: inForce('SingleServer'),
    says: POSTGRES,
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
  taken('another method of a tier that stands', separate, replicated, inForce('SeparateDatabase')),
  taken('a further stage in mid-move', { ...ready, ...separate }, balancedSpec, moving('Lossless')),
  taken('a further stage over the switch', { ...ready, ...separate }, balancedSpec, moving('LossyAfterFirstWrite')),
  taken('a load balancer before a tier that stands', separate, balancedSpec, inForce('SeparateDatabase')),
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
