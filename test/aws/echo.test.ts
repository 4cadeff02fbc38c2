/** Readings that are compared instead of read, with the SDK's own clients on a server that answers as AWS does. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DescribeVpcsCommand, EC2Client, paginateDescribeVpcs } from '@aws-sdk/client-ec2';
import { IAMClient, paginateListRoles } from '@aws-sdk/client-iam';
import { paginateDescribeParameters, SSMClient } from '@aws-sdk/client-ssm';
import { streamCollector } from '@smithy/node-http-handler';
import { listenTo, noted } from '../../src/aws/echo.ts';
import type { Press } from '../../src/aws/shown.ts';
import { type Sweep, sweep } from '../../src/aws/sweep.ts';
import type { Owned } from '../../src/core/kind.ts';
import { ownedOf } from './toy-box.ts';

/** What exists; each page holds two. */
let ids: string[];
/** Pages that were asked for. */
let asked: number;
/** Answers failing instead, from then on. */
let failing: { readonly status: number; readonly code: string } | undefined;
let server: Server;
let endpoint: string;

interface Page {
  readonly ids: readonly string[];
  readonly token: string | undefined;
}

const ANSWERS: Readonly<Record<string, (page: Page) => string>> = {
  ec2: ({ ids: some, token }) =>
    `<DescribeVpcsResponse><requestId>${asked}</requestId><vpcSet>${some.map((id) => `<item><vpcId>${id}</vpcId></item>`).join('')}</vpcSet>${token ? `<nextToken>${token}</nextToken>` : ''}</DescribeVpcsResponse>`,
  iam: ({ ids: some, token }) =>
    `<ListRolesResponse><ListRolesResult><Roles>${some.map((id) => `<member><RoleName>${id}</RoleName></member>`).join('')}</Roles><IsTruncated>${token !== undefined}</IsTruncated>${token ? `<Marker>${token}</Marker>` : ''}</ListRolesResult><ResponseMetadata><RequestId>${asked}</RequestId></ResponseMetadata></ListRolesResponse>`,
  ssm: ({ ids: some, token }) => JSON.stringify({ NextToken: token, Parameters: some.map((Name) => ({ Name })) }),
};

/** A page, asked for by a token that says where it begins and, as AWS's do, never looks the same twice. */
function answer(body: string, target: string): string {
  const service = target === '' ? (/Action=DescribeVpcs/.test(body) ? 'ec2' : 'iam') : 'ssm';
  const [, from = '0'] = /at-(\d+)-/.exec(body) ?? [];
  const start = Number(from);
  const token = start + 2 < ids.length ? `at-${start + 2}-${asked}` : undefined;
  return ANSWERS[service]?.({ ids: ids.slice(start, start + 2), token }) ?? '';
}

beforeEach(async () => {
  ids = ['a', 'b', 'c', 'd', 'e'];
  asked = 0;
  failing = undefined;
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    asked += 1;
    if (failing) {
      response.statusCode = failing.status;
      response.end(
        `<Response><Errors><Error><Code>${failing.code}</Code><Message>no</Message></Error></Errors></Response>`,
      );
      return;
    }
    response.end(answer(body, String(request.headers['x-amz-target'] ?? '')));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const config = () => ({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  maxAttempts: 1,
});

function ec2(): EC2Client {
  const client = new EC2Client(config());
  listenTo(client as never, streamCollector);
  return client;
}

async function vpcs(client: EC2Client): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { Vpcs = [] } of paginateDescribeVpcs({ client, pageSize: 5 }, {})) {
    found.push(...Vpcs.flatMap(({ VpcId }) => VpcId ?? []));
  }
  return found;
}

describe('an echo', () => {
  it('is of what was read, every page of it', async () => {
    const client = ec2();
    const { result, echo } = await noted(() => vpcs(client));
    expect(result).toEqual(ids);
    expect(asked).toBe(3);
    expect(await echo.repeat()).toBe(true);
    expect(asked).toBe(6);
    expect((await noted(() => vpcs(client))).echo.print).toBe(echo.print);
  });

  it.each([
    ['an item that is another', ['a', 'b', 'x', 'd', 'e'], 2],
    ['an item more on the last page', ['a', 'b', 'c', 'd', 'e', 'f'], 3],
    ['a page more', ['a', 'b', 'c', 'd', 'e', 'f', 'g'], 3],
    ['a page less', ['a', 'b', 'c', 'd'], 2],
    ['nothing any more', [], 1],
  ])('tells %s, and asks no further', async (_, others, calls) => {
    const client = ec2();
    const { echo } = await noted(() => vpcs(client));
    ids = others;
    asked = 0;
    expect(await echo.repeat()).toBe(false);
    expect(asked).toBe(calls);
    expect((await noted(() => vpcs(client))).echo.print).not.toBe(echo.print);
  });

  it('tells a page less whose first pages are the same', async () => {
    const client = ec2();
    ids = ['a', 'b', 'c'];
    const { echo } = await noted(() => vpcs(client));
    ids = ['a', 'b'];
    expect(await echo.repeat()).toBe(false);
  });

  it('takes a refusal for another answer', async () => {
    const client = ec2();
    const { echo } = await noted(() => vpcs(client));
    failing = { status: 403, code: 'UnauthorizedOperation' };
    expect(await echo.repeat()).toBe(false);
  });

  it('of a reading to which something was refused is none, since nobody knows when that ends', async () => {
    const client = ec2();
    const { result, echo } = await noted(async () => {
      failing = { status: 400, code: 'InvalidVpcID.NotFound' };
      const missing = await client.send(new DescribeVpcsCommand({ VpcIds: ['vpc-1'] })).catch(({ name }) => name);
      failing = undefined;
      return [missing, await vpcs(client)];
    });
    expect(result).toEqual(['InvalidVpcID.NotFound', ids]);
    expect([echo.print, await echo.repeat()]).toEqual([undefined, false]);
  });

  it('tells apart what was asked', async () => {
    const client = ec2();
    const ask = (VpcId: string) => noted(() => client.send(new DescribeVpcsCommand({ VpcIds: [VpcId] })));
    const [one, other] = [await ask('vpc-1'), await ask('vpc-2')];
    expect(one.echo.print).not.toBe(other.echo.print);
  });

  it('holds for the other protocols of AWS', async () => {
    const iam = new IAMClient(config());
    const ssm = new SSMClient(config());
    for (const client of [iam, ssm]) listenTo(client as never, streamCollector);
    const readings = [
      async () => {
        const found: unknown[] = [];
        for await (const { Roles = [] } of paginateListRoles({ client: iam }, {})) found.push(...Roles);
        return found.length;
      },
      async () => {
        const found: unknown[] = [];
        for await (const { Parameters = [] } of paginateDescribeParameters({ client: ssm }, {}))
          found.push(...Parameters);
        return found.length;
      },
    ];
    for (const reading of readings) {
      ids = ['a', 'b', 'c', 'd', 'e'];
      const { result, echo } = await noted(reading);
      expect(result).toBe(5);
      asked = 0;
      expect([await echo.repeat(), asked]).toEqual([true, 3]);
      ids = ['a', 'b', 'c', 'd', 'x'];
      expect(await echo.repeat()).toBe(false);
    }
  });

  it('of nothing is none', async () => {
    const { echo } = await noted(async () => 1);
    expect([echo.print, await echo.repeat()]).toEqual([undefined, false]);
  });
});

describe('a sweep', () => {
  let time: number;
  let read: number;

  function sweeper(): () => Promise<Sweep> {
    const client = ec2();
    const press: Press = {};
    let before: Sweep | undefined;
    time = 0;
    read = 0;
    async function* reading(): AsyncIterable<readonly Owned[]> {
      const found = await vpcs(client);
      read += 1;
      yield found.map((id) => ownedOf('shop', id));
    }
    return async () => {
      time += 60_000;
      before = await sweep({ reading, press, before, now: () => time });
      return before;
    };
  }

  it('that found the same twice is compared from then on, and counts as made then', async () => {
    const next = sweeper();
    const first = await next();
    await next();
    const third = await next();
    expect([read, asked]).toEqual([2, 9]);
    expect(third.byTier).toEqual(first.byTier);
    expect(third.began).toBe(180_000);
  });

  it('reads what differs, and compares again when that has stayed', async () => {
    const next = sweeper();
    for (let turn = 0; turn < 2; turn += 1) await next();
    const third = await next();
    ids = ['a', 'x'];
    const fourth = await next();
    expect(read).toBe(3);
    expect(fourth.byTier.get('shop/shop')?.print).not.toBe(third.byTier.get('shop/shop')?.print);
    ids = ['a', 'y'];
    await next();
    expect(read).toBe(4);
    await next();
    await next();
    expect(read).toBe(5);
  });

  it('reads the same answers again now and then', async () => {
    const next = sweeper();
    for (let turn = 0; turn < 12; turn += 1) await next();
    expect(read).toBe(3);
  });

  it('to which AWS refuses to answer is a failure, and the next one compares again', async () => {
    const next = sweeper();
    for (let turn = 0; turn < 3; turn += 1) await next();
    failing = { status: 403, code: 'UnauthorizedOperation' };
    await expect(next()).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
    failing = undefined;
    await next();
    expect(read).toBe(2);
  });
});
