/**
 * Faults of leadership: leaders that are killed, paused or cut off in the middle of a write, leases deleted by hand, clocks
 * that lie. Asked of each: two processes never write to AWS by turns, and nothing is made twice.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { KubeFaultRule } from '../../sandbox/kube-proxy/proxy.ts';
import type { FaultEffect } from '../../sandbox/proxy/client.ts';
import { brokenStanding } from '../kubernetes/promises.ts';
import { PATIENCE, type Site, type Story, TIER } from '../kubernetes/site.ts';
import { hasLed, LEASE_SECONDS, leasePath, type Member, openTeam, type Team, turns, untilLeading } from './team.ts';
import { until } from './until.ts';

const BEYOND_LEASE = (LEASE_SECONDS + 2) * 1000;

/** A story of a team, with the tier standing at its end and nobody having written into another's turn. */
function ofTeam(story: (team: Team, site: Site) => Promise<void>): Story {
  return async (site) => {
    const team = await openTeam(site);
    try {
      await story(team, site);
      await site.scene.settled(TIER, PATIENCE);
      const order = await turns(site.scene);
      if (new Set(order).size < order.length) throw new Error(`writes to AWS by turns: ${order.join(', ')}`);
      // What follows is asked of whoever leads now: it must not lose its way to the API server.
      await site.scene.remove(TIER, PATIENCE);
      return 'gone';
    } finally {
      await team.close();
    }
  };
}

const resume = ({ operator }: Member): void => {
  process.kill(operator.pid, 'SIGCONT');
};

/** A process that has lost its lease ends: whoever restarts it gives it a new term. */
const untilEnded = async ({ name, operator }: Member): Promise<void> => {
  let end: string | undefined;
  operator.exited.then((how) => {
    end = how;
  });
  await until(`${name} ends after its term`, async () => end !== undefined, 30);
  if (/SEGV|ABRT/.test(end ?? '')) throw new Error(`${name} ended by ${end}`);
};

async function strikeWrite({ scene }: Site, nth: number, effect: FaultEffect): Promise<void> {
  await scene.proxy.addFaults({ match: { account: scene.account.id, write: true, nth }, effect, count: 1 });
}

/** The leader freezes at its n-th write to AWS, somebody else takes over, and it wakes in the middle of that write. */
const pausedAtWrite = (nth: number, when: 'before' | 'after'): Story =>
  ofTeam(async (team, site) => {
    const second = await team.join('second');
    await strikeWrite(site, nth, { kind: 'kill', pid: team.first.operator.pid, when, signal: 'SIGSTOP' });
    await site.scene.apply(TIER);
    await untilLeading(second);
    await delay(1_000);
    resume(team.first);
    await untilEnded(team.first);
  });

const killedAtWrite = (nth: number, when: 'before' | 'after'): Story =>
  ofTeam(async (team, site) => {
    const second = await team.join('second');
    await strikeWrite(site, nth, { kind: 'kill', pid: team.first.operator.pid, when });
    await site.scene.apply(TIER);
    await untilLeading(second);
  });

/** A write that was on its way when the leader froze reaches AWS after somebody else has taken over. */
const lateWrite = (nth: number): Story =>
  ofTeam(async (team, site) => {
    const { scene } = site;
    const second = await team.join('second');
    const [held = ''] = await scene.proxy.addFaults({
      match: { account: scene.account.id, write: true, nth },
      effect: { kind: 'hold' },
      count: 1,
    });
    await scene.apply(TIER);
    await until(
      'a write is held',
      async () => (await scene.proxy.faults()).some((rule) => rule.id === held && rule.struck > 0),
      60,
    );
    process.kill(team.first.operator.pid, 'SIGSTOP');
    await untilLeading(second);
    await delay(2_000);
    await scene.proxy.removeFault(held);
    resume(team.first);
    await untilEnded(team.first);
  });

/** The leader freezes at its n-th write of a status. */
const pausedAtStatus = (nth: number, when: 'before' | 'after'): Story =>
  ofTeam(async (team, site) => {
    const second = await team.join('second');
    const { pid } = team.first.operator;
    team.first.kube.addFaults({
      match: { subresource: 'status', write: true, nth },
      effect: { kind: 'kill', pid, when, signal: 'SIGSTOP' },
      count: 1,
    });
    await site.scene.apply(TIER);
    await untilLeading(second);
    await delay(1_000);
    resume(team.first);
    await untilEnded(team.first);
  });

/** What happens to the requests of a leader, during a creation, until somebody else leads. */
const partitioned = (rule: KubeFaultRule): Story =>
  ofTeam(async (team, { scene }) => {
    const second = await team.join('second');
    await scene.apply(TIER);
    await scene.until(TIER, 'begun', ({ status }) => (status.resources?.length ?? 0) > 0, PATIENCE);
    team.first.kube.addFaults(rule);
    await untilLeading(second);
    await untilEnded(team.first);
  });

const atLease = (effect: KubeFaultRule['effect']): KubeFaultRule => ({ match: { path: '*/leases*' }, effect });

/** Who cannot see the lease must never lead. */
const standbyCutOff: Story = ofTeam(async (team, { scene }) => {
  const second = await team.join('second');
  second.kube.addFaults(atLease({ kind: 'error', status: 500 }));
  await scene.apply(TIER);
  await scene.settled(TIER, PATIENCE);
  await delay(BEYOND_LEASE);
  if (hasLed(second)) throw new Error('a process led without having seen the lease');
  second.kube.removeFault();
});

/** Standbys freeze and wake; a process that slept does not take a living leader's lease for an old one. */
const standbyPaused: Story = ofTeam(async (team, { scene }) => {
  const second = await team.join('second');
  await scene.apply(TIER);
  for (let pause = 0; pause < 3; pause += 1) {
    process.kill(second.operator.pid, 'SIGSTOP');
    await delay(BEYOND_LEASE);
    resume(second);
    await delay(1_500);
  }
  if (hasLed(second)) throw new Error('a process that slept took a living leader for a dead one');
});

/** Each leader in turn freezes; the third finishes, then all wake. */
const threeInTurn: Story = ofTeam(async (team, { scene }) => {
  const second = await team.join('second');
  await scene.apply(TIER);
  await scene.until(TIER, 'begun', ({ status }) => (status.resources?.length ?? 0) > 0, PATIENCE);
  process.kill(team.first.operator.pid, 'SIGSTOP');
  await untilLeading(second);
  const third = await team.join('third');
  await delay(2_000);
  process.kill(second.operator.pid, 'SIGSTOP');
  await untilLeading(third);
  resume(team.first);
  resume(second);
  await Promise.all([untilEnded(team.first), untilEnded(second)]);
});

/**
 * Whoever deletes a lease takes away what tells processes who leads: for one renewal two may believe they do. What is left to
 * hold is that nothing is made twice and all converges.
 */
const leaseDeleted: Story = async (site) => {
  const team = await openTeam(site);
  try {
    const { scene } = site;
    let firstIsBack = false;
    await team.join('second');
    await scene.apply(TIER);
    for (let time = 0; time < 3; time += 1) {
      await delay(2_500);
      await scene.objects.ask(leasePath(scene.namespace), { method: 'DELETE' });
      await delay(1_500);
      const firstHasEnded = team.first.operator.logs().includes('lost the lease');
      if (firstHasEnded && !firstIsBack) await team.join('first-again');
      firstIsBack = firstHasEnded;
    }
    await scene.settled(TIER, PATIENCE);

    const broken = await brokenStanding(scene, TIER);
    if (broken.length > 0) throw new Error(broken.join('; '));
    await scene.remove(TIER, PATIENCE);
    return 'gone';
  } finally {
    await team.close();
  }
};

const HOUR = 3_600_000;

/** A preload that shifts the wall clock of a process by the value of an expression, asked anew each time. */
function skewed(expression: string): Readonly<Record<string, string>> {
  const code = `const Real = Date; const shift = () => ${expression};
    globalThis.Date = class Date extends Real {
      constructor(...given) { if (given.length > 0) super(...given); else super(Real.now() + shift()); }
      static now() { return Real.now() + shift(); }
    };`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` };
}

const CLOCKS: Readonly<Record<string, string>> = {
  'an hour ahead': `${HOUR}`,
  'an hour behind': `-${HOUR}`,
  'that jumps by hours': `(Math.floor(performance.now() / 1000) % 3 - 1) * ${HOUR}`,
};

/** A standby with a wrong clock leaves a living leader alone, and leads in order when it is its turn. */
const wrongClock = (expression: string): Story =>
  ofTeam(async (team, { scene }) => {
    const second = await team.join('second', skewed(expression));
    await scene.apply(TIER);
    await scene.until(TIER, 'begun', ({ status }) => (status.resources?.length ?? 0) > 0, PATIENCE);
    await delay(BEYOND_LEASE);
    if (hasLed(second)) throw new Error('a wrong clock took the lease from a living leader');
    await team.first.operator.kill();
    await untilLeading(second);
    const third = await team.join('third');
    await scene.settled(TIER, PATIENCE);
    await delay(BEYOND_LEASE);
    if (hasLed(third)) throw new Error('a leader with a wrong clock did not keep its lease');
  });

const WRITES = [1, 3, 6, 10, 15, 20, 26, 32] as const;
const STATUS_WRITES = [1, 2, 4, 7] as const;
const MOMENTS = ['before', 'after'] as const;

function each(numbers: readonly number[], name: string, story: (nth: number, when: 'before' | 'after') => Story) {
  return Object.fromEntries(
    numbers.flatMap((nth) => MOMENTS.map((when) => [`${name} ${nth}, ${when} it is done`, story(nth, when)])),
  ) as Readonly<Record<string, Story>>;
}

/** By name. */
export const leadershipStories: Readonly<Record<string, Story>> = {
  ...each(WRITES, 'leader paused at write', pausedAtWrite),
  ...each(WRITES, 'leader killed at write', killedAtWrite),
  ...each(STATUS_WRITES, 'leader paused at status write', pausedAtStatus),
  ...Object.fromEntries(
    WRITES.map((nth) => [`write ${nth} reaches AWS after the lease has changed hands`, lateWrite(nth)]),
  ),
  'renewals refused': partitioned(atLease({ kind: 'error', status: 500 })),
  'renewals held': partitioned(atLease({ kind: 'hang', when: 'before' })),
  'renewals done, answers lost': partitioned(atLease({ kind: 'resetAfter' })),
  'renewals done, never answered': partitioned(atLease({ kind: 'hang', when: 'after' })),
  'leader cut off from the API server': partitioned({ match: {}, effect: { kind: 'hang', when: 'before' } }),
  'standby cannot see the lease': standbyCutOff,
  'standby paused': standbyPaused,
  'three processes, two of them paused in turn': threeInTurn,
  'lease deleted by hand': leaseDeleted,
  ...Object.fromEntries(
    Object.entries(CLOCKS).map(([name, shift]) => [`standby with a clock ${name}`, wrongClock(shift)]),
  ),
};
