/** Who is looked at by itself after a change. */
import type { Action } from '../../src/core/action.ts';
import type { Kind } from '../../src/core/kind.ts';
import type { Outcome } from '../../src/core/outcome.ts';
import type { NodeId } from '../../src/core/ref.ts';
import { type Expected, expectAfter, expecting } from '../../src/engine/aftermath.ts';

const group: Kind = { type: 'toy.group' };
const box: Kind = { type: 'toy.box', aftermath: ['applied'] as never };
const sign: Kind = { type: 'toy.sign' };

const action = (node: NodeId, kind: Kind, needs: readonly NodeId[] = []): Action => ({
  type: 'none',
  node,
  kind,
  needs,
  reason: '',
  changes: [],
  drift: false,
});

const ACTIONS = [
  action('toy.group/a', group),
  action('toy.box/first', box, ['toy.group/a']),
  action('toy.box/copy', box, ['toy.box/first']),
  action('toy.sign/a', sign, ['toy.box/first']),
];

function expectedAfter(result: Outcome['result'], done: Outcome['action'] = 'update', node: NodeId = 'toy.group/a') {
  const expected: Expected = new Map();
  const outcome = { node, action: done, result, incarnation: 1 } as Outcome;
  expectAfter(expected, { actions: ACTIONS, outcomes: new Map([[node, outcome]]) }, 1000);
  return expected;
}

describe('an aftermath is expected', () => {
  test('of what stands on something that was changed, and of nothing else', () => {
    expect([...expectedAfter('done').keys()]).toEqual(['toy.box']);
    expect([...expectedAfter('settling').keys()]).toEqual(['toy.box']);
    expect([...expectedAfter('done', 'update', 'toy.box/first').keys()]).toEqual(['toy.box']);
    expect([...expectedAfter('done', 'update', 'toy.sign/a').keys()]).toEqual([]);
  });

  test('not when nothing was changed', () => {
    expect(expectedAfter('failed').size + expectedAfter('blocked').size + expectedAfter('done', 'create').size).toBe(0);
  });

  test('for a while', () => {
    const expected = expectedAfter('done');
    expect([...expecting(expected, 999)]).toEqual(['toy.box']);
    expect([...expecting(expected, 1000)]).toEqual([]);
    expect(expected.size).toBe(0);
  });
});
