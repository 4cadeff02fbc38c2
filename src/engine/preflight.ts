/**
 * What is asked of AWS before the first write of a tier, or of a change that wants something else: whether it has, offers and
 * allows what the stage demands, where the tier is to stand. What was answered is kept in the status and not asked again: an
 * offer that AWS ends must not stop a tier that stands. It writes nothing, and knows no sort of demand but by its check.
 */
import type { Facts as Pinned } from '../api/types.ts';
import { hashOf } from '../core/canonical.ts';
import type { Demand } from '../core/demand.ts';
import { certificateCheck } from './preflight-certificate.ts';
import type { Answer, Check, Ground, Warning, Where } from './preflight-check.ts';
import { databaseCheck } from './preflight-database.ts';
import { instanceTypeCheck } from './preflight-instance-type.ts';
import { permissionCheck } from './preflight-permission.ts';
import { quotaCheck } from './preflight-quota.ts';
import { roomCheck } from './preflight-room.ts';
import { securityGroupCheck } from './preflight-security-group.ts';
import { subnetsCheck } from './preflight-subnets.ts';

const CHECKS: { readonly [S in Demand['sort']]: Check<Extract<Demand, { readonly sort: S }>> } = {
  database: databaseCheck,
  instanceType: instanceTypeCheck,
  certificate: certificateCheck,
  subnets: subnetsCheck,
  room: roomCheck,
  securityGroup: securityGroupCheck,
  quota: quotaCheck,
  permission: permissionCheck,
};

/** The check of a demand's own sort. */
const checkOf = (demand: Demand): Check<Demand> => CHECKS[demand.sort] as Check<Demand>;

type Kept = Pick<Pinned, 'databaseOffer' | 'confirmed'>;

/** What was found before it is known where the tier stands. */
export interface Preflight {
  /** What is kept of it once it is confirmed. */
  readonly kept: Kept;
  /** Names of the zones that have what is scarce, and what that is; absent when nothing was asked that is. */
  readonly zoneNames?: ReadonlySet<string>;
  readonly scarce: string;
  /** Fails when something cannot be where the tier is to stand; answers with what could not be found out. */
  readonly confirm: (where: Where) => Promise<readonly Warning[]>;
}

const DIGEST = 12;
const SEPARATOR = '; ';

const digestOf = (demand: Demand): string => hashOf([demand.sort, checkOf(demand).textOf(demand)], DIGEST);

/** Offers are kept as text, for people; all else as hashes. */
function keptOf(demands: readonly Demand[]): Kept {
  const offers = demands.filter((demand) => checkOf(demand).isOffer);
  const digests = demands.filter((demand) => !checkOf(demand).isOffer).map(digestOf);
  return {
    ...(offers.length > 0
      ? { databaseOffer: offers.map((demand) => checkOf(demand).textOf(demand)).join(SEPARATOR) }
      : {}),
    ...(digests.length > 0 ? { confirmed: [...new Set(digests)] } : {}),
  };
}

/** Whether it was asked about and answered before. A tier that stands may have been built before anybody kept that. */
const isConfirmed = (demand: Demand, known: Kept | undefined, { standing }: Ground): boolean =>
  known?.confirmed?.includes(digestOf(demand)) ?? (known !== undefined && standing.size > 0);

/** Whether the same was asked for and answered before. */
function isKnown(
  demand: Demand,
  ground: Ground,
  { known, moving }: { known: Kept | undefined; moving: boolean },
): boolean {
  const { isOffer, textOf } = checkOf(demand);
  if (!isOffer) return isConfirmed(demand, known, ground);
  // Offers hold for the zones where they were asked for.
  return !moving && (known?.databaseOffer?.split(SEPARATOR).includes(textOf(demand)) ?? false);
}

/** All at once. Of several failures the first in the order of the demands, so that the same is said in every pass. */
async function all<T>(questions: readonly Promise<T>[]): Promise<readonly T[]> {
  const settled = await Promise.allSettled(questions);
  return settled.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}

interface Asked {
  readonly answers: readonly Answer[];
  readonly confirm: (where: Where) => Promise<readonly Warning[]>;
}

async function ask(demands: readonly Demand[], ground: Ground): Promise<Asked> {
  const answers = await all(demands.map((demand) => checkOf(demand).ask(ground, demand)));
  return {
    answers,
    confirm: async (where) => {
      const warnings = await all(answers.map(async ({ confirm }) => confirm?.(where)));
      return warnings.flatMap((warning) => warning ?? []);
    },
  };
}

const isForBuilding = (demand: Demand): boolean => checkOf(demand).forBuilding ?? false;

/**
 * Asks about whatever the spec names and was not answered before; offers are asked about again when the tier is to stand in
 * further zones.
 */
export async function preflight(
  demands: readonly Demand[],
  ground: Ground,
  past: { readonly known: Kept | undefined; readonly moving: boolean },
): Promise<Preflight> {
  const wanted = demands.filter((demand) => !isForBuilding(demand));
  const { answers, confirm } = await ask(
    wanted.filter((demand) => !isKnown(demand, ground, past)),
    ground,
  );
  // Copies go where they find room; zones are chosen for what comes first.
  const zoneNames = answers.find((answer) => answer.zoneNames)?.zoneNames;
  const kept = keptOf(wanted);
  return { kept, ...(zoneNames ? { zoneNames } : {}), scarce: kept.databaseOffer ?? '', confirm };
}

/** What is asked for the sake of building alone: what was answered before, and what was not. */
export function building(
  demands: readonly Demand[],
  ground: Ground,
  known: Kept | undefined,
): { readonly settled: readonly Demand[]; readonly open: readonly Demand[] } {
  const wanted = demands.filter(isForBuilding);
  const open = wanted.filter((demand) => !isConfirmed(demand, known, ground));
  return { settled: wanted.filter((demand) => !open.includes(demand)), open };
}

/** What is kept of facts that were confirmed, and of more that was. */
export function keptWith<K extends Kept>(kept: K, demands: readonly Demand[]): K {
  const confirmed = [...new Set([...(kept.confirmed ?? []), ...demands.map(digestOf)])];
  return confirmed.length > 0 ? { ...kept, confirmed } : kept;
}

/** Asks about all of them, now. */
export async function confirmNow(
  demands: readonly Demand[],
  ground: Ground,
  where: Where,
): Promise<readonly Warning[]> {
  const { confirm } = await ask(demands, ground);
  return confirm(where);
}
