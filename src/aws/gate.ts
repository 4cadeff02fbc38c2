/**
 * What every AWS call passes, whatever kind makes it: the fence (no write without the lease), our own limits, metering, its
 * own turn of the event loop, and the rule that a write is tried once, because a repeated create whose first answer was lost makes two resources.
 */
import { StandardRetryStrategy } from '@smithy/core/retry';
import type { MiddlewareStack, RetryStrategyV2 } from '@smithy/types';
import { classify } from './errors.ts';
import type { Throttle } from './throttle.ts';
import { turns } from './turns.ts';

/** One finished call, for metrics and logs. */
export interface Call {
  readonly service: string;
  readonly operation: string;
  readonly accountID: string;
  /** `ok`, or the class of the error. */
  readonly outcome: string;
  readonly seconds: number;
}

/** What the process lends to every client. */
export interface Gate {
  /** Throws when this process may not write any more. */
  readonly assertLeading: () => void;
  readonly onCall: (call: Call) => void;
}

/** Thrown instead of a write by a process that lost the lease. */
export class LeadershipLost extends Error {
  override readonly name = 'LeadershipLost';
}

const READ = /^(Describe|Get|List|Head|Lookup|Simulate|AssumeRole)/;

/** Whether an operation changes nothing in AWS. */
export function isRead(operation: string): boolean {
  return READ.test(operation);
}

const READ_ATTEMPTS = 3;
const WRITE = 'write';

/** Reads up to three times, writes once. The scope of the retry token tells them apart. */
export function retryStrategy(): RetryStrategyV2 {
  const reads = new StandardRetryStrategy({ maxAttempts: READ_ATTEMPTS });
  const write = { getRetryCount: () => 0, getRetryDelay: () => 0 };
  return {
    acquireInitialRetryToken: (scope) =>
      scope === WRITE ? Promise.resolve(write) : reads.acquireInitialRetryToken(scope),
    refreshRetryTokenForRetry: (token, info) =>
      token === write
        ? Promise.reject(new Error('a write is tried once'))
        : reads.refreshRetryTokenForRetry(token as never, info),
    recordSuccess: (token) => {
      if (token !== write) reads.recordSuccess(token as never);
    },
  };
}

interface Names {
  readonly clientName?: string;
  readonly commandName?: string;
}

const namesOf = ({ clientName = '', commandName = '' }: Names): { service: string; operation: string } => ({
  service: clientName.replace(/Client$/, ''),
  operation: commandName.replace(/Command$/, ''),
});

/** The SDK takes milliseconds to make a request or to read an answer: each has a turn of its own. */
const turn = turns(1);

/** Puts the gate into a client's middleware. */
export function install(
  // The SDK types each client's stack by its own inputs and outputs; the gate reads neither.
  stack: Pick<MiddlewareStack<object, object>, 'add'>,
  { gate, limits, accountID }: { readonly gate: Gate; readonly limits: Throttle; readonly accountID: string },
): void {
  stack.add(
    (next, context) => async (args) => {
      const { service, operation } = namesOf(context);
      if (!isRead(operation)) context.partition_id = WRITE;
      await turn();
      const started = performance.now();
      const report = (outcome: string): void =>
        gate.onCall({ service, operation, accountID, outcome, seconds: (performance.now() - started) / 1000 });
      try {
        const result = await next(args);
        report('ok');
        return result;
      } catch (error) {
        report(classify(error).class);
        throw error;
      }
    },
    { step: 'initialize', name: 'scalingtierMeter' },
  );
  stack.add(
    (next, context) => async (args) => {
      const { service, operation } = namesOf(context);
      await limits.take(service, operation);
      // After the wait: the lease may have been lost meanwhile.
      if (!isRead(operation)) gate.assertLeading();
      try {
        return await next(args);
      } catch (error) {
        if (classify(error).class === 'throttled') limits.empty(service, operation);
        throw error;
      }
    },
    { step: 'finalizeRequest', priority: 'low', name: 'scalingtierGate' },
  );
  stack.add(
    (next) => async (args) => {
      const answer = await next(args);
      await turn();
      return answer;
    },
    { step: 'deserialize', priority: 'low', name: 'scalingtierTurn' },
  );
}
