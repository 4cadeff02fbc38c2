/** The steps by which requests move from one server to a load balancer, and from there to one server. */
import type { StepDefinition } from '../step/definition.ts';
import { observe, observedInWords } from './observing.ts';
import { FOLLOW, FOLLOW_SERVER, LEAVE_BALANCER, LEAVE_SERVER, NAMES, PROBE } from './scripts.ts';

const TEN_MINUTES = 600;
/** Longer than a probe may take. */
const TWENTY_MINUTES = 1200;

/** Looks where the names of the app lead; its undo waits until none leads to the load balancer, which goes after that. */
export const lookUpNames: StepDefinition<{ leading: string }> = {
  name: 'traffic.names',
  script: { text: NAMES, seconds: TEN_MINUTES },
  undo: { text: LEAVE_BALANCER, seconds: TEN_MINUTES },
  again: true,
  result: ({ leading = 'there are no names in spec.transition.traffic.hostNames' }) => String(leading),
};

/** Has the user's own command prove that servers keep nothing; without one the step only says that nobody did. */
export const probeServers: StepDefinition = {
  name: 'traffic.probe',
  script: { text: PROBE, seconds: TWENTY_MINUTES },
  result: ({ probed }) =>
    probed === undefined ? 'not proven: there is no spec.compute.statelessProbe' : `proven with ${String(probed)}`,
};

/** Publishes where requests are to go: the operator's decision. */
export const switchTraffic: StepDefinition<{ address: string }> = { name: 'traffic.switch' };

/** Says that the names which the operator leads itself lead to where requests are to go. */
export const leadNames: StepDefinition<{ led: string }> = {
  name: 'traffic.lead',
  result: ({ led, address }) => `${String(led).replaceAll(' ', ', ')} to ${String(address)}`,
};

/** Waits until the names of the app lead to the load balancer; they are changed by whoever they belong to. */
export const followNames: StepDefinition<{ names: number }> = {
  name: 'traffic.follow',
  script: { text: FOLLOW, seconds: TEN_MINUTES },
  again: true,
  result: ({ names }) => `${Number(names ?? 0)} name${Number(names) === 1 ? '' : 's'} lead to the load balancer`,
};

/** Looks for a while whether requests are answered as they must be. */
export const observeTraffic: StepDefinition<{ requests: number }> = {
  name: 'traffic.observe',
  watch: observe,
  result: observedInWords,
};

/** Waits until the names lead to the one server; its undo waits until none leads there any more, and all to the load balancer. */
export const followServer: StepDefinition<{ names: number }> = {
  name: 'traffic.follow-server',
  script: { text: FOLLOW_SERVER, seconds: TEN_MINUTES },
  undo: { text: LEAVE_SERVER, seconds: TEN_MINUTES },
  again: true,
  result: ({ names }) => `${Number(names ?? 0)} name${Number(names) === 1 ? '' : 's'} lead to the server`,
};

/** A time in which whoever served before still answers those who know no other way. */
export const serverWindow: StepDefinition<{ finishedTime: string }> = { name: 'traffic.window' };

/** Sends all servers but one away: the operator's decision. */
export const retireFleet: StepDefinition<{ finishedTime: string }> = { name: 'traffic.retire' };

/** Takes down what no server uses any more: the operator's decision. */
export const closeFleet: StepDefinition<{ finishedTime: string }> = { name: 'traffic.close' };
