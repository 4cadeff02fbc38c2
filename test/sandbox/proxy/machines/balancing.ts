/**
 * Load balancers as far as they are real: a listener for people, checks of targets, and the choice between those that serve. All of
 * it follows one table for each account and region. It must not know where the table comes from.
 */
import { isDeepStrictEqual } from 'node:util';
import { type Front, openFront, type TargetAddress } from './front.ts';
import { type CheckPlan, type Health, type HealthCheck, startHealthCheck } from './health-check.ts';
import { type Minute, type TrafficBook, trafficBook } from './traffic.ts';

/** One target. */
export interface Target extends TargetAddress {
  readonly id: string;
  readonly check: CheckPlan;
}

/** A listener. */
export interface Line {
  readonly arn: string;
  /** DNS name of its load balancer, and the port there. */
  readonly name: string;
  readonly port: number;
  /** `app/<name>/<id>`: its load balancer in metrics. */
  readonly balancer: string;
  /** Target groups, and which share of requests each gets. */
  readonly shares: readonly { readonly group: string; readonly weight: number }[];
}

/** All that is to be real in one account and region. */
export interface Table {
  readonly lines: readonly Line[];
  /** Targets by the group's ARN. */
  readonly groups: ReadonlyMap<string, readonly Target[]>;
}

/** Everything of a run. */
export interface Balancing {
  /** Makes it as the table says that `read` answers with; one after another, so that the newest is the last. */
  follow(place: string, read: () => Promise<Table>): Promise<void>;
  /** What the checks of a target say; nothing where it is not checked. */
  healthOf(place: string, group: string, id: string): Health | undefined;
  /** Where people reach a listener. Fails when there is none. */
  frontOf(account: string, name: string, port: number): TargetAddress;
  /** What has come through a load balancer, as metrics call it. */
  minutesOf(place: string, balancer: string): readonly Minute[];
  close(): Promise<void>;
}

/** What is real in one account and region. */
interface Region {
  table: Table;
  readonly fronts: Map<string, Front>;
  readonly checks: Map<string, HealthCheck>;
  readonly book: TrafficBook;
  last: Promise<void>;
}

const NOTHING: Table = { lines: [], groups: new Map() };

const keyOf = (group: string, id: string): string => `${group} ${id}`;

/** One of them by their weights. */
function groupFor({ shares }: Line): string | undefined {
  const all = shares.reduce((sum, { weight }) => sum + weight, 0);
  let left = Math.random() * all;
  return shares.find(({ weight }) => {
    left -= weight;
    return left < 0;
  })?.group;
}

/** Each target that serves in turn; where none does, each, as AWS "fails open". */
function targetOf({ table, checks }: Region, group: string, turn: number): Target | undefined {
  const all = table.groups.get(group) ?? [];
  const serving = all.filter(({ id }) => checks.get(keyOf(group, id))?.health().state === 'healthy');
  const chosen = serving.length > 0 ? serving : all;
  return chosen[turn % chosen.length];
}

function followChecks({ checks }: Region, { groups }: Table): void {
  const wanted = new Map(
    [...groups].flatMap(([group, targets]) => targets.map(({ id, check }) => [keyOf(group, id), check] as const)),
  );
  for (const [key, check] of checks) {
    if (isDeepStrictEqual(wanted.get(key), check.plan)) continue;
    check.stop();
    if (!wanted.has(key)) checks.delete(key);
  }
  for (const [key, plan] of wanted) {
    const before = checks.get(key);
    if (before && isDeepStrictEqual(before.plan, plan)) continue;
    checks.set(key, startHealthCheck(plan, before?.health()));
  }
}

async function followLines(region: Region, { lines }: Table): Promise<void> {
  const { fronts } = region;
  for (const [arn, front] of fronts) {
    if (lines.some((line) => line.arn === arn)) continue;
    fronts.delete(arn);
    await front.close();
  }
  for (const { arn, balancer } of lines.filter((line) => !fronts.has(line.arn))) {
    let turn = 0;
    const choose = (): Target | undefined => {
      turn += 1;
      const line = region.table.lines.find((one) => one.arn === arn);
      const group = line && groupFor(line);
      return group === undefined ? undefined : targetOf(region, group, turn);
    };
    const front = await openFront(choose, (served) => region.book.note(balancer, served));
    fronts.set(arn, front);
  }
}

async function make(region: Region, table: Table): Promise<void> {
  region.table = table;
  followChecks(region, table);
  await followLines(region, table);
}

/** Nothing is real yet. */
export function createBalancing(): Balancing {
  const regions = new Map<string, Region>();
  let closed = false;

  function regionOf(place: string): Region {
    const known = regions.get(place);
    if (known) return known;
    const region: Region = {
      ...{ table: NOTHING, fronts: new Map(), checks: new Map(), book: trafficBook() },
      last: Promise.resolve(),
    };
    regions.set(place, region);
    return region;
  }

  return {
    follow(place, read) {
      const region = regionOf(place);
      const work = async (): Promise<void> => make(region, closed ? NOTHING : await read());
      region.last = region.last.then(work, work);
      return region.last;
    },
    healthOf: (place, group, id) => regions.get(place)?.checks.get(keyOf(group, id))?.health(),
    minutesOf: (place, balancer) => regions.get(place)?.book.minutesOf(balancer) ?? [],
    frontOf(account, name, port) {
      const own = [...regions].filter(([place]) => place.startsWith(`${account}/`)).map(([, region]) => region);
      for (const { table, fronts } of own) {
        const line = table.lines.find((one) => one.name === name && one.port === port);
        const front = line && fronts.get(line.arn);
        if (front) return { host: front.host, port: front.port };
      }
      throw new Error(`looking for the listener of ${name} at port ${port}: there is none that speaks HTTP`);
    },
    async close() {
      closed = true;
      await Promise.all(
        [...regions.values()].map(async (region) => {
          await region.last.catch(() => {});
          await make(region, NOTHING);
        }),
      );
    },
  };
}
