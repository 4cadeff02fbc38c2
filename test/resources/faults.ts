/** Causes faults for one world: in AWS's place, at the proxy, where the client cannot know that they are made. */
import { type FaultEffect, proxyControl } from '../sandbox/proxy/client.ts';
import { FACTOR } from './aws.ts';
import type { World } from './world.ts';

/** The next read of the world's account meets this. */
export async function nextRead({ aws, endpoint }: World, effect: FaultEffect): Promise<void> {
  await proxyControl(endpoint).addFaults({ match: { account: aws.accountID, write: false }, effect, count: 1 });
}

/** The next write of the world's account meets this. */
export async function nextWrite({ aws, endpoint }: World, effect: FaultEffect): Promise<void> {
  await proxyControl(endpoint).addFaults({ match: { account: aws.accountID, write: true }, effect, count: 1 });
}

/** No list has pages larger than this. */
export async function smallPages({ aws, endpoint }: World, pageSize: number): Promise<void> {
  await proxyControl(endpoint).configure({ pageSize }, aws.accountID);
}

/** AWS takes as long as it does over there, until the work is done: what is under way is still under way when one looks. */
export async function atAwsOwnPace<T>({ aws, endpoint }: World, work: () => Promise<T>): Promise<T> {
  const control = proxyControl(endpoint);
  await control.configure({ factor: 1 }, aws.accountID);
  try {
    return await work();
  } finally {
    await control.configure({ factor: FACTOR }, aws.accountID);
  }
}

/** Takes back everything that was caused in the world's account. */
export async function noFaults({ aws, endpoint }: World): Promise<void> {
  const control = proxyControl(endpoint);
  for (const { id, match } of await control.faults()) {
    if (match.account === aws.accountID) await control.removeFault(id);
  }
  await control.configure({ pageSize: 0 }, aws.accountID);
}
