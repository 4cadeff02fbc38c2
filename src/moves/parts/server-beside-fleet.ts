/**
 * One server beside a fleet, behind the same load balancer and reached at an address of its own as well: what stands while a tier
 * moves between the two, whichever way.
 */
import type { TierSpec } from '../../api/types.ts';
import type { Facts } from '../../core/facts.ts';
import type { GraphBuilder } from '../../core/graph.ts';
import type { Ref } from '../../core/ref.ts';
import { Target } from '../../resources/elb/target.ts';
import { type Surroundings, surroundings } from '../../stages/parts/balanced-fleet.ts';
import { type Server, server } from '../../stages/parts/server.ts';
import { fromWeb } from '../../stages/parts/web-server.ts';

/** The one server and what a fleet stands on. */
export interface ServerBesideFleet extends Surroundings {
  readonly host: Server;
}

/** Adds both; so many targets have to serve, or, where that is not said, as many as the fleet has at least. */
export function serverBesideFleet(
  g: GraphBuilder,
  spec: TierSpec,
  facts: Facts,
  minimumHealthy?: number,
): ServerBesideFleet {
  const openings = fromWeb(spec);
  const around = surroundings(g, spec, facts, {
    openings,
    ...(minimumHealthy === undefined ? {} : { minimumHealthy }),
  });
  const { net, groups, profile } = around;
  const base = { net, group: groups.app, profile, dataEnd: spec.deletionPolicy.database };
  return { ...around, host: server(g, spec, facts, base) };
}

/** Has the load balancer check the server, and send requests to it. */
export function register(g: GraphBuilder, { balancing, host }: ServerBesideFleet): readonly Ref<string>[] {
  return balancing.targetGroups.map(({ name, handle }) => {
    const [targetGroupArn, instanceId] = [handle.ref('targetGroupArn'), host.instance.ref('instanceId')];
    const after = balancing.listenerArns;
    return g.add(Target, name, { targetGroupArn, instanceId, registered: true }, { after }).ref('instanceId');
  });
}

/** What scripts are told of the directory, the bucket, and how the app comes from one to the other. */
export function uploadArguments({ transition, storage }: TierSpec, { uploads, prefix }: ServerBesideFleet) {
  const { reloadCommand = '' } = transition;
  const bucket = uploads.bucket.ref('name');
  return {
    ...{ DIRECTORY: transition.uploads?.directory ?? '', BUCKET: bucket, PREFIX: uploads.prefix },
    ...{ KEY: storage?.kmsKeyARN ?? '', RELOAD: reloadCommand, POINTER: `${prefix}/storage/bucket` },
  };
}
