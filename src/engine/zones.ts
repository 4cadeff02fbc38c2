/**
 * Where a tier stands. Zones are chosen once: an AWS list that changes its order must not move a running server. In a network
 * that the user brought they are those of its public subnets. It decides, and looks nothing up but the zones that offer a type.
 */
import type { TierSpec, TierStatus } from '../api/types.ts';
import type { Aws } from '../aws/driver.ts';
import type { Zone } from '../aws/lookups.ts';
import { type BroughtSubnet, subnetsByID } from '../aws/subnets.ts';
import { InvalidSpec } from '../core/invalid.ts';
import { type Answers, once } from './once.ts';
import type { Preflight } from './preflight.ts';
import { withOffering } from './preflight-instance-type.ts';

type Brought = ReadonlyMap<string, BroughtSubnet>;

const NONE: Brought = new Map();

const subnets: Answers<Brought> = new Map();

/** The subnets that the user brought; what is not there is left out, and looked for again. */
export async function broughtSubnets(aws: Aws, { network: { byo } }: TierSpec): Promise<Brought> {
  if (!byo) return NONE;
  const ids = [...new Set([...byo.publicSubnetIDs, ...byo.appSubnetIDs, ...byo.dataSubnetIDs])];
  const question = `${aws.accountID} ${aws.region} ${ids.join(' ')}`;
  const found = await once(subnets, question, () => subnetsByID(aws, ids));
  if (found.size < ids.length) subnets.delete(question);
  return found;
}

/** The zones where a tier stands already. */
export const zonesIn = (pinned: TierStatus['facts']): readonly Zone[] =>
  (pinned?.zoneIDs ?? []).map((id, index) => ({ id, name: pinned?.zoneNames[index] ?? '' }));

/** Zones of the public subnets, in their order, of which the tier does not stand in any yet. */
function newlyBrought({ network: { byo } }: TierSpec, brought: Brought, standing: readonly Zone[]): readonly Zone[] {
  const zones = (byo?.publicSubnetIDs ?? []).flatMap((id) => brought.get(id)?.zone ?? []);
  const fresh = zones.filter(({ id }) => !standing.some((zone) => zone.id === id));
  return [...new Map(fresh.map((zone) => [zone.id, zone])).values()];
}

/** Whether the tier is to stand in more zones than it does. */
export function isMoving(spec: TierSpec, brought: Brought, standing: readonly Zone[]): boolean {
  const { byo, create } = spec.network;
  return byo ? newlyBrought(spec, brought, standing).length > 0 : standing.length < create.zoneCount;
}

/** What must be on offer where a tier stands. */
interface Needs {
  /** Zones that have it. */
  readonly offered: readonly Zone[];
  /** What it is, for people. */
  readonly what: string;
}

/** Server and database stand in the same zones, so that the way between them is short. */
function needsOf(
  { compute: { instanceType } }: TierSpec,
  { scarce, zoneNames }: Preflight,
  zones: readonly Zone[],
): Needs {
  if (!zoneNames) return { offered: zones, what: instanceType };
  return { offered: zones.filter(({ name }) => zoneNames.has(name)), what: `${instanceType} and ${scarce}` };
}

function named(ids: readonly string[], { offered, what }: Needs, before: readonly Zone[]): readonly Zone[] {
  return ids.map((id) => {
    const zone = before.find((known) => known.id === id) ?? offered.find((known) => known.id === id);
    if (zone) return zone;
    const names = offered.map((known) => known.id).join(', ');
    throw new InvalidSpec(`spec.network.create.zoneIDs: ${id} does not offer ${what}; zones that do: ${names}`);
  });
}

function chosen(count: number, { offered, what }: Needs, before: readonly Zone[]): readonly Zone[] {
  const fresh = offered.filter(({ id }) => !before.some((zone) => zone.id === id));
  const zones = [...before, ...fresh].slice(0, Math.max(count, before.length));
  if (zones.length < count) {
    throw new InvalidSpec(
      `spec.network.create.zoneCount: only ${zones.length} zones offer ${what}; lower it or choose another type`,
    );
  }
  return zones;
}

/** Where the tier is to stand: where it does, and in as many further zones as are asked for. */
export async function zonesFor(
  aws: Aws,
  spec: TierSpec,
  flight: Preflight,
  { brought, standing }: { readonly brought: Brought; readonly standing: readonly Zone[] },
): Promise<readonly Zone[]> {
  const { zoneCount, zoneIDs } = spec.network.create;
  const fresh = newlyBrought(spec, brought, standing);
  if (spec.network.byo) return [...standing, ...fresh];
  const select = (needs: Needs): readonly Zone[] =>
    zoneIDs ? named(zoneIDs, needs, standing) : chosen(zoneCount, needs, standing);
  if (!isMoving(spec, brought, standing)) return select({ offered: [], what: '' });
  return withOffering(aws, spec.compute.instanceType, (zones) => select(needsOf(spec, flight, zones)));
}
