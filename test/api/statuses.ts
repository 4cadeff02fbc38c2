/** Statuses for tests. */
import type {
  Drift,
  PlanStep,
  ResourceStatus,
  Retained,
  TierStatus,
  TransitionStatus,
  TransitionStep,
} from '../../src/api/types.ts';

const TIME = '2026-11-24T10:00:00Z';
const long = (length: number) => 'x'.repeat(length);
const role = (index: number) => `ec2.security-group-rule/${long(90)}-${index}`;
const many = <T>(count: number, make: (index: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, index) => make(index));

const vpc: ResourceStatus = {
  role: 'ec2.vpc/main',
  type: 'ec2.vpc',
  id: 'vpc-1',
  incarnation: 1,
  state: 'available',
  ready: true,
};

/** A status such as a converged tier has. */
export const settled: TierStatus = {
  observedGeneration: 1,
  stage: 'SingleServer',
  message: 'all 36 resources are ready',
  accountID: '123456789012',
  conditions: [
    {
      type: 'Ready',
      status: 'True',
      reason: 'Available',
      message: 'all 36 resources are ready',
      lastTransitionTime: TIME,
      observedGeneration: 1,
    },
    { type: 'UpToDate', status: 'True', reason: 'InSync', message: '', lastTransitionTime: TIME },
  ],
  facts: {
    zoneIDs: ['use1-az1', 'use1-az2'],
    zoneNames: ['us-east-1a', 'us-east-1b'],
    imageID: 'ami-0123456789abcdef0',
    imageSource: '/aws/service/ami',
    architecture: 'arm64',
  },
  resources: [
    vpc,
    { role: 'ec2.instance/server', type: 'ec2.instance', id: 'i-1', incarnation: 2, state: 'running', ready: true },
  ],
  driftCount: 0,
  endpoints: { application: 'http://203.0.113.10', elasticIP: '203.0.113.10' },
  plan: { hash: 'sha256:0', generation: 1, summary: '+0 ~0 -0', create: 0, update: 0, replace: 0, delete: 0 },
  cost: { currency: 'USD', monthlyEstimate: '27.30', priceTable: 'us-east-1/2026-10-02', confidence: 'High' },
  dataProtection: { latestCopyID: 'snap-1', latestCopyTime: TIME },
};

/** What a tier of which something stands says at least. */
export const standing: Partial<TierStatus> = { resources: [vpc] };

/** What a tier says whose first create is announced, and may be under way. */
export const announced: Partial<TierStatus> = {
  intents: [{ role: vpc.role, incarnation: 1, startedAt: TIME }],
};

/** A move that says everything that can be said of one: a step failed, and the others are being taken back. */
export const transition: TransitionStatus = {
  from: 'SingleServer',
  to: 'SeparateDatabase',
  course: 'Halted',
  startedTime: TIME,
  step: 'D4',
  rollback: 'Lossless',
  interruptionSeconds: 95,
  steps: [
    {
      id: 'D1',
      role: 'operation.step/inspect',
      does: 'look whether the database can move',
      state: 'TakenBack',
      startedTime: TIME,
      finishedTime: TIME,
      attempts: 1,
      result: '12 tables, 4 roles',
    },
    { id: 'D4', role: 'operation.step/rehearse', does: 'rehearse the copy and measure it', state: 'Failed' },
    { id: 'D12', role: 'operation.step/window', does: 'keep the old database as it was', state: 'Pending' },
  ],
  failure: {
    step: 'D4',
    role: 'operation.step/rehearse',
    message: 'the copy took 1400 seconds',
    generation: 2,
  },
};

/** The status of a tier in mid-move. */
export const moving: TierStatus = { ...settled, transition };

const resource = (index: number): ResourceStatus => ({
  role: role(index),
  type: 'ec2.security-group-rule',
  id: long(256),
  incarnation: index,
  state: long(64),
  ready: false,
  specHash: long(80),
});

const drift = (index: number): Drift => ({
  role: role(index),
  field: long(200),
  desired: long(300),
  observed: long(300),
  class: 'Correctable',
  firstSeenTime: TIME,
  action: 'Pending',
});

const step = (index: number): PlanStep => ({
  role: role(index),
  action: 'Update',
  impact: 'Online',
  reason: long(300),
  changes: many(20, (change) => ({ path: `${long(190)}${change}`, from: long(300), to: long(300) })),
});

const runbookStep = (index: number): TransitionStep => ({
  id: `D${index}`,
  role: role(index),
  does: long(128),
  state: 'Pending',
  result: long(300),
});

const retained = (index: number): Retained => ({ role: role(index), id: long(256) });

/** A status that breaks every bound of length and number, with a plan of so many steps. */
export function oversized(steps = 200): TierStatus {
  return {
    ...settled,
    message: long(5000),
    intents: many(150, (index) => ({ role: role(index), incarnation: 1, startedAt: TIME })),
    resources: many(400, resource),
    drift: many(80, drift),
    driftCount: 1_000_000,
    plan: {
      hash: 'sha256:0',
      generation: 1,
      summary: long(100),
      create: 5000,
      update: 0,
      replace: 0,
      delete: 0,
      steps: many(steps, step),
      text: long(50_000),
    },
    transition: { ...transition, steps: many(80, runbookStep) },
    retained: many(400, retained),
    tagKeys: many(100, (index) => `${long(120)}${index}`),
  };
}
