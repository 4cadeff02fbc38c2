/**
 * Gathers what a stage must know beyond the spec. Zones and image are pinned in the status once chosen: an AWS list that
 * changes its order, or a newer image, must not move a running server.
 */
import type { TierSpec, TierStatus } from '../api/types.ts';
import type { Aws } from '../aws/driver.ts';
import { image, imageOfParameter, instanceType, type Zone, zonesOffering } from '../aws/lookups.ts';
import type { Facts } from '../core/facts.ts';
import { InvalidSpec } from '../core/invalid.ts';
import type { Owner } from '../core/kind.ts';
import type { Tier } from '../core/tier.ts';

type Pinned = NonNullable<TierStatus['facts']>;

/** Facts, and the part of them that the status keeps. */
export interface Gathered {
  readonly facts: Facts;
  readonly pinned: Pinned;
}

/** Where the image id comes from; a change of this text is what makes it looked up again. */
function imageSourceOf({ ami, architecture }: TierSpec['compute']): string {
  return (
    ami?.id ?? ami?.ssmParameter ?? `/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-${architecture}`
  );
}

function chooseZones(spec: TierSpec, offered: readonly Zone[], pinned: Pinned | undefined): readonly Zone[] {
  const { zoneCount, zoneIDs } = spec.network.create;
  const before: readonly Zone[] = (pinned?.zoneIDs ?? []).map((id, index) => ({
    id,
    name: pinned?.zoneNames[index] ?? '',
  }));
  if (zoneIDs) {
    return zoneIDs.map((id) => {
      const zone = before.find((known) => known.id === id) ?? offered.find((known) => known.id === id);
      if (zone) return zone;
      const names = offered.map((known) => known.id).join(', ');
      throw new InvalidSpec(
        `spec.network.create.zoneIDs: ${id} does not offer ${spec.compute.instanceType}; zones that do: ${names}`,
      );
    });
  }
  const fresh = offered.filter(({ id }) => !before.some((zone) => zone.id === id));
  const zones = [...before, ...fresh].slice(0, Math.max(zoneCount, before.length));
  if (zones.length < zoneCount) {
    throw new InvalidSpec(
      `spec.network.create.zoneCount: only ${zones.length} zones offer ${spec.compute.instanceType}; lower it or choose another type`,
    );
  }
  return zones;
}

async function pin(aws: Aws, spec: TierSpec, before: Pinned | undefined): Promise<Pinned> {
  const { compute, network } = spec;
  const imageSource = imageSourceOf(compute);
  const sameImage = before?.imageSource === imageSource;
  const enoughZones = before !== undefined && before.zoneIDs.length >= network.create.zoneCount;
  const zones = chooseZones(spec, enoughZones ? [] : await zonesOffering(aws, compute.instanceType), before);
  const imageID = sameImage ? before.imageID : (compute.ami?.id ?? (await imageOfParameter(aws, imageSource)));
  return {
    zoneIDs: zones.map(({ id }) => id),
    zoneNames: zones.map(({ name }) => name),
    imageID,
    imageSource,
    architecture: compute.architecture,
  };
}

/** Look-ups that cannot change under a running process, shared by all tiers. */
const types = new Map<string, ReturnType<typeof instanceType>>();
const images = new Map<string, ReturnType<typeof image>>();

function once<T>(cache: Map<string, Promise<T>>, key: string, look: () => Promise<T>): Promise<T> {
  const known = cache.get(key);
  if (known) return known;
  const looking = look();
  cache.set(key, looking);
  // A failed look must not be remembered.
  looking.catch(() => cache.delete(key));
  return looking;
}

/** Looks up what is not pinned; fails with `InvalidSpec` when the spec names what AWS does not have. */
export async function gatherFacts(aws: Aws, tier: Tier, owner: Required<Owner>): Promise<Gathered> {
  const { spec, status, references } = tier;
  const { compute } = spec;
  const place = `${aws.accountID} ${aws.region}`;
  const type = await once(types, `${place} ${compute.instanceType}`, () => instanceType(aws, compute.instanceType));
  const pinned = await pin(aws, spec, status.facts);
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
