/** Every move that works, one for each pair of neighbours. */
import type { Move } from '../core/move.ts';
import { loadBalancedToSeparateDatabase } from './load-balanced-to-separate-database.ts';
import { separateDatabaseToLoadBalanced } from './separate-database-to-load-balanced.ts';
import { separateDatabaseToSingleServer } from './separate-database-to-single-server.ts';
import { singleServerToSeparateDatabase } from './single-server-to-separate-database.ts';

export const moves: readonly Move[] = [
  singleServerToSeparateDatabase,
  separateDatabaseToLoadBalanced,
  loadBalancedToSeparateDatabase,
  separateDatabaseToSingleServer,
];
