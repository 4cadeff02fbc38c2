/** What others follow already is changed before everything else, whatever else has to wait. */
import { AWAITS_APPROVAL, gate, NO_APPROVAL } from '../../src/core/approval.ts';
import { graphBuilder } from '../../src/core/graph.ts';
import type { Health, Kind, Owned } from '../../src/core/kind.ts';
import { planDesired, specHashOf } from '../../src/core/plan-desired.ts';
import type { Policy } from '../../src/core/policy.ts';
import { DBInstance } from '../../src/resources/rds/instance.ts';

interface ToySpec {
  readonly size: number;
  readonly key: string;
}

const Toy: Kind<ToySpec> = { type: 'toy.box', rules: { size: 'restart' }, first: ['key'] };
const SPEC: ToySpec = { size: 1, key: 'new' };
const NODE = 'toy.box/main';

const policy = {
  drift: 'Correct',
  ignore: [],
  tagsOf: () => ({}),
  obsoleteTags: [],
  searching: () => false,
  confirmed: () => true,
} as unknown as Policy;

/** What is planned when both differ; of a wish that nobody has seen before, or of one that was fulfilled. */
function actionFor({ closed, asked = true }: { readonly closed?: Health['closed']; readonly asked?: boolean } = {}) {
  const g = graphBuilder();
  g.add(Toy, 'main', SPEC);
  const node = g.build().get(NODE);
  if (!node) throw new Error('no node');
  const owned = {
    owner: { cluster: 'c', namespace: 'n', name: 'shop', uid: 'u' },
    node: NODE,
    incarnation: 1,
    id: 'box-1',
    spec: { size: 0, key: 'old' },
    attributes: {},
    tags: {},
    health: { state: 'standing', phase: 'ready', ...(closed ? { closed } : {}) },
  } as unknown as Owned;
  const specHash = asked ? 'of-another-wish' : specHashOf(SPEC, {});
  const { action } = planDesired(node, {
    snapshot: { live: new Map([[NODE, owned]]), superseded: [], foreign: new Map(), unread: new Map() },
    recorded: new Map([[NODE, { id: 'box-1', incarnation: 1, specHash }]]),
    policy,
  });
  return gate([action], { ...NO_APPROVAL, required: 'Disruptive' }).actions[0];
}

describe('a field that comes first', () => {
  test('is changed alone, while what interrupts waits for approval afterwards', () => {
    expect(actionFor()).toMatchObject({ type: 'update', impact: 'online', changes: [{ path: 'key' }] });
    expect(actionFor()?.waitsFor).toBeUndefined();
  });

  test('is changed while AWS takes no change of others', () => {
    expect(actionFor({ closed: ['size'] })).toMatchObject({ changes: [{ path: 'key' }] });
    expect(actionFor({ closed: ['size'] })?.waitsFor).toBeUndefined();
  });

  test('keeps nothing from being changed while AWS takes no change of it', () => {
    expect(actionFor({ closed: ['key'] })?.changes.map(({ path }) => path)).toEqual(['size']);
    expect(actionFor({ closed: ['key', 'size'] })?.changes.map(({ path }) => path)).toEqual(['size', 'key']);
  });

  test('says nothing about deviations that nobody asked for', () => {
    const action = actionFor({ asked: false });
    expect(action?.changes.map(({ path }) => path)).toEqual(['size', 'key']);
    expect(action?.waitsFor).toBe(AWAITS_APPROVAL);
  });
});

test('the password of a database comes first: its secret holds the new one already', () => {
  expect(DBInstance.first).toEqual(['masterSecretVersion', 'manageMasterUserPassword']);
});
