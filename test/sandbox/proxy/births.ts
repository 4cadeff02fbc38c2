/**
 * When ids were made, for which tier, and until when reads must not see them: the memory behind consistency lag and
 * behind the journal's tiers. It must not look at answers.
 */
import type { Call } from './call.ts';
import { now } from './clock.ts';
import type { World } from './world.ts';

interface Birth {
  readonly time: number;
  readonly tier: string | undefined;
  hiddenUntil: number;
}

type Place = { readonly account: string; readonly region: string };

const births = (world: World, place: Place): Map<string, Birth> => world.memory(place).store<Birth>('births');

/** Remembers what a call made. */
export function recordBirths(world: World, call: Call): void {
  for (const id of call.trace.created) {
    if (!births(world, call).has(id)) births(world, call).set(id, { time: now(), tier: call.tier, hiddenUntil: 0 });
  }
}

/** Forgets what was deleted: under a name something else may be born later. */
export function forgetBirth(world: World, place: Place, id: string): void {
  births(world, place).delete(id);
}

/** The tier that an id was made for. */
export function tierOfId(world: World, place: Place, id: string): string | undefined {
  return births(world, place).get(id)?.tier;
}

/** Keeps what a call made from reads for so many seconds. */
export function hideBirths(world: World, call: Call, seconds: number): void {
  for (const id of call.trace.created) {
    const birth = births(world, call).get(id);
    if (birth) birth.hiddenUntil = now() + seconds * 1000;
  }
}

/** Whether reads do not see an id yet. */
export function isHidden(world: World, place: Place, id: string): boolean {
  const birth = births(world, place).get(id);
  if (!birth) return false;
  const lag = world.settings.of(place.account).lagSeconds * 1000;
  return now() < Math.max(birth.hiddenUntil, birth.time + lag);
}

/** Whether any id may be hidden now: saves reading answers when nothing lags. */
export function anyHidden(world: World, place: Place): boolean {
  return (
    world.settings.of(place.account).lagSeconds > 0 ||
    [...births(world, place).values()].some((one) => one.hiddenUntil > now())
  );
}
