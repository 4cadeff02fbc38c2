/** Load balancers as people reach them: real servers behind them, checked and chosen, that come and go. */
import { CreateSubnetCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  DeleteLoadBalancerCommand,
  DeregisterTargetsCommand,
  DescribeTargetHealthCommand,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Account, type Aws, openAccount, openAws } from './account.ts';
import { eventually, makeNetwork, type Network, runServer } from './ground.ts';

const PORT = 8080;
const TAGS = { app: 'named' };

/** Answers with its own address, is healthy unless it is told otherwise, and takes its time when it is asked to. */
const PROGRAM = `
  let [status, waiting] = [200, 0];
  const { ADDRESS: host, PORT: port } = process.env;
  require('node:http').createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://app');
    if (pathname === '/health') response.writeHead(status).end();
    else if (pathname === '/sick') { status = 500; response.end(); }
    else if (pathname === '/waiting') response.end(String(waiting));
    else {
      waiting += 1;
      setTimeout(() => {
        waiting -= 1;
        response.end(host);
      }, Number(searchParams.get('wait') ?? 0));
    }
  }).listen(port, host);
`;

let aws: Aws;
let account: Account;
let network: Network;
let group: string;
let balancer: string;
let name: string;
let servers: readonly { readonly id: string; readonly host: string }[];

beforeAll(async () => {
  aws = await openAws();
  account = await openAccount(aws, { machines: true });
  network = await makeNetwork(account);
  const env = { ADDRESS: '{address}', PORT: `${PORT}` };
  const service = { name: 'named', command: process.execPath, args: ['-e', PROGRAM], env };
  await aws.control.deploy(account.id, { tags: TAGS, service });
  servers = [await launch(), await launch()];
  await build();
});

afterAll(() => aws?.close());

async function launch(): Promise<{ readonly id: string; readonly host: string }> {
  const Tags = Object.entries(TAGS).map(([Key, Value]) => ({ Key, Value }));
  const { InstanceId: id = '' } = await runServer(account, network, {
    TagSpecifications: [{ ResourceType: 'instance', Tags }],
  });
  return { id, host: (await aws.control.machineOf(id, account.id)).host };
}

async function build(): Promise<void> {
  const { ec2, elb } = account;
  const { vpcId: VpcId, subnetId, groupId } = network;
  const other = { VpcId, CidrBlock: '10.42.8.0/24', AvailabilityZoneId: 'use1-az2' };
  const { Subnet } = await ec2.send(new CreateSubnetCommand(other));
  const { LoadBalancers } = await elb.send(
    new CreateLoadBalancerCommand({
      ...{ Name: 'front', SecurityGroups: [groupId], Subnets: [subnetId, Subnet?.SubnetId ?? ''] },
    }),
  );
  balancer = LoadBalancers?.[0]?.LoadBalancerArn ?? '';
  name = LoadBalancers?.[0]?.DNSName ?? '';
  const { TargetGroups } = await elb.send(
    new CreateTargetGroupCommand({
      ...{ Name: 'named', Protocol: 'HTTP', Port: PORT, VpcId, HealthCheckPath: '/health' },
      ...{ HealthyThresholdCount: 2, UnhealthyThresholdCount: 2, HealthCheckIntervalSeconds: 5 },
    }),
  );
  group = TargetGroups?.[0]?.TargetGroupArn ?? '';
  const DefaultActions = [{ Type: 'forward' as const, TargetGroupArn: group }];
  const listener = { LoadBalancerArn: balancer, Protocol: 'HTTP' as const, Port: 80, DefaultActions };
  await elb.send(new CreateListenerCommand(listener));
}

const targets = (ids: readonly string[]) => ({ TargetGroupArn: group, Targets: ids.map((Id) => ({ Id })) });

async function ask(page: string): Promise<{ readonly status: number; readonly text: string }> {
  const { host, port } = await aws.control.listenerOf(name, account.id);
  const response = await fetch(`http://${host}:${port}${page}`);
  return { status: response.status, text: await response.text() };
}

async function states(): Promise<string> {
  const { TargetHealthDescriptions = [] } = await account.elb.send(
    new DescribeTargetHealthCommand({ TargetGroupArn: group }),
  );
  const found = TargetHealthDescriptions.map(({ Target, TargetHealth }) => {
    const at = servers.findIndex(({ id }) => id === Target?.Id);
    return `${at} ${TargetHealth?.State}`;
  });
  return found.toSorted().join();
}

/** Who answers, when many ask. */
async function answering(): Promise<readonly string[]> {
  const said = new Set<string>();
  for (let asked = 0; asked < 10; asked += 1) said.add((await ask('/')).text);
  return servers.flatMap(({ host }, at) => (said.has(host) ? [`${at}`] : []));
}

test('without a target it says so', async () => {
  expect((await ask('/')).status).toBe(503);
});

test('new servers run what is deployed, and requests go to those that pass their checks', async () => {
  await account.elb.send(new RegisterTargetsCommand(targets(servers.map(({ id }) => id))));
  expect(await eventually(states, '0 healthy,1 healthy')).toBe('0 healthy,1 healthy');
  expect(await answering()).toEqual(['0', '1']);
});

test('what says that it is not well gets no requests', async () => {
  await fetch(`http://${servers[1]?.host}:${PORT}/sick`);
  expect(await eventually(states, '0 healthy,1 unhealthy')).toBe('0 healthy,1 unhealthy');
  expect(await answering()).toEqual(['0']);
});

test('where nobody is well all are asked, as AWS does', async () => {
  await fetch(`http://${servers[0]?.host}:${PORT}/sick`);
  expect(await eventually(states, '0 unhealthy,1 unhealthy')).toBe('0 unhealthy,1 unhealthy');
  expect(await answering()).toEqual(['0', '1']);
});

test('what is under way at a target comes to its end when it is taken off, and nothing new goes there', async () => {
  await account.elb.send(new DeregisterTargetsCommand(targets([servers[1]?.id ?? ''])));
  const slow = ask('/?wait=2000');
  const waiting = async () => (await fetch(`http://${servers[0]?.host}:${PORT}/waiting`)).text();
  expect(await eventually(waiting, '1')).toBe('1');
  await account.elb.send(new DeregisterTargetsCommand(targets([servers[0]?.id ?? ''])));
  const [inFlight, later] = [await slow, await ask('/')];
  expect([inFlight, later.status]).toEqual([{ status: 200, text: servers[0]?.host }, 503]);
});

test('a target that does not answer is no answer either', async () => {
  await account.elb.send(new RegisterTargetsCommand(targets([servers[0]?.id ?? ''])));
  await account.ec2.send(new TerminateInstancesCommand({ InstanceIds: [servers[0]?.id ?? ''] }));
  expect((await ask('/')).status).toBe(502);
});

test('with the load balancer its listener goes', async () => {
  await account.elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn: balancer }));
  await expect(aws.control.listenerOf(name, account.id)).rejects.toThrow('there is none that speaks HTTP');
});
