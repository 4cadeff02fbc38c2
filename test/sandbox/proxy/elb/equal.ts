/**
 * Creates that are repeated (ELB API reference: "This operation is idempotent … if you attempt to create multiple … with the
 * same settings, each call succeeds"): equal settings get what there is, others are refused by a code of their own.
 */
import {
  type Answer,
  type Call,
  isParams,
  type Params,
  Refusal,
  type Step,
  succeeded,
  text,
  type Value,
} from '../call.ts';
import type { World } from '../world.ts';
import { branch, type Element, parseXml, textAt } from '../xml.ts';
import { ask, COLLECTIONS, listOf, members, resultOf } from './records.ts';
import type { Scene } from './scene.ts';
import { VIEWS } from './views.ts';

interface Creation {
  readonly describe: string;
  /** What narrows the list to where a twin could be. */
  readonly within: (params: Params) => Params;
  readonly isTwin: (params: Params, record: Element) => boolean;
  readonly code: string;
  readonly message: string;
}

const CREATIONS: Readonly<Record<string, Creation>> = {
  CreateLoadBalancer: {
    describe: 'DescribeLoadBalancers',
    within: () => ({}),
    isTwin: (params, record) => textAt(record, 'LoadBalancerName') === text(params, 'Name'),
    code: 'DuplicateLoadBalancerName',
    message: 'A load balancer with the same name and other settings exists',
  },
  CreateTargetGroup: {
    describe: 'DescribeTargetGroups',
    within: () => ({}),
    isTwin: (params, record) => textAt(record, 'TargetGroupName') === text(params, 'Name'),
    code: 'DuplicateTargetGroupName',
    message: 'A target group with the same name and other settings exists',
  },
  CreateListener: {
    describe: 'DescribeListeners',
    within: ({ LoadBalancerArn }) => ({ LoadBalancerArn }),
    isTwin: (params, record) => textAt(record, 'Port') === text(params, 'Port'),
    code: 'DuplicateListener',
    message: 'A listener already exists on this port for this load balancer',
  },
};

function canonical(value: Value): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (!isParams(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, canonical(item)]),
  );
}

const settingsOf = ({ Tags: _tags, ...settings }: Params): string => JSON.stringify(canonical(settings));

const asked = (world: World, call: Call): Map<string, string> => world.memory(call).store<string>('elb settings');

async function twinOf(scene: Scene, creation: Creation): Promise<Element | undefined> {
  const { params } = scene.call;
  const found = await ask(scene, creation.describe, creation.within(params));
  return found.find((record) => creation.isTwin(params, record));
}

function remember(world: World, call: Call, describe: string, answer: Answer): void {
  const collection = COLLECTIONS.find(({ operation }) => operation === describe);
  const root = parseXml(answer.body.toString());
  const [made] = members(listOf(root, call.operation, collection?.list ?? ''));
  const arn = textAt(made, collection?.id ?? '');
  if (arn !== undefined) asked(world, call).set(arn, settingsOf(call.params));
}

/** Answers repeated creates. */
export function equalCreates(world: World): Step {
  return async (call, next) => {
    const creation = CREATIONS[call.operation];
    if (!creation) return next(call);
    const scene: Scene = { world, call };
    const collection = COLLECTIONS.find(({ operation }) => operation === creation.describe);
    const twin = await twinOf(scene, creation);
    if (!twin || !collection) {
      const answer = await next(call);
      if (succeeded(answer)) remember(world, call, creation.describe, answer);
      return answer;
    }
    const arn = textAt(twin, collection.id) ?? '';
    if (asked(world, call).get(arn) !== settingsOf(call.params)) throw new Refusal(creation.code, creation.message);
    call.trace.replayed = true;
    call.trace.reached = true;
    VIEWS[collection.list]?.(scene, twin);
    return resultOf(call.operation, [branch(collection.list, [twin])]);
  };
}
