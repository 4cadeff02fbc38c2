/** What the conditions of a tier say. */
import fc from 'fast-check';
import type { TierStatus } from '../../src/api/types.ts';
import { CONDITION_REASONS, type ConditionType } from '../../src/api/well-known.ts';
import type { Action, Finding, Plan } from '../../src/core/action.ts';
import { AWAITS_APPROVAL } from '../../src/core/approval.ts';
import { conditionsOf, cut, type Standing, statementsOf } from '../../src/core/conditions.ts';
import type { Progress } from '../../src/core/progress.ts';
import { actionOf, ownedOf } from './samples.ts';

const NOW = new Date('2026-11-24T12:00:00Z');
const ready: Progress = {
  wanted: 2,
  ready: 2,
  waitingFor: [],
  failed: [],
  work: undefined,
  stalls: [],
  failures: [],
  blind: false,
};
const planOf = (actions: readonly Action[] = [], findings: readonly Finding[] = []): Plan => ({
  actions,
  findings,
  hash: 'sha256:0',
});
const finding: Finding = {
  node: 'toy.box/main',
  field: 'a',
  desired: 1,
  observed: 2,
  class: 'Correctable',
  action: 'Pending',
};

const closed = ownedOf({ id: 'box-1', health: { state: 'optimizing', phase: 'ready', closed: ['a'] } });
const closedChange = { path: 'a', from: 1, to: 2, impact: 'online' } as const;

const standing = (change: Partial<Standing> = {}): Standing => ({
  progress: ready,
  plan: planOf(),
  deleting: false,
  passive: undefined,
  inForce: true,
  dataCopy: { id: 'snap-1', time: '2026-11-24T00:00:00Z' },
  ...change,
});

const said = (change: Partial<Standing>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    statementsOf(standing(change), NOW).map(({ type, status, reason }) => [type, `${status} ${reason}`]),
  );

const RESTING = {
  Ready: 'True Available',
  Synced: 'True ReconcileSuccess',
  UpToDate: 'True InSync',
  DataSafe: 'True RecentCopy',
};

describe('statementsOf', () => {
  it.each<[string, Partial<Standing>, object]>([
    ['at rest', {}, RESTING],
    [
      'while it is created',
      {
        inForce: false,
        dataCopy: undefined,
        progress: { ...ready, ready: 1, work: 'Creating' },
        plan: planOf([actionOf({ type: 'create' })]),
      },
      {
        Ready: 'False Creating',
        Reconciling: 'True Creating',
        Synced: 'True ReconcileSuccess',
        UpToDate: 'False Progressing',
        DataSafe: 'False NoBackup',
      },
    ],
    [
      'while a change is made that nobody notices',
      { progress: { ...ready, work: 'Updating' }, plan: planOf([actionOf({ type: 'update' })]) },
      { ...RESTING, Reconciling: 'True Updating', UpToDate: 'False Progressing' },
    ],
    [
      'while a server is replaced',
      { progress: { ...ready, ready: 1, work: 'Replacing' }, plan: planOf([actionOf({ type: 'replace' })]) },
      { ...RESTING, Ready: 'False Unavailable', Reconciling: 'True Replacing', UpToDate: 'False Progressing' },
    ],
    [
      'when a part is sick',
      {
        progress: { ...ready, ready: 1 },
        plan: planOf([actionOf({ type: 'hold', problem: 'Failed', live: {} as never })]),
      },
      { ...RESTING, Ready: 'False Degraded' },
    ],
    [
      'when a change waits for approval, whatever else differs',
      {
        plan: planOf([actionOf({ type: 'update', waitsFor: AWAITS_APPROVAL })], [finding]),
      },
      { ...RESTING, UpToDate: 'False AwaitingApproval' },
    ],
    [
      'when AWS takes no change now',
      {
        progress: { ...ready, work: 'Updating' },
        plan: planOf([
          actionOf({ type: 'update', waitsFor: 'AWS says optimizing', changes: [closedChange], live: closed }),
        ]),
      },
      { ...RESTING, Reconciling: 'True Updating', UpToDate: 'False UpdateRestricted' },
    ],
    [
      'while paused with something that waits for approval',
      { passive: 'Paused', plan: planOf([actionOf({ type: 'update', waitsFor: AWAITS_APPROVAL })]) },
      { ...RESTING, Synced: 'False Paused', UpToDate: 'False UpdateRestricted' },
    ],
    [
      'when others changed something',
      { plan: planOf([actionOf()], [finding]) },
      { ...RESTING, UpToDate: 'False DriftDetected' },
    ],
    ['when others changed what they may', { plan: planOf([actionOf()], [{ ...finding, action: 'Ignored' }]) }, RESTING],
    [
      'when a wish is refused',
      {
        progress: { ...ready, stalls: [{ reason: 'DataLossRefused', message: 'x' }] },
        plan: planOf([actionOf({ type: 'hold' })]),
      },
      { ...RESTING, Stalled: 'True DataLossRefused', UpToDate: 'False UpdateRestricted' },
    ],
    [
      'when AWS refuses',
      {
        progress: { ...ready, failures: [{ class: 'quota', code: 'VpcLimitExceeded', message: 'x', node: 'a/b' }] },
        plan: planOf([actionOf({ type: 'update' })]),
      },
      { ...RESTING, Synced: 'False ReconcileError', UpToDate: 'False Progressing' },
    ],
    [
      'when AWS throttles',
      { progress: { ...ready, failures: [{ class: 'throttled', code: 'Throttling', message: 'x', node: 'a/b' }] } },
      { ...RESTING, Synced: 'False Throttled' },
    ],
    [
      'when AWS cannot be read',
      { progress: { ...ready, blind: true } },
      { ...RESTING, UpToDate: 'Unknown Progressing' },
    ],
    [
      'while paused with something to do',
      { passive: 'Paused', progress: { ...ready, work: 'Updating' }, plan: planOf([actionOf({ type: 'update' })]) },
      { ...RESTING, Synced: 'False Paused', UpToDate: 'False UpdateRestricted' },
    ],
    [
      'while only observed with something to do',
      {
        passive: 'ObserveOnly',
        progress: { ...ready, work: 'Updating' },
        plan: planOf([actionOf({ type: 'update' })]),
      },
      { ...RESTING, UpToDate: 'False UpdateRestricted' },
    ],
    [
      'while it is deleted',
      {
        deleting: true,
        progress: { ...ready, wanted: 0, ready: 0, work: 'Deleting' },
        plan: planOf([actionOf({ type: 'delete' })]),
      },
      {
        Ready: 'False Deleting',
        Reconciling: 'True Deleting',
        Synced: 'True ReconcileSuccess',
        UpToDate: 'False Progressing',
      },
    ],
    [
      'with an old copy',
      { dataCopy: { id: 'snap-1', time: '2026-11-23T11:59:59Z' } },
      { ...RESTING, DataSafe: 'False BackupTooOld' },
    ],
    ['with a copy of just a day', { dataCopy: { id: 'snap-1', time: '2026-11-23T12:00:00Z' } }, RESTING],
  ])('%s', (_name, change, expected) => {
    expect(said(change)).toEqual(expected);
  });

  it('uses each type once and only reasons that users know', () => {
    fc.assert(
      fc.property(
        fc.record({
          deleting: fc.boolean(),
          inForce: fc.boolean(),
          passive: fc.constantFrom(undefined, 'Paused' as const, 'ObserveOnly' as const),
          ready: fc.nat(2),
          blind: fc.boolean(),
          work: fc.constantFrom(undefined, 'Creating' as const, 'Deleting' as const),
          type: fc.constantFrom('none' as const, 'create' as const, 'hold' as const, 'wait' as const),
          stalled: fc.boolean(),
          waitsFor: fc.constantFrom(
            {},
            { waitsFor: AWAITS_APPROVAL },
            { waitsFor: 'AWS', live: closed, changes: [closedChange] },
          ),
          failed: fc.constantFrom([], ['toy.box/main (it broke)']),
        }),
        ({ ready: count, blind, work, type, stalled, waitsFor, failed, ...rest }) => {
          const stalls = stalled ? [{ reason: 'QuotaExceeded', message: 'x' } as const] : [];
          const statements = statementsOf(
            standing({
              ...rest,
              progress: { ...ready, ready: count, blind, work, stalls, failed },
              plan: planOf([actionOf({ type, ...waitsFor })]),
            }),
            NOW,
          );
          expect(new Set(statements.map((one) => one.type)).size).toBe(statements.length);
          for (const one of statements) {
            expect(CONDITION_REASONS[one.type as ConditionType]).toContain(one.reason);
            expect(one.message).not.toMatch(/\d{4}-\d{2}-\d{2}T|\d{2}:\d{2}/);
          }
        },
      ),
    );
  });

  it('says the same whatever order failures and findings come in', () => {
    const failures = ['b', 'a', 'c'].map((name) => ({
      class: 'quota',
      code: 'X',
      message: 'no',
      node: `toy.box/${name}`,
    }));
    const findings = ['b', 'a', 'c'].map((field) => ({ ...finding, field }));
    const text = (list: typeof failures, found: readonly Finding[]) =>
      statementsOf(standing({ progress: { ...ready, failures: list }, plan: planOf([], found) }), NOW);
    expect(text([...failures].reverse(), [...findings].reverse())).toEqual(text(failures, findings));
  });
});

describe('conditionsOf', () => {
  const occasion = (before: TierStatus, now = NOW) => ({ now, generation: 7, before });
  const statement = { type: 'Ready', status: 'True', reason: 'Available', message: 'x' } as const;
  const old = (status: 'True' | 'False'): TierStatus => ({
    observedGeneration: 6,
    conditions: [
      {
        type: 'Ready',
        status,
        reason: 'Creating',
        message: 'y',
        lastTransitionTime: '2026-01-01T00:00:00.000Z',
        observedGeneration: 6,
      },
    ],
  });

  it('moves a transition time when the status moves, and only then', () => {
    expect(conditionsOf([statement], occasion(old('False')))[0]?.lastTransitionTime).toBe(NOW.toISOString());
    expect(conditionsOf([statement], occasion(old('True')))[0]).toEqual({
      ...statement,
      lastTransitionTime: '2026-01-01T00:00:00.000Z',
      observedGeneration: 7,
    });
  });

  it('drops what is not said any more', () => {
    expect(conditionsOf([], occasion(old('True')))).toEqual([]);
  });
});

describe('cut', () => {
  it('never exceeds the limit', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 50 }), fc.integer({ min: 1, max: 20 }), (text, max) =>
        expect(cut(text, max).length).toBeLessThanOrEqual(max),
      ),
    );
  });
});
