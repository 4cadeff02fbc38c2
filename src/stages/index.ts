/** The ladder: every stage by the name that users write, in the order in which an app climbs. */
import type { TierSpec } from '../api/types.ts';
import type { Stage } from '../core/facts.ts';
import { loadBalanced } from './load-balanced.ts';
import { separateDatabase } from './separate-database.ts';
import { singleServer } from './single-server.ts';

export const stages: Readonly<Record<TierSpec['stage'], Stage>> = {
  SingleServer: singleServer,
  SeparateDatabase: separateDatabase,
  LoadBalanced: loadBalanced,
};
