/** What every AWS call passes, tried with the real SDK against a server on loopback. */
import {
  CreateVpcCommand,
  DescribeVpcsCommand,
  EC2Client,
  type EC2ClientConfig,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { classify } from '../../src/aws/errors.ts';
import { type Call, install, isRead, LeadershipLost, retryStrategy } from '../../src/aws/gate.ts';
import { type Throttle, throttle } from '../../src/aws/throttle.ts';
import { answer, fault, type LocalServer, localServer } from './server.ts';

let server: LocalServer;
let client: EC2Client;
let calls: Call[];
let leading: boolean;

/** Under Jest, Node's own errors are of another realm, in which the SDK does not know them for errors: they are made anew. */
class SameRealmHandler extends NodeHttpHandler {
  override async handle(...call: Parameters<NodeHttpHandler['handle']>): ReturnType<NodeHttpHandler['handle']> {
    try {
      return await super.handle(...call);
    } catch (error) {
      const { name, message, code } = error as Error & { readonly code?: string };
      throw Object.assign(new Error(message), { name, code });
    }
  }
}

function open(limits: Throttle = throttle(), requestHandler = new SameRealmHandler()): EC2Client {
  const config: EC2ClientConfig = {
    region: 'us-east-1',
    endpoint: server.url,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    retryStrategy: retryStrategy(),
    requestHandler,
  };
  const opened = new EC2Client(config);
  const assertLeading = (): void => {
    if (!leading) throw new LeadershipLost('the lease is lost');
  };
  const gate = { assertLeading, onCall: (call: Call) => void calls.push(call) };
  install(opened.middlewareStack as never, { gate, limits, accountID: '123456789012' });
  return opened;
}

beforeEach(async () => {
  server = await localServer();
  calls = [];
  leading = true;
  client = open();
});

afterEach(async () => {
  client.destroy();
  await server.close();
});

const read = () => client.send(new DescribeVpcsCommand({}));
const write = () => client.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }));

const classOf = async (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'ok',
    (error: unknown) => classify(error).class,
  );

describe('many calls at once', () => {
  /** Hands on no answer before all of so many are there. */
  class TogetherHandler extends SameRealmHandler {
    readonly #all = Promise.withResolvers<void>();
    #missing: number;

    constructor(count: number) {
      super();
      this.#missing = count;
    }

    override async handle(...call: Parameters<NodeHttpHandler['handle']>): ReturnType<NodeHttpHandler['handle']> {
      const answered = await super.handle(...call);
      this.#missing -= 1;
      if (this.#missing === 0) this.#all.resolve();
      await this.#all.promise;
      return answered;
    }
  }

  it('are made, and their answers read, one in each turn of the event loop: none waits for the work of all', async () => {
    const together = open(throttle(), new TogetherHandler(3));
    const made: number[] = [];
    const answered: number[] = [];
    let turn = 0;
    const count = (): void => {
      turn += 1;
      if (answered.length < 3) setImmediate(count);
    };
    together.middlewareStack.add(
      (next) => async (args) => {
        made.push(turn);
        return next(args);
      },
      { step: 'serialize', priority: 'high' },
    );
    together.middlewareStack.add(
      (next) => async (args) => {
        const answer = await next(args);
        answered.push(turn);
        return answer;
      },
      { step: 'deserialize', priority: 'high' },
    );
    server.reply(answer('DescribeVpcs'), answer('DescribeVpcs'), answer('DescribeVpcs'));
    count();
    await Promise.all([1, 2, 3].map(() => together.send(new DescribeVpcsCommand({}))));
    expect([new Set(made).size, new Set(answered).size]).toEqual([3, 3]);
    together.destroy();
  });
});

describe('a read', () => {
  it('is tried three times', async () => {
    server.reply(fault(500, 'InternalError'), fault(503, 'Unavailable'), answer('DescribeVpcs'));
    await read();
    expect(server.actions).toEqual(['DescribeVpcs', 'DescribeVpcs', 'DescribeVpcs']);
  });

  it('fails with what AWS said last, after three times', async () => {
    server.reply(
      fault(500, 'InternalError'),
      fault(500, 'InternalError'),
      fault(503, 'Unavailable'),
      answer('DescribeVpcs'),
    );
    await expect(read()).rejects.toMatchObject({ name: 'Unavailable' });
    expect(server.actions).toHaveLength(3);
  });

  it('is not repeated when the answer will not change', async () => {
    server.reply(fault(403, 'UnauthorizedOperation'));
    expect(await classOf(read())).toBe('denied');
    expect(server.actions).toHaveLength(1);
  });

  it('needs no lease', async () => {
    leading = false;
    server.reply(answer('DescribeVpcs'));
    expect(await classOf(read())).toBe('ok');
  });
});

describe('a write', () => {
  it.each([
    ['an internal error', fault(500, 'InternalError'), 'ambiguous'],
    ['a connection that is reset', 'reset' as const, 'ambiguous'],
    ['throttling', fault(503, 'RequestLimitExceeded'), 'throttled'],
  ])('is sent once, whatever comes back: %s', async (_name, reply, expected) => {
    server.reply(reply, answer('CreateVpc'), answer('CreateVpc'));
    expect(await classOf(write())).toBe(expected);
    expect(server.actions).toEqual(['CreateVpc']);
  });

  it('fails with the error itself, not with one about retries', async () => {
    server.reply(fault(500, 'InternalError'));
    await expect(write()).rejects.toMatchObject({ name: 'InternalError', message: 'AWS says no' });
  });

  it('is never sent without the lease', async () => {
    leading = false;
    server.reply(answer('CreateVpc'));
    expect(await classOf(write())).toBe('fenced');
    expect(server.actions).toEqual([]);
  });

  it('is not sent when the lease is lost while it waits for its turn', async () => {
    client.destroy();
    const waiting = Promise.withResolvers<void>();
    client = open({ take: () => waiting.promise, empty: () => undefined });
    server.reply(answer('CreateVpc'));
    const call = classOf(write());
    leading = false;
    waiting.resolve();
    expect(await call).toBe('fenced');
    expect(server.actions).toEqual([]);
  });

  it('is told at once when our own limit is used up', async () => {
    server.reply(...Array.from({ length: 40 }, () => answer('RunInstances')));
    const launch = () => client.send(new RunInstancesCommand({ MinCount: 1, MaxCount: 1, ImageId: 'ami-1' }));
    const classes = await Promise.all(Array.from({ length: 14 }, () => classOf(launch())));
    expect(classes.filter((one) => one === 'throttled').length).toBeGreaterThan(0);
    expect(server.actions).toHaveLength(classes.filter((one) => one === 'ok').length);
  });

  it('that AWS throttles makes the next one wait', async () => {
    const emptied: string[] = [];
    client.destroy();
    client = open({
      take: async () => undefined,
      empty: (service, operation) => void emptied.push(`${service} ${operation}`),
    });
    server.reply(fault(503, 'RequestLimitExceeded'), fault(400, 'VpcLimitExceeded'));
    expect(await classOf(write())).toBe('throttled');
    expect(await classOf(write())).toBe('quota');
    expect(emptied).toEqual(['EC2 CreateVpc']);
  });
});

describe('the meter', () => {
  it('counts a call once, however often it was tried, with how it ended', async () => {
    server.reply(fault(500, 'InternalError'), answer('DescribeVpcs'), fault(400, 'VpcLimitExceeded'));
    await read();
    await classOf(write());
    leading = false;
    await classOf(write());
    expect(calls.map(({ seconds: _, ...call }) => call)).toEqual([
      { service: 'EC2', operation: 'DescribeVpcs', accountID: '123456789012', outcome: 'ok' },
      { service: 'EC2', operation: 'CreateVpc', accountID: '123456789012', outcome: 'quota' },
      { service: 'EC2', operation: 'CreateVpc', accountID: '123456789012', outcome: 'fenced' },
    ]);
    for (const { seconds } of calls) expect(seconds).toBeGreaterThanOrEqual(0);
  });
});

describe('isRead', () => {
  it.each([
    ['DescribeVpcs', true],
    ['GetParameters', true],
    ['ListRoles', true],
    ['GetCallerIdentity', true],
    ['AssumeRole', true],
    ['CreateVpc', false],
    ['RunInstances', false],
    ['PutParameter', false],
    ['DeleteVpc', false],
    ['AttachVolume', false],
    ['TagRole', false],
  ])('%s: %s', (operation, expected) => {
    expect(isRead(operation)).toBe(expected);
  });
});
