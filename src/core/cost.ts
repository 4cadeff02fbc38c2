/**
 * What a tier adds to the monthly AWS bill: list prices times what its kinds declare. An estimate for the COST/MO column,
 * without traffic, discounts and free tiers. Money is in whole hundredths of a cent, so that sums are exact.
 */
import type { TierStatus } from '../api/types.ts';
import type { Graph } from './graph.ts';
import type { NodeId } from './ref.ts';

/** Where the rates come from: AWS's on-demand list for us-east-1, collected on this day. */
export const PRICE_TABLE = 'us-east-1/2026-11-24';

/** US dollars for each unit that a kind's `cost` may name. */
const RATES: Readonly<Record<string, number>> = {
  'ec2/t4g.nano': 0.0042,
  'ec2/t4g.micro': 0.0084,
  'ec2/t4g.small': 0.0168,
  'ec2/t4g.medium': 0.0336,
  'ec2/t4g.large': 0.0672,
  'ec2/t3.micro': 0.0104,
  'ec2/t3.small': 0.0208,
  'ec2/m7g.large': 0.0816,
  'ec2/m7g.xlarge': 0.1632,
  'ec2/m8g.large': 0.08976,
  'ec2/m8g.xlarge': 0.17952,
  'ec2/m7i.large': 0.1008,
  'ec2/c7g.large': 0.0725,
  'ec2/r7g.large': 0.1071,
  'ebs/gp3-gb-month': 0.08,
  'ebs/gp3-iops-month': 0.005,
  'ebs/gp3-mbps-month': 0.04,
  'ebs/snapshot-gb-month': 0.05,
  'ipv4/hour': 0.005,
  'cloudwatch/alarm-month': 0.1,
};

const UNIT = 10_000;

const dollars = (units: number): string => (Math.round(units / (UNIT / 100)) / 100).toFixed(2);

interface Item {
  readonly role: NodeId;
  readonly basis: string;
  readonly units: number;
  readonly missing: readonly string[];
}

function itemOf(role: NodeId, charges: readonly { rate: string; quantity: number }[]): Item {
  const known = charges.filter(({ rate }) => rate in RATES);
  return {
    role,
    basis: charges.map(({ rate, quantity }) => `${quantity} × ${rate}`).join(' + '),
    units: known.reduce((sum, { rate, quantity }) => sum + Math.round((RATES[rate] ?? 0) * quantity * UNIT), 0),
    missing: charges.filter(({ rate }) => !(rate in RATES)).map(({ rate }) => rate),
  };
}

/** The monthly estimate of everything that a graph wants. */
export function costOf(graph: Graph): NonNullable<TierStatus['cost']> {
  const items = [...graph.values()].flatMap(({ id, kind, spec }) => {
    const charges = kind.cost?.(spec) ?? [];
    return charges.length > 0 ? [itemOf(id, charges)] : [];
  });
  const missingRates = [...new Set(items.flatMap((item) => item.missing))].sort();
  return {
    currency: 'USD',
    monthlyEstimate: dollars(items.reduce((sum, item) => sum + item.units, 0)),
    priceTable: PRICE_TABLE,
    confidence: missingRates.length > 0 ? 'Low' : 'Medium',
    items: items.map(({ role, basis, units }) => ({ role, basis, monthly: dollars(units) })),
    missingRates,
  };
}
