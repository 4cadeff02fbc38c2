/** When to look again. */
import type { Action, Finding, Plan } from '../../src/core/action.ts';
import { AWAITS_APPROVAL } from '../../src/core/approval.ts';
import type { Outcome } from '../../src/core/outcome.ts';
import { type Pace, requeueAfter } from '../../src/engine/rhythm.ts';
import { actionOf, BOX, ownedOf } from '../core/samples.ts';

const NOW = new Date('2026-11-24T00:00:00Z');
const REST: Pace = { restSeconds: 300, confirmationSeconds: 30, passive: false, now: NOW, unread: new Map() };

const planOf = (actions: readonly Action[], findings: readonly Finding[] = []): Plan => ({
  actions,
  findings,
  hash: 'sha256:0',
});

const outcome = (result: Outcome['result'], change: Partial<Outcome> = {}): Outcome => ({
  node: 'toy.box/main',
  action: 'update',
  result,
  incarnation: 1,
  ...change,
});

const secondsAfter = (action: Action, outcomes: readonly Outcome[] = [], options: Partial<Pace> = {}): number =>
  requeueAfter(planOf([action]), new Map(outcomes.map((one) => [one.node, one])), { ...REST, ...options });

const failed = (sort: string): Outcome => outcome('failed', { failure: { class: sort, code: 'X', message: '' } });
const pending: Finding = {
  node: 'toy.box/main',
  field: 'a',
  desired: 1,
  observed: 2,
  class: 'Correctable',
  action: 'Pending',
};

describe('requeueAfter', () => {
  it.each<[string, number, Action, readonly Outcome[]]>([
    ['nothing to do: the rest', 300, actionOf(), []],
    ['AWS is at work: the ordinary pace', 2, actionOf({ type: 'wait' }), []],
    ['AWS is at work: the pace of the kind', 15, actionOf({ type: 'wait', kind: { ...BOX, settle: 15 } }), []],
    [
      'AWS is at work: the pace of how far it is',
      0.5,
      actionOf({
        type: 'wait',
        live: ownedOf({ id: 'a', health: { state: 'running', phase: 'settling', pace: 0.5 } }),
      }),
      [],
    ],
    [
      'a final kind that is not visible yet: the ordinary pace',
      2,
      actionOf({ type: 'wait', kind: { ...BOX, settle: 0 } }),
      [],
    ],
    ['done: at once', 0.2, actionOf({ type: 'create' }), [outcome('done')]],
    [
      'settling: the pace of the kind',
      5,
      actionOf({ type: 'update', kind: { ...BOX, settle: 5 } }),
      [outcome('settling')],
    ],
    ['throttled: ten seconds', 10, actionOf({ type: 'update' }), [failed('throttled')]],
    ['no capacity: two minutes', 120, actionOf({ type: 'update' }), [failed('capacity')]],
    ['refused: a minute', 60, actionOf({ type: 'update' }), [failed('denied')]],
    ['held: a minute', 60, actionOf({ type: 'hold' }), []],
    ['only waiting for this pass: at once', 0.2, actionOf({ type: 'delete', waitsFor: 'the id in status' }), []],
    ['blocked by nothing else in the plan: at once', 0.2, actionOf({ type: 'create' }), [outcome('blocked')]],
  ])('%s', (_name, seconds, action, outcomes) => {
    expect(secondsAfter(action, outcomes)).toBe(seconds);
  });

  it.each([
    ['InternalError', 'ambiguous', 5],
    ['Throttling', 'throttled', 10],
    ['UnauthorizedOperation', 'denied', 60],
    ['SomethingNew', 'unknown', 60],
  ])('does not hurry after a reading that failed: %s', (code, sort, seconds) => {
    const unread = new Map([['toy.net', { class: sort, code, message: '' }]]);
    const above = actionOf({ type: 'wait', needs: ['toy.net/main'], kind: { ...BOX, settle: 1 } });
    expect(secondsAfter(above, [], { unread })).toBe(seconds);
    expect(secondsAfter(actionOf({ type: 'wait', kind: { type: 'toy.net', settle: 1 } }), [], { unread })).toBe(
      seconds,
    );
    expect(secondsAfter(actionOf({ type: 'wait', kind: { ...BOX, settle: 1 } }), [], { unread })).toBe(1);
  });

  it('looks a second time at a deviation when it can be believed, and not before', () => {
    const action = actionOf({ type: 'update', drift: true, waitsFor: 'a second look' });
    expect(requeueAfter(planOf([action], [pending]), new Map(), REST)).toBe(30);
  });

  it('waits at the pace of AWS for what AWS works on, also when a change waits for it', () => {
    const busy = ownedOf({ id: 'a', health: { state: 'modifying', phase: 'settling' } });
    expect(
      secondsAfter(
        actionOf({ type: 'update', live: busy, waitsFor: 'AWS says modifying', kind: { ...BOX, settle: 7 } }),
      ),
    ).toBe(7);
  });

  it('rests while a person is waited for, and while what waits for that does', () => {
    const asked = actionOf({ type: 'update', waitsFor: AWAITS_APPROVAL, live: ownedOf({ id: 'a' }) });
    const next = actionOf({ type: 'delete', node: 'toy.box/old', waitsFor: 'toy.box/main' });
    expect(requeueAfter(planOf([asked, next]), new Map(), REST)).toBe(300);
    const other = actionOf({ type: 'delete', node: 'toy.box/older', waitsFor: 'the id in status' });
    expect(requeueAfter(planOf([asked, next, other]), new Map(), REST)).toBe(0.2);
  });

  it('looks at the pace of the kind at what AWS takes no changes of now, and less often the longer it lasts', () => {
    const live = ownedOf({ id: 'a', health: { state: 'optimizing', phase: 'ready', closed: ['size'] } });
    const change = { path: 'size.large', from: 1, to: 2, impact: 'online' } as const;
    const closed = (settle: number, outdatedSeconds = 0) =>
      secondsAfter(
        actionOf({
          type: 'update',
          kind: { ...BOX, settle },
          live,
          changes: [change],
          waitsFor: 'AWS says optimizing',
        }),
        [],
        { outdatedSeconds },
      );
    expect([closed(2), closed(90), closed(2, 100), closed(2, 7200)]).toEqual([2, 90, 10, 60]);
  });

  it('takes the soonest of all', () => {
    const plan = planOf([
      actionOf({ type: 'hold' }),
      actionOf({ type: 'wait', node: 'toy.box/b', kind: { ...BOX, settle: 15 } }),
    ]);
    expect(requeueAfter(plan, new Map(), REST)).toBe(15);
  });

  it.each([60, 120])('does not hurry because the rest is as short as the wait: %s seconds', (restSeconds) => {
    expect(
      secondsAfter(actionOf({ type: 'update' }), [failed(restSeconds === 60 ? 'denied' : 'capacity')], { restSeconds }),
    ).toBe(restSeconds);
  });

  it('rests when nothing may be written', () => {
    expect(secondsAfter(actionOf({ type: 'create' }), [], { passive: true })).toBe(300);
  });
});
