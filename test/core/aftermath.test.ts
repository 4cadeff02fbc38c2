/** What differs in the wake of something that was asked for is no drift. */
import type { Kind } from '../../src/core/kind.ts';
import type { Policy } from '../../src/core/policy.ts';
import { decisionFor as decide, NODE } from './one-box.ts';

interface ToySpec {
  readonly size: number;
  readonly applied: string;
}

const Toy: Kind<ToySpec> = { type: 'toy.box', rules: { applied: 'restart' }, aftermath: ['applied'] };
const SPEC: ToySpec = { size: 1, applied: 'yes' };

const decisionFor = (
  differing: Partial<Record<keyof ToySpec, unknown>>,
  { drift = 'Report', ignore = [] }: Partial<Pick<Policy, 'drift' | 'ignore'>> = {},
) => decide({ kind: Toy, wanted: SPEC, seen: { ...SPEC, ...differing }, policy: { drift, ignore } });

describe('a field that differs in the wake of what was asked for', () => {
  test.each(['Correct', 'Report', 'Off'] as const)('is changed, whatever is to become of drift: %s', (drift) => {
    const { action, findings } = decisionFor({ applied: null }, { drift });
    expect(action).toMatchObject({ type: 'update', drift: false, impact: 'restart' });
    expect(findings).toEqual([]);
  });

  test('is changed alone: what drifted beside it is judged when it is done', () => {
    const { action } = decisionFor({ applied: null, size: 2 });
    expect(action.changes.map(({ path }) => path)).toEqual(['applied']);
  });

  test('is left alone where the user says so', () => {
    const { action, findings } = decisionFor({ applied: null }, { ignore: [{ role: NODE, fields: ['applied'] }] });
    expect(action.type).toBe('none');
    expect(findings).toMatchObject([{ field: 'applied', action: 'Ignored' }]);
  });

  test('says nothing for other fields', () => {
    const { action, findings } = decisionFor({ size: 2 });
    expect(action.type).toBe('hold');
    expect(findings.map(({ field }) => field)).toEqual(['size']);
  });
});
