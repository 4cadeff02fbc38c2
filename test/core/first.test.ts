/** What others follow already is changed before everything else, whatever else has to wait. */
import { AWAITS_APPROVAL, gate, NO_APPROVAL } from '../../src/core/approval.ts';
import type { Health, Kind } from '../../src/core/kind.ts';
import { DBInstance } from '../../src/resources/rds/instance.ts';
import { decisionFor } from './one-box.ts';

interface ToySpec {
  readonly size: number;
  readonly key: string;
}

const Toy: Kind<ToySpec> = { type: 'toy.box', rules: { size: 'restart' }, first: ['key'] };
const WANTED: ToySpec = { size: 1, key: 'new' };
const SEEN: ToySpec = { size: 0, key: 'old' };

/** What is planned when both differ; of a wish that nobody has seen before, or of one that was fulfilled. */
function actionFor({ closed, asked = true }: { readonly closed?: Health['closed']; readonly asked?: boolean } = {}) {
  const { action } = decisionFor({ kind: Toy, wanted: WANTED, seen: SEEN, asked, ...(closed ? { closed } : {}) });
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
