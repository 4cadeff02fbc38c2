/**
 * What the real listeners of load balancers have passed on and answered, minute by minute, as CloudWatch is told of it. It must count
 * nothing that no listener has seen.
 */

/** One request, once it is answered. */
export interface Served {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Who answered: a target, or the load balancer itself, with or without having chosen one. */
  readonly by: 'target' | 'balancer';
  readonly chosen: boolean;
  readonly status: number;
  /** Until the target answered. */
  readonly seconds: number;
}

/** One minute of a load balancer. */
export interface Minute {
  /** Its beginning, in milliseconds since 1970. */
  readonly at: number;
  requests: number;
  targetErrors: number;
  balancerErrors: number;
  readonly seconds: number[];
}

const MINUTE = 60_000;

/** Counts by load balancer. */
export interface TrafficBook {
  note(balancer: string, served: Served): void;
  /** In the order of time. */
  minutesOf(balancer: string): readonly Minute[];
}

/** Nobody has come yet. */
export function trafficBook(): TrafficBook {
  const books = new Map<string, Map<number, Minute>>();

  function minuteOf(balancer: string, time: number): Minute {
    const book = books.get(balancer) ?? new Map<number, Minute>();
    books.set(balancer, book);
    const at = Math.floor(time / MINUTE) * MINUTE;
    const minute = book.get(at) ?? { at, requests: 0, targetErrors: 0, balancerErrors: 0, seconds: [] };
    book.set(at, minute);
    return minute;
  }

  return {
    note(balancer, { at, by, chosen, status, seconds }) {
      const minute = minuteOf(balancer, at);
      // "Only incremented for requests where the load balancer node was able to choose a target."
      if (chosen) minute.requests += 1;
      if (by === 'target') minute.seconds.push(seconds);
      if (status < 500) return;
      if (by === 'target') minute.targetErrors += 1;
      else minute.balancerErrors += 1;
    },
    minutesOf: (balancer) => [...(books.get(balancer)?.values() ?? [])].toSorted((a, b) => a.at - b.at),
  };
}
