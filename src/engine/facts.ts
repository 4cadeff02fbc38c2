/**
 * Gathers what a stage must know beyond the spec. Zones and image are pinned in the status once chosen: an AWS list that
 * changes its order, or a newer image, must not move a running server.
 */
import type { TierSpec, TierStatus } from '../api/types.ts';
import type { Aws } from '../aws/driver.ts';
import {
  type Image,
  type InstanceType,
  image,
  imageOfParameter,
  instanceType,
  type Zone,
  zonesOffering,
} from '../aws/lookups.ts';
import type { DatabaseDemand, Facts } from '../core/facts.ts';
import { InvalidSpec } from '../core/invalid.ts';
import type { Owner } from '../core/kind.ts';
import type { Tier } from '../core/tier.ts';
import { type Answers, once } from './once.ts';
import { checkDatabases, type DatabaseCheck } from './preflight.ts';

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

const zonesIn = (pinned: Pinned | undefined): readonly Zone[] =>
  (pinned?.zoneIDs ?? []).map((id, index) => ({ id, name: pinned?.zoneNames[index] ?? '' }));

/** What must be on offer where a tier stands. */
interface Needs {
  /** Zones that have it. */
  readonly offered: readonly Zone[];
  /** What it is, for people. */
  readonly what: string;
}

function chooseZones(spec: TierSpec, { offered, what }: Needs, before: readonly Zone[]): readonly Zone[] {
  const { zoneCount, zoneIDs } = spec.network.create;
  if (zoneIDs) {
    return zoneIDs.map((id) => {
      const zone = before.find((known) => known.id === id) ?? offered.find((known) => known.id === id);
      if (zone) return zone;
      const names = offered.map((known) => known.id).join(', ');
      throw new InvalidSpec(`spec.network.create.zoneIDs: ${id} does not offer ${what}; zones that do: ${names}`);
    });
  }
  const fresh = offered.filter(({ id }) => !before.some((zone) => zone.id === id));
  const zones = [...before, ...fresh].slice(0, Math.max(zoneCount, before.length));
  if (zones.length < zoneCount) {
    throw new InvalidSpec(
      `spec.network.create.zoneCount: only ${zones.length} zones offer ${what}; lower it or choose another type`,
    );
  }
  return zones;
}

const NOTHING_NEEDED: Needs = { offered: [], what: '' };

/** Server and database stand in the same zones, so that the way between them is short. */
async function needsOf(aws: Aws, spec: TierSpec, { offer, zoneNames }: DatabaseCheck): Promise<Needs> {
  const { instanceType } = spec.compute;
  const zones = await zonesOffering(aws, instanceType);
  if (!zoneNames) return { offered: zones, what: instanceType };
  return { offered: zones.filter(({ name }) => zoneNames.has(name)), what: `${instanceType} and ${offer}` };
}

async function pin(
  aws: Aws,
  spec: TierSpec,
  before: Pinned | undefined,
  demands: readonly DatabaseDemand[],
): Promise<Pinned> {
  const { compute, network } = spec;
  const imageSource = imageSourceOf(compute);
  const sameImage = before?.imageSource === imageSource;
  const standing = zonesIn(before);
  const moving = standing.length < network.create.zoneCount;
  const databases = await checkDatabases(aws, demands, { known: before?.databaseOffer, moving });
  const zones = chooseZones(spec, moving ? await needsOf(aws, spec, databases) : NOTHING_NEEDED, standing);
  databases.confirm(zones);
  const imageID = sameImage ? before.imageID : (compute.ami?.id ?? (await imageOfParameter(aws, imageSource)));
  return {
    zoneIDs: zones.map(({ id }) => id),
    zoneNames: zones.map(({ name }) => name),
    imageID,
    imageSource,
    architecture: compute.architecture,
    ...(databases.offer === undefined ? {} : { databaseOffer: databases.offer }),
  };
}

const types: Answers<InstanceType> = new Map();
const images: Answers<Image> = new Map();

/** Looks up what is not pinned; fails with `InvalidSpec` when the spec names what AWS does not have. */
export async function gatherFacts(
  aws: Aws,
  tier: Tier,
  owner: Required<Owner>,
  demands: readonly DatabaseDemand[],
): Promise<Gathered> {
  const { spec, status, references } = tier;
  const { compute } = spec;
  const place = `${aws.accountID} ${aws.region}`;
  const type = await once(types, `${place} ${compute.instanceType}`, () => instanceType(aws, compute.instanceType));
  const pinned = await pin(aws, spec, status.facts, demands);
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
