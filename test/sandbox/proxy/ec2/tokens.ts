/** EC2's calls with client tokens, and what they answer the second time. */
import type { Answer, Call } from '../call.ts';
import type { TokenRule } from '../tokens.ts';
import type { World } from '../world.ts';
import { child, descend, type Element, parseXml, textAt, writeXml } from '../xml.ts';
import { look } from './view.ts';

async function now(
  world: World,
  call: Call,
  element: Element,
  id: string,
  operation: string,
  param: string,
): Promise<Element | undefined> {
  const [record] = await look({ world, call }, operation, { [param]: [textAt(element, id)] });
  return record;
}

function written(answer: Answer, root: Element): Answer {
  return { ...answer, body: Buffer.from(writeXml(root)) };
}

async function currentInstances(world: World, call: Call, first: Answer): Promise<Answer> {
  const root = parseXml(first.body.toString());
  const set = root && child(root, 'instancesSet');
  if (!root || !set) return first;
  set.children = await Promise.all(
    set.children.map(
      async (item) => (await now(world, call, item, 'instanceId', 'DescribeInstances', 'InstanceId')) ?? item,
    ),
  );
  return written(first, root);
}

async function currentVolume(world: World, call: Call, first: Answer): Promise<Answer> {
  const root = parseXml(first.body.toString());
  const record = root && (await now(world, call, root, 'volumeId', 'DescribeVolumes', 'VolumeId'));
  if (!root || !record) return first;
  const requestId = child(root, 'requestId');
  root.children = requestId ? [...record.children, requestId] : record.children;
  return written(first, root);
}

const current =
  (element: string, id: string, operation: string, param: string) =>
  async (world: World, call: Call, first: Answer): Promise<Answer> => {
    const root = parseXml(first.body.toString());
    const old = descend(root, element);
    const record = old && (await now(world, call, old, id, operation, param));
    if (!root || !old || !record) return first;
    old.children = record.children;
    return written(first, root);
  };

/** API reference: `ClientToken` of each of these actions. */
export const TOKENS: readonly TokenRule[] = [
  { operation: 'RunInstances', token: 'ClientToken', current: currentInstances },
  { operation: 'CreateVolume', token: 'ClientToken', current: currentVolume },
  {
    operation: 'CreateRouteTable',
    token: 'ClientToken',
    current: current('routeTable', 'routeTableId', 'DescribeRouteTables', 'RouteTableId'),
  },
  {
    operation: 'CreateVpcEndpoint',
    token: 'ClientToken',
    current: current('vpcEndpoint', 'vpcEndpointId', 'DescribeVpcEndpoints', 'VpcEndpointId'),
  },
  { operation: 'CreateLaunchTemplate', token: 'ClientToken' },
  { operation: 'CreateLaunchTemplateVersion', token: 'ClientToken' },
  {
    operation: 'CreateNatGateway',
    token: 'ClientToken',
    current: current('natGateway', 'natGatewayId', 'DescribeNatGateways', 'NatGatewayId'),
  },
  { operation: 'CreateNetworkInterface', token: 'ClientToken' },
];
