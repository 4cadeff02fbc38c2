/** What is said of approvals and moves: once when it happens, never again while it lasts. */
import type { TierStatus } from '../../src/api/types.ts';
import { AWAITS_APPROVAL } from '../../src/core/approval.ts';
import type { Tier } from '../../src/core/tier.ts';
import { eventsOf } from '../../src/engine/events.ts';
import { actionOf } from '../core/samples.ts';

const condition = (type: string, status: 'True' | 'False', reason: string) => ({
  type,
  status,
  reason,
  message: '',
  lastTransitionTime: '2026-11-24T00:00:00Z',
});
const READY = condition('Ready', 'True', 'Available');
const PLAN = { generation: 1, summary: '+0 ~1 -0', create: 0, update: 1, replace: 0, delete: 0 };

const statusOf = (change: Partial<TierStatus> = {}): TierStatus => ({
  observedGeneration: 1,
  stage: 'SingleServer',
  conditions: [READY],
  plan: { ...PLAN, hash: 'sha256:1' },
  ...change,
});

const NOW = new Date('2026-11-29T12:10:00Z');

const said = (before: TierStatus, after: TierStatus, hash = 'sha256:1'): readonly string[] => {
  const tier = { metadata: { generation: 1 }, spec: {}, status: before } as unknown as Tier;
  const change = { path: 'mode', from: 'a', to: 'b', impact: 'restart' } as const;
  const plan = {
    actions: [actionOf({ type: 'update', changes: [change], waitsFor: AWAITS_APPROVAL })],
    findings: [],
    hash,
  };
  return eventsOf({ tier, after, plan, outcomes: new Map(), gone: false, now: NOW }).map(
    ({ type, reason, message }) => `${type} ${reason}: ${message}`,
  );
};

describe('the events of an approval', () => {
  const waiting = statusOf({ conditions: [READY, condition('UpToDate', 'False', 'AwaitingApproval')] });

  it('are one when a plan begins to wait, and one for each other plan', () => {
    const ready =
      'Normal PlanReady: toy.box/main mode: waits for approval; approve it with the annotation scalingtier.dev/approve-plan=';
    expect(said(statusOf(), waiting)).toEqual([`${ready}sha256:1`]);
    expect(said(waiting, waiting)).toEqual([]);
    expect(said(waiting, waiting, 'sha256:2')).toEqual([`${ready}sha256:2`]);
  });

  it('are one when it is given', () => {
    const given = statusOf({ approval: { plan: 'sha256:1', changes: ['a'] } });
    expect(said(waiting, given)).toEqual(['Normal PlanApproved: approved: sha256:1']);
    expect(said(given, statusOf({ approval: { plan: 'sha256:1', changes: [] } }))).toEqual([]);
  });
});

describe('the events of a move', () => {
  const at = (place: string | undefined, id = 'box-1') =>
    statusOf({
      conditions: [READY, condition('UpToDate', 'True', 'InSync')],
      resources: [
        {
          role: 'toy.box/main',
          type: 'toy.box',
          id,
          incarnation: 1,
          state: 'x',
          ready: true,
          ...(place ? { place } : {}),
        },
      ],
    });

  it('are one for each place, and none for another resource or a place that was not known', () => {
    expect(said(at('a'), at('b'))).toEqual(['Normal FailoverObserved: AWS moved toy.box/main from a to b']);
    expect([said(at('b'), at('b')), said(at(undefined), at('b')), said(at('a'), at('b', 'box-2'))]).toEqual([
      [],
      [],
      [],
    ]);
  });

  it('are a warning of what has been out of service for too long, and of nothing else', () => {
    const out = (unreadySince: string) =>
      statusOf({
        conditions: [condition('Ready', 'False', 'Degraded')],
        resources: [
          {
            role: 'toy.box/main',
            type: 'toy.box',
            id: 'box-1',
            incarnation: 1,
            state: 'moving',
            ready: false,
            unreadySince,
          },
        ],
      });
    expect(said(statusOf(), out('2026-11-29T12:07:00Z'))).toEqual([
      'Warning FailoverObserved: toy.box/main (AWS says moving): out of service for longer than 180 seconds',
    ]);
    expect(said(statusOf(), out('2026-11-29T12:07:01Z'))).toEqual([]);
  });
});
