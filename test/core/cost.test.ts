/** What a graph adds to the monthly bill. */
import { costOf } from '../../src/core/cost.ts';
import { graphBuilder } from '../../src/core/graph.ts';
import type { Charge, Kind } from '../../src/core/kind.ts';

const kind = (charges: readonly Charge[]): Kind<{ name?: string }> => ({ type: 'toy.box', cost: () => charges });

function costOfCharges(...each: readonly (readonly Charge[])[]) {
  const g = graphBuilder();
  each.forEach((charges, index) => void g.add(kind(charges), `n${index}`, {}));
  return costOf(g.build());
}

describe('costOf', () => {
  it('adds up without the rounding of floating point', () => {
    const alarms = Array.from({ length: 30 }, () => [{ rate: 'cloudwatch/alarm-month', quantity: 1 }]);
    expect(costOfCharges(...alarms).monthlyEstimate).toBe('3.00');
  });

  it('says what each resource costs and why', () => {
    const cost = costOfCharges([
      { rate: 'ec2/t4g.small', quantity: 730 },
      { rate: 'ebs/gp3-gb-month', quantity: 20 },
    ]);
    expect(cost.items).toEqual([
      { role: 'toy.box/n0', basis: '730 × ec2/t4g.small + 20 × ebs/gp3-gb-month', monthly: '13.86' },
    ]);
    expect([cost.monthlyEstimate, cost.confidence, cost.missingRates]).toEqual(['13.86', 'Medium', []]);
  });

  it('is less sure of itself where it does not know a rate, and names it once', () => {
    const cost = costOfCharges(
      [{ rate: 'ec2/x9.mega', quantity: 1 }],
      [
        { rate: 'ec2/x9.mega', quantity: 1 },
        { rate: 'ipv4/hour', quantity: 730 },
      ],
    );
    expect([cost.monthlyEstimate, cost.confidence, cost.missingRates]).toEqual(['3.65', 'Low', ['ec2/x9.mega']]);
  });

  it('leaves out what costs nothing', () => {
    expect(costOfCharges([]).items).toEqual([]);
    expect(costOfCharges().monthlyEstimate).toBe('0.00');
  });
});
