/** Plans as text. */
import type { Action, Plan } from '../../src/core/action.ts';
import { Unknown } from '../../src/core/ref.ts';
import { countsOf, isEmpty, renderChange, renderPlan, renderValue, summaryOf } from '../../src/core/render.ts';
import { actionOf } from './samples.ts';

const planOf = (...actions: readonly Action[]): Plan => ({ actions, findings: [], hash: 'sha256:0' });

describe('renderValue', () => {
  it.each([
    ['text', 'text'],
    [7, '7'],
    [null, 'null'],
    [undefined, 'null'],
    [{ b: 1, a: [true] }, '{"a":[true],"b":1}'],
    [new Unknown('toy.box/a', 'id'), '(known after toy.box/a)'],
  ])('%j as %s', (value, text) => {
    expect(renderValue(value)).toBe(text);
  });

  it('cuts what is long', () => {
    expect(renderValue('x'.repeat(500))).toHaveLength(120);
    expect(renderValue('x'.repeat(500)).endsWith('…')).toBe(true);
  });
});

describe('renderPlan', () => {
  it('has a sign for each sort of action, leaves out what is as it should be, and ends in the summary', () => {
    const types = ['create', 'update', 'replace', 'delete', 'forget', 'hold', 'wait', 'none'] as const;
    const plan = planOf(...types.map((type) => actionOf({ type, node: `toy.box/${type}`, reason: 'why' })));
    expect(renderPlan(plan).split('\n')).toEqual([
      '+ toy.box/create  (why)',
      '~ toy.box/update  (why)',
      '± toy.box/replace  (why)',
      '- toy.box/delete  (why)',
      'r toy.box/forget  (why)',
      '! toy.box/hold  (why)',
      '… toy.box/wait  (why)',
      'plan: +1 ~1 ±1 -1',
    ]);
  });

  it('names impact, changes and what is waited for', () => {
    const changes = [{ path: 'mode', from: 'a', to: 'b', impact: 'restart' } as const];
    const plan = planOf(
      actionOf({ type: 'update', impact: 'restart', reason: 'the spec changed', changes, waitsFor: 'toy.net/main' }),
    );
    expect(renderPlan(plan)).toBe(
      '~ toy.box/main [restart]  (the spec changed; after toy.net/main)\n    mode: a → b\nplan: +0 ~1 -0',
    );
    expect(renderChange({ path: 'a', from: null, to: 1, impact: 'online' })).toBe('a: null → 1');
  });
});

describe('isEmpty', () => {
  it.each([
    ['none', true],
    ['wait', true],
    ['hold', true],
    ['create', false],
    ['update', false],
    ['replace', false],
    ['delete', false],
    ['forget', false],
  ] as const)('%s: %s', (type, empty) => {
    expect(isEmpty(planOf(actionOf({ type })))).toBe(empty);
  });
});

describe('summaryOf', () => {
  it('names replacements only when there are some', () => {
    expect(summaryOf(planOf())).toBe('+0 ~0 -0');
    expect(countsOf(planOf(actionOf({ type: 'replace' })))).toEqual({ create: 0, update: 0, replace: 1, delete: 0 });
  });
});
