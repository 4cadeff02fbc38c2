/**
 * Managed instances (Systems Manager API reference): an instance that runs, with a profile, past its status checks, has
 * an agent that pings; a command to any other is refused.
 */
import { type Call, Refusal, type Step, structures, text, texts } from '../call.ts';
import { look } from '../ec2/view.ts';
import { checksOf } from '../ec2/views/instance.ts';
import { progress } from '../lifecycle.ts';
import { jsonAnswer } from '../protocol.ts';
import type { World } from '../world.ts';
import { type Element, textAt } from '../xml.ts';

const idOf = (instance: Element): string => textAt(instance, 'instanceId') ?? '';

/** Instances whose agent is there. */
async function managed(world: World, call: Call): Promise<readonly Element[]> {
  const instances = await look({ world, call }, 'DescribeInstances', {});
  return instances.filter(
    (one) =>
      textAt(one, 'instanceState', 'name') === 'running' &&
      textAt(one, 'iamInstanceProfile', 'arn') !== undefined &&
      !progress(world, call, checksOf(idOf(one))),
  );
}

function wanted(call: Call): ReadonlySet<string> | undefined {
  const named = [
    ...structures(call.params, 'Filters').filter((one) => text(one, 'Key') === 'InstanceIds'),
    ...structures(call.params, 'InstanceInformationFilterList').filter((one) => text(one, 'key') === 'InstanceIds'),
  ];
  const ids = named.flatMap((one) => [...texts(one, 'Values'), ...texts(one, 'valueSet')]);
  return named.length === 0 ? undefined : new Set(ids);
}

async function information(world: World, call: Call): Promise<unknown> {
  const ids = wanted(call);
  const found = (await managed(world, call)).filter((one) => ids === undefined || ids.has(idOf(one)));
  const common = { PingStatus: 'Online', AgentVersion: '3.3.3050.0', IsLatestVersion: true, PlatformType: 'Linux' };
  return {
    InstanceInformationList: found.map((one) => ({
      ...common,
      InstanceId: idOf(one),
      LastPingDateTime: call.time / 1000,
      PlatformName: 'Amazon Linux',
      PlatformVersion: '2023',
      ResourceType: 'EC2Instance',
      IPAddress: textAt(one, 'privateIpAddress'),
    })),
  };
}

async function checkTargets(world: World, call: Call): Promise<void> {
  const ids = texts(call.params, 'InstanceIds');
  const known = new Set((ids.length > 0 ? await managed(world, call) : []).map(idOf));
  const missing = ids.filter((id) => !known.has(id));
  if (missing.length > 0) {
    throw new Refusal(
      'InvalidInstanceId',
      `Instances [[${missing.join(', ')}]] not in a valid state for account ${call.account}`,
    );
  }
}

/** Answers for managed instances as Systems Manager does. */
export function instances(world: World): Step {
  return async (call, next) => {
    if (call.operation === 'DescribeInstanceInformation') return jsonAnswer(200, await information(world, call));
    if (call.operation === 'SendCommand') await checkTargets(world, call);
    return next(call);
  };
}
