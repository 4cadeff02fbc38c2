/** AWS as answers by operation, with what was asked, and a tier to ask for; no network, no sandbox. It must not know what any kind is. */
import type { Aws } from '../../src/aws/driver.ts';
import { identify } from '../../src/aws/ownership.ts';
import type { NodeId } from '../../src/core/ref.ts';
import { clientsOf } from './clients.ts';

/** One call: the operation and what it said. */
export interface Asked {
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

type Answer = object | Error | ((input: Readonly<Record<string, unknown>>) => object);

interface Command {
  readonly constructor: { readonly name: string };
  readonly input: Readonly<Record<string, unknown>>;
}

/** Answers by operation, whichever service has it; an operation without one answers with nothing. */
export function recordingAws(answers: Readonly<Record<string, Answer>> = {}) {
  const asked: Asked[] = [];
  const send = (command: Command): Promise<object> => {
    const operation = command.constructor.name.replace(/Command$/, '');
    asked.push({ operation, input: command.input });
    const answer = answers[operation] ?? {};
    if (answer instanceof Error) return Promise.reject(answer);
    return Promise.resolve(typeof answer === 'function' ? answer(command.input) : answer);
  };
  const options = { region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  // Paginators want clients of the SDK's own.
  const clients = Object.entries(clientsOf(options)).map(([name, client]) => [name, Object.assign(client, { send })]);
  const aws = {
    region: 'us-east-1',
    accountID: '123456789012',
    partition: 'aws',
    ...Object.fromEntries(clients),
  } as unknown as Aws;
  const writes = (): readonly Asked[] => asked.filter(({ operation }) => !/^(Describe|List|Get|Head)/.test(operation));
  return {
    aws,
    asked,
    writes,
    /** The first call of an operation, as it was made. */
    callOf: (operation: string): Readonly<Record<string, unknown>> | undefined =>
      asked.find((call) => call.operation === operation)?.input,
  };
}

/** An error as the SDK throws it. */
export const awsError = (name: string, message = name): Error => Object.assign(new Error(message), { name });

export const OWNER = { cluster: 'test', namespace: 'shop', name: 'web', uid: '5d1f' };

/** Who a node of the test's tier is. */
export const self = (node: NodeId, incarnation = 1) => identify(OWNER, node, incarnation);

/** Its tags as AWS lists them, and more. */
export const tagsOf = (node: NodeId, more: Readonly<Record<string, string>> = {}) =>
  Object.entries({ ...self(node).tags, ...more }).map(([Key, Value]) => ({ Key, Value }));
