/**
 * Gathers what a stage must know beyond the spec. Zones and image are pinned in the status once chosen: an AWS list that
 * changes its order, or a newer image, must not move a running server.
 */
import type { Facts as Pinned, TierSpec } from '../api/types.ts';
import type { Aws } from '../aws/driver.ts';
import { type Image, type InstanceType, image, imageOfParameter, instanceType } from '../aws/lookups.ts';
import { identify } from '../aws/ownership.ts';
import type { Demand } from '../core/demand.ts';
import type { Facts } from '../core/facts.ts';
import { InvalidSpec } from '../core/invalid.ts';
import type { Owner } from '../core/kind.ts';
import type { NodeId } from '../core/ref.ts';
import type { Tier } from '../core/tier.ts';
import { type Answers, once } from './once.ts';
import { preflight } from './preflight.ts';
import type { Ground, Warning, Where } from './preflight-check.ts';
import { broughtSubnets, isMoving, zonesFor, zonesIn } from './zones.ts';

/** Facts, and the part of them that the status keeps. */
export interface Gathered {
  readonly facts: Facts;
  readonly pinned: Pinned;
  readonly where: Where;
  /** What could not be found out before anything is built. */
  readonly warnings: readonly Warning[];
}

/** Where the image id comes from; a change of this text is what makes it looked up again. */
function imageSourceOf({ ami, architecture }: TierSpec['compute']): string {
  return (
    ami?.id ?? ami?.ssmParameter ?? `/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-${architecture}`
  );
}

/** What the checks stand on: the tier as its status knows it. */
export function groundOf(aws: Aws, { spec, status }: Tier, owner: Required<Owner>): Ground {
  return {
    aws,
    standing: new Set((status.resources ?? []).flatMap(({ role, id }) => (id === undefined ? [] : [role as NodeId]))),
    tagsOf: (node) => identify(owner, node, 1, spec.tags ?? {}).tags,
  };
}

async function pin(
  ground: Ground,
  { spec, status: { facts: before } }: Tier,
  demands: readonly Demand[],
): Promise<Omit<Gathered, 'facts'>> {
  const { aws } = ground;
  const { compute } = spec;
  const imageSource = imageSourceOf(compute);
  const sameImage = before?.imageSource === imageSource;
  const standing = zonesIn(before);
  const brought = await broughtSubnets(aws, spec);
  const moving = isMoving(spec, brought, standing);
  const flight = await preflight(demands, ground, { known: before, moving });
  const zones = await zonesFor(aws, spec, flight, { brought, standing });
  const where: Where = { zones, subnets: brought };
  const warnings = await flight.confirm(where);
  const imageID = sameImage ? before.imageID : (compute.ami?.id ?? (await imageOfParameter(aws, imageSource)));
  return {
    pinned: {
      zoneIDs: zones.map(({ id }) => id),
      zoneNames: zones.map(({ name }) => name),
      imageID,
      imageSource,
      architecture: compute.architecture,
      ...flight.kept,
    },
    where,
    warnings,
  };
}

const types: Answers<InstanceType> = new Map();
const images: Answers<Image> = new Map();

/** Looks up what is not pinned; fails with `InvalidSpec` when the spec names what AWS does not have. */
export async function gatherFacts(
  ground: Ground,
  tier: Tier,
  owner: Required<Owner>,
  demands: readonly Demand[],
): Promise<Gathered> {
  const { aws } = ground;
  const { spec, references } = tier;
  const { compute } = spec;
  const place = `${aws.accountID} ${aws.region}`;
  const type = await once(types, `${place} ${compute.instanceType}`, () => instanceType(aws, compute.instanceType));
  const { pinned, where, warnings } = await pin(ground, tier, demands);
  const chosen = await once(images, `${place} ${pinned.imageID}`, () => image(aws, pinned.imageID));
  if (!type.architectures.includes(chosen.architecture)) {
    throw new InvalidSpec(
      `spec.compute: ${compute.instanceType} runs ${type.architectures.join(' or ')}, image ${chosen.id} is ${chosen.architecture}; set spec.compute.architecture or choose another image`,
    );
  }
  return {
    facts: factsOf(aws, owner, pinned, {
      rootDeviceName: chosen.rootDeviceName,
      burstable: type.burstable,
      userData: references.userData,
    }),
    pinned,
    where,
    warnings,
  };
}

/** Facts from what is pinned alone: enough to say what stands on what while a tier is being deleted. */
export function pinnedFacts(aws: Aws, owner: Required<Owner>, pinned: Pinned): Facts {
  return factsOf(aws, owner, pinned, { rootDeviceName: '/dev/xvda', burstable: true, userData: undefined });
}

function factsOf(
  { region, accountID, partition }: Aws,
  owner: Required<Owner>,
  { zoneIDs, zoneNames, imageID }: Pinned,
  { rootDeviceName, burstable, userData }: { rootDeviceName: string; burstable: boolean; userData: string | undefined },
): Facts {
  return {
    owner,
    region,
    accountID,
    partition,
    zones: zoneIDs.map((id, index) => ({ id, name: zoneNames[index] ?? '' })),
    image: { id: imageID, rootDeviceName },
    burstable,
    ...(userData === undefined ? {} : { userData }),
  };
}
