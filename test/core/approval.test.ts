/** What waits for approval, and what one approval covers. */
import {
  type Approval,
  AWAITS_APPROVAL,
  gate,
  heldBack,
  NO_APPROVAL,
  NO_GRANT,
  remaining,
} from '../../src/core/approval.ts';
import type { Change, Kind } from '../../src/core/kind.ts';
import { Unknown } from '../../src/core/ref.ts';
import { actionOf, BOX, ownedOf } from './samples.ts';

const change = (path: string, impact: Change['impact'] = 'online', to: unknown = 'b'): Change => ({
  path,
  from: 'a',
  to,
  impact,
});
const restart = actionOf({
  type: 'update',
  changes: [change('mode', 'restart')],
  spec: { mode: 'b' },
  live: ownedOf({ id: 'box-1' }),
});
const online = actionOf({ ...restart, node: 'toy.box/other', changes: [change('color')], spec: { color: 'b' } });
const disruptive: Approval = { ...NO_APPROVAL, required: 'Disruptive' };

describe('gate', () => {
  it.each<[string, boolean, Parameters<typeof actionOf>[0]]>([
    ['an interruption of what stands waits', true, {}],
    ['a replacement waits', true, { type: 'replace', changes: [change('shape', 'replace')] }],
    ['a change online goes on', false, { changes: [change('color')] }],
    ['what is made goes on', false, { type: 'create', changes: [] }],
    ['what is held goes nowhere', false, { type: 'hold' }],
    ['what goes is no change', false, { type: 'delete', changes: [] }],
    ['a step that falls due goes on', false, { kind: { ...BOX, operation: true } }],
    ['a deviation that needs an interruption waits', true, { drift: true }],
    ['a deviation that is not sure yet is nothing to ask about', false, { drift: true, waitsFor: 'a second look' }],
    ['what AWS is busy with waits for the person first', true, { waitsFor: 'AWS says modifying' }],
  ])('%s', (_name, waits, difference) => {
    const { actions } = gate([actionOf({ ...restart, ...difference })], disruptive);
    expect(actions[0]?.waitsFor === AWAITS_APPROVAL).toBe(waits);
  });

  it('asks nobody without the policy, unless the kind insists', () => {
    const kind: Kind = { ...BOX, approval: ({ path, to }) => path === 'version' && to === '17' };
    const upgrade = (to: string) => actionOf({ ...online, kind, changes: [change('version', 'online', to)] });
    expect(gate([restart, upgrade('16')], NO_APPROVAL).hash).toBeUndefined();
    expect(gate([restart, upgrade('17')], NO_APPROVAL).actions.map(({ waitsFor }) => waitsFor)).toEqual([
      undefined,
      AWAITS_APPROVAL,
    ]);
  });

  it('has one hash for what waits, whatever else is done meanwhile', () => {
    expect(gate([restart, online], disruptive).hash).toBe(gate([restart], disruptive).hash);
  });

  it('has other hashes for other fields, values, nodes and impacts', () => {
    const hashes = [
      restart,
      actionOf({ ...restart, spec: { mode: 'c' } }),
      actionOf({ ...restart, node: 'toy.box/other' }),
      actionOf({ ...restart, changes: [change('mode', 'restart'), change('color')] }),
      actionOf({ ...restart, type: 'replace', changes: [change('mode', 'replace')] }),
    ].map((action) => gate([action], disruptive).hash);
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it('lets exactly the approved plan go', () => {
    const { hash = '' } = gate([restart], disruptive);
    const granted = gate([restart], { ...disruptive, approved: [hash] });
    expect(granted).toMatchObject({ actions: [restart], hash, granted: { plan: hash } });
    expect(gate([restart], { ...disruptive, approved: [`${hash}0`] }).actions[0]?.waitsFor).toBe(AWAITS_APPROVAL);
  });

  it('goes on with a plan of which half is done, and stops at what nobody approved', () => {
    const second = actionOf({ ...restart, node: 'toy.box/second' });
    const { hash = '' } = gate([restart, second], disruptive);
    const { granted } = gate([restart, second], { ...disruptive, approved: [hash] });
    const later = { ...disruptive, granted };
    expect(gate([second], later).actions).toEqual([second]);
    expect(gate([actionOf({ ...second, spec: { mode: 'c' } })], later).actions[0]?.waitsFor).toBe(AWAITS_APPROVAL);
    expect(gate([second, actionOf({ ...restart, node: 'toy.box/third' })], later).actions[0]).toEqual(second);
  });

  it('knows a change again when what it refers to has come to be known', () => {
    const spec = { base: { $ref: 'toy.box/base' as const, attr: 'id' }, tuning: { 'a.b': 1 } };
    const action = (to: unknown) =>
      actionOf({ ...restart, spec, changes: [change('base', 'restart', to), change('tuning.a.b', 'online', 1)] });
    const before = gate([action(new Unknown('toy.box/base', 'id'))], disruptive);
    const { granted } = gate([action(new Unknown('toy.box/base', 'id'))], {
      ...disruptive,
      approved: [before.hash ?? ''],
    });
    expect(gate([action('box-7')], { ...disruptive, granted }).hash).toBeUndefined();
  });

  it('counts an approval once: the same plan has another hash the next time', () => {
    const { hash = '' } = gate([restart], disruptive);
    const { granted } = gate([restart], { ...disruptive, approved: [hash] });
    const over = remaining(granted, [actionOf()]);
    expect(over).toEqual({ plan: hash, changes: [] });
    const again = gate([restart], { required: 'Disruptive', approved: [hash], granted: over });
    expect(again.actions[0]?.waitsFor).toBe(AWAITS_APPROVAL);
    expect(again.hash).not.toBe(hash);
  });

  it('keeps what is covered until everything is in its place', () => {
    const granted = { plan: 'sha256:1', changes: ['a'] };
    expect(remaining(granted, [actionOf({ type: 'wait' })])).toBe(granted);
    expect(remaining(NO_GRANT, [actionOf()])).toBe(NO_GRANT);
  });
});

describe('heldBack', () => {
  it('holds what waits for a person, and what waits for that, and nothing else', () => {
    const asked = actionOf({ ...restart, waitsFor: AWAITS_APPROVAL });
    const next = actionOf({ type: 'delete', node: 'toy.box/next', waitsFor: 'toy.box/busy (modifying), toy.box/main' });
    const last = actionOf({ type: 'delete', node: 'toy.box/last', waitsFor: 'toy.box/next' });
    const free = actionOf({ type: 'delete', node: 'toy.box/free', waitsFor: 'AWS says a/b' });
    expect([...heldBack([last, next, asked, free, online])]).toEqual(expect.arrayContaining([asked, next, last]));
    expect(heldBack([last, next, asked, free, online]).size).toBe(3);
  });
});
