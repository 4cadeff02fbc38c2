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
  'nat-gateway/hour': 0.045,
  'cloudwatch/alarm-month': 0.1,
  'secretsmanager/secret-month': 0.4,
  // PostgreSQL; those of MySQL differ by some hundredths.
  'rds/db.t4g.micro': 0.016,
  'rds/db.t4g.small': 0.032,
  'rds/db.t4g.medium': 0.065,
  'rds/db.m7g.large': 0.168,
  'rds/db.r6g.large': 0.225,
  'rds/db.r7g.large': 0.239,
  'rds/db.r7g.xlarge': 0.478,
  'rds/gp3-gb-month': 0.115,
  'rds/backup-gb-month': 0.095,
  'elb/application-hour': 0.0225,
  'elasticache/valkey/cache.t4g.micro': 0.0128,
  'elasticache/valkey/cache.t4g.small': 0.0256,
  'elasticache/valkey/cache.t4g.medium': 0.052,
  'elasticache/valkey/cache.m7g.large': 0.1264,
  'elasticache/valkey/cache.r7g.large': 0.1752,
  'elasticache/valkey/cache.r7g.xlarge': 0.3496,
  'elasticache/redis/cache.t4g.micro': 0.016,
  'elasticache/redis/cache.t4g.small': 0.032,
  'elasticache/redis/cache.t4g.medium': 0.065,
  'elasticache/redis/cache.m7g.large': 0.158,
  'elasticache/redis/cache.r7g.large': 0.219,
  'elasticache/redis/cache.r7g.xlarge': 0.437,
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
