/**
 * Stage 3: a load balancer before a fleet of servers over several zones, the database of stage 2, a cache for sessions and a
 * bucket for uploads. Servers keep nothing: whatever outlives them is in one of these.
 */

import type { Stage } from '../core/facts.ts';
import { graphBuilder } from '../core/graph.ts';
import {
  balancedCompute,
  balancedEndpoints,
  balancedFleet,
  fleetParameters,
  surroundingAlarms,
  surroundings,
} from './parts/balanced-fleet.ts';
import { databaseConnection, databaseParameters } from './parts/database-outputs.ts';
import { fleetDemands } from './parts/fleet-demands.ts';
import { appNames, atBalancer } from './parts/names.ts';
import { epoch, parameters } from './parts/parameters.ts';

const build: Stage = (spec, facts) => {
  const g = graphBuilder(spec.deletionPolicy.default);
  const parts = surroundings(g, spec, facts);
  const { db, balancing, prefix } = parts;
  const reads = parameters(g, prefix, {
    stage: spec.stage,
    'app/address': balancing.loadBalancer.ref('dnsName'),
    ...databaseParameters(spec, db),
    ...fleetParameters(parts),
  });
  const rises = epoch(g, prefix);
  const servers = balancedFleet(g, spec, facts, parts, [...reads, rises]);
  appNames(g, spec, prefix, atBalancer(balancing), { after: [servers.group.ref('name')] });
  surroundingAlarms(g, spec, facts, parts);

  return {
    graph: g.build(),
    outputs: {
      endpoints: balancedEndpoints(spec, parts),
      dataCopies: [db.dataCopy],
      ...databaseConnection(spec, db),
      ...balancedCompute(facts, servers),
    },
  };
};

export const loadBalanced: Stage = Object.assign(build, { demands: fleetDemands });
