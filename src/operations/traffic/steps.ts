/** The steps by which requests move from one server to the load balancer. */
import type { StepDefinition } from '../step/definition.ts';
import { FOLLOW } from './scripts.ts';

const TEN_MINUTES = 600;

/** Publishes the load balancer: the operator's decision, after which the move goes forward only. */
export const switchTraffic: StepDefinition<{ address: string }> = { name: 'traffic.switch' };

/** Waits until the names of the app lead to the load balancer; they are changed by whoever they belong to. */
export const followNames: StepDefinition<{ names: number }> = {
  name: 'traffic.follow',
  script: { text: FOLLOW, seconds: TEN_MINUTES },
  again: true,
  result: ({ names }) => `${Number(names ?? 0)} name${Number(names) === 1 ? '' : 's'} lead to the load balancer`,
};

/** A time in which the old server still answers those who know nothing but its address. */
export const serverWindow: StepDefinition<{ finishedTime: string }> = { name: 'traffic.window' };
