/** The launch template of servers, one or many. What they boot with is the stage's business. */
import type { TierSpec } from '../../api/types.ts';
import type { Facts } from '../../core/facts.ts';
import type { GraphBuilder, Handle } from '../../core/graph.ts';
import { uniqueName } from '../../core/names.ts';
import type { Input } from '../../core/ref.ts';
import { LaunchTemplate, type LaunchTemplateAttributes } from '../../resources/ec2/launch-template.ts';
import type { InstanceProfileAttributes } from '../../resources/iam/instance-profile.ts';

/** What the servers are given. */
export interface TemplateBase {
  /** The node's name. While a tier moves, the one server and the fleet stand beside each other. */
  readonly name: 'server' | 'fleet';
  readonly groupId: Input<string>;
  readonly profile: Handle<InstanceProfileAttributes>;
  readonly userData: Input<string>;
  /** Whether each gets a public address of its own; absent: as its subnet does. */
  readonly publicAddress?: boolean;
}

/** Adds the template. */
export function serverTemplate(
  g: GraphBuilder,
  { compute }: TierSpec,
  { owner, image }: Facts,
  { name, groupId, profile, userData, publicAddress }: TemplateBase,
): Handle<LaunchTemplateAttributes> {
  const { rootVolume, kmsKeyARN } = compute;
  return g.add(LaunchTemplate, name, {
    name: uniqueName(owner, name, 128),
    imageId: image.id,
    instanceType: compute.instanceType,
    instanceProfileArn: profile.ref('profileArn'),
    securityGroupIds: [groupId],
    imdsHopLimit: compute.imdsHopLimit,
    rootVolume: {
      deviceName: image.rootDeviceName,
      sizeGiB: rootVolume.sizeGiB,
      volumeType: rootVolume.type,
      encrypted: rootVolume.encrypted,
      kmsKeyId: kmsKeyARN ?? null,
    },
    ...(publicAddress === undefined ? {} : { publicAddress }),
    userData,
  });
}
