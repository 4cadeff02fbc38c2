/** What differs in the wake of something that was asked for is no drift. */
import { graphBuilder } from '../../src/core/graph.ts';
import type { Kind, Owned } from '../../src/core/kind.ts';
import { planDesired, specHashOf } from '../../src/core/plan-desired.ts';
import type { Policy } from '../../src/core/policy.ts';

interface ToySpec {
  readonly size: number;
  readonly applied: string;
}

const Toy: Kind<ToySpec> = { type: 'toy.box', rules: { applied: 'restart' }, aftermath: ['applied'] };
const SPEC: ToySpec = { size: 1, applied: 'yes' };
const NODE = 'toy.box/main';

const policy = {
  drift: 'Report',
  ignore: [],
  tagsOf: () => ({}),
  obsoleteTags: [],
  searching: () => false,
  confirmed: () => true,
} as unknown as Policy;

function decisionFor(spec: Partial<Record<keyof ToySpec, unknown>>, ignore: Policy['ignore'] = []) {
  const g = graphBuilder();
  g.add(Toy, 'main', SPEC);
  const node = g.build().get(NODE);
  if (!node) throw new Error('no node');
  const owned = {
    owner: { cluster: 'c', namespace: 'n', name: 'shop', uid: 'u' },
    node: NODE,
    incarnation: 1,
    id: 'box-1',
    spec: { ...SPEC, ...spec },
    attributes: {},
    tags: {},
    health: { state: 'standing', phase: 'ready' },
  } as unknown as Owned;
  return planDesired(node, {
    snapshot: { live: new Map([[NODE, owned]]), superseded: [], foreign: new Map(), unread: new Map() },
    recorded: new Map([[NODE, { id: 'box-1', incarnation: 1, specHash: specHashOf(SPEC, {}) }]]),
    policy: { ...policy, ignore },
  });
}

describe('a field that differs in the wake of what was asked for', () => {
  test('is changed, whatever is to become of drift', () => {
    const { action, findings } = decisionFor({ applied: null });
    expect(action).toMatchObject({ type: 'update', drift: false, impact: 'restart' });
    expect(findings).toEqual([]);
  });

  test('is changed alone: what drifted beside it is judged when it is done', () => {
    const { action } = decisionFor({ applied: null, size: 2 });
    expect(action.changes.map(({ path }) => path)).toEqual(['applied']);
  });

  test('is left alone where the user says so', () => {
    const { action, findings } = decisionFor({ applied: null }, [{ role: NODE, fields: ['applied'] }]);
    expect(action.type).toBe('none');
    expect(findings).toMatchObject([{ field: 'applied', action: 'Ignored' }]);
  });

  test('says nothing for other fields', () => {
    const { action, findings } = decisionFor({ size: 2 });
    expect(action.type).toBe('hold');
    expect(findings.map(({ field }) => field)).toEqual(['size']);
  });
});
